"""Exact money: whole numbers of 1e-8 US cents, read from decimal strings, never through a float.

List prices alone reach eight decimals of a cent ($0.03 per million tokens, halved for batch,
times 1.1 for geography), which is why the unit is no coarser. The largest amount or sum that
the unit holds in 64 bits is 92,233,720,368.54775807 cents: about 922 million dollars.
"""

import re
from decimal import Decimal

from core.errors import AmountRefused

UNITS_PER_CENT = 10**8
UNITS_PER_DOLLAR = 10**10
LARGEST = 2**63 - 1

PLAIN_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
EXCESS_DIGITS = r"\.[0-9]{8}[0-9]*[1-9]"

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


_REPORT = (
    "Nothing of this window was written. Report the amount to Anthropic support, or update "
    "claude-spend if a newer version knows this form."
)
_RETYPE = "Write it as in 1204.50 or 1,204.50."


def refuse(text: str, why: str, fix: str = _REPORT) -> AmountRefused:
    """Return the error for an amount that the ledger cannot hold exactly."""
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return AmountRefused(
        f"The amount {shown!r} cannot be kept exactly.",
        why,
        fix,
    )


def from_cents(text: str) -> int:
    """Return a decimal string of cents as units of 1e-8 cents.

    Raises AmountRefused for an exponent, NaN, more than eight significant decimals, or a value
    beyond 64 bits.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise refuse(text, "It is not a plain decimal number.")
    sign, whole, fraction = match.group(1), match.group(2), (match.group(3) or "").rstrip("0")
    if len(fraction) > 8:
        raise refuse(text, "It has more than eight decimals of a cent.")
    units = int(whole) * UNITS_PER_CENT + int(fraction.ljust(8, "0"))
    if units > LARGEST:
        raise refuse(text, "It is larger than 922 million dollars.")
    return -units if sign else units


def from_dollars(text: str) -> int:
    """Return a decimal string of US dollars, as people enter it, as units of 1e-8 cents.

    Thousands separators and a leading dollar sign are accepted. Raises AmountRefused.
    """
    plain = text.strip().replace("$", "").replace(",", "").replace("_", "").strip()
    match = _PLAIN.fullmatch(plain)
    if match is None or len((match.group(3) or "").rstrip("0")) > 10:
        why = "It is not a plain number of dollars with at most ten decimals."
        raise refuse(text, why, _RETYPE)
    units = int(Decimal(plain).scaleb(10))
    if abs(units) > LARGEST:
        raise refuse(text, "It is larger than 922 million dollars.", _RETYPE)
    return units


def dollars(units: int) -> str:
    """Return units as an exact decimal string of US dollars: at least two decimals, no exponent."""
    whole, fraction = divmod(abs(units), UNITS_PER_DOLLAR)
    digits = f"{fraction:010d}"
    kept = digits[:2] + digits[2:].rstrip("0")
    return f"{'-' if units < 0 else ''}{whole}.{kept}"


def label(units: int, decimals: int = 2) -> str:
    """Return units as a label for people, `$1,234.50`; a half rounds away from zero."""
    step = 10 ** (10 - decimals)
    rounded = (abs(units) + step // 2) // step
    sign = "-" if units < 0 and rounded else ""
    whole, fraction = divmod(rounded, 10**decimals)
    return f"{sign}${whole:,}" + (f".{fraction:0{decimals}d}" if decimals else "")


def as_float(units: int) -> float:
    """Return units as dollars in a float: for a chart's mark or an axis, never for a sum."""
    return units / UNITS_PER_DOLLAR
