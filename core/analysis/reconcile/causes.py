"""Why an invoice may be off: what the figures themselves suggest, the likeliest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.calendar import Span
from core.errors import Finding
from core.money import UNITS_PER_CENT, label

_CLOSE = 50
"""An amount within a fiftieth of the difference is a likely cause of it."""

_ROUNDING = 10 * UNITS_PER_CENT
"""Lines rounded one by one add up to no more than this."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known around a difference; amounts in units of 1e-8 cents.

    `daily` holds the days of the period and one more on either side; `restated` is what changed
    since the invoice was entered, `shared` what the other source's books hold of it as well.
    """

    steps: dict[str, int]
    provisional: int
    open_days: int
    missing: int
    daily: dict[date, int]
    period: Span
    restated: int
    shared: int


def causes(clues: Clues) -> Iterator[Finding]:
    """Yield what may explain the difference; it is not zero."""
    yield from _entered(clues)
    yield from _rounded(clues)
    yield from _shared(clues)
    yield from _restated(clues)
    yield from _missing(clues)
    yield from _open(clues)
    yield from _boundary(clues)
    yield from _credits(clues)


def _near(amount: int, difference: int) -> bool:
    return bool(amount) and abs(abs(amount) - abs(difference)) * _CLOSE <= abs(difference)


def _entered(clues: Clues) -> Iterator[Finding]:
    """Yield a finding for each entry that is the difference itself, or half of it."""
    words = {"tax": "tax", "credits": "credits", "seat_fees": "seat fees", "other_fees": "fees"}
    difference = abs(clues.steps["difference"])
    for name, word in words.items():
        amount = abs(clues.steps[name])
        if amount and abs(difference - amount) * 2 <= UNITS_PER_CENT:
            yield _finding(
                "invoice_entry", "warning", f"The difference is exactly the {word}.",
                f"The {word} of {label(amount)} may be part of the total already, or not of it.",
                f"Compare the {word} with the invoice.",
            )  # fmt: skip
        elif amount and abs(difference - 2 * amount) <= UNITS_PER_CENT:
            yield _finding(
                "invoice_entry", "warning", f"The difference is twice the {word}.",
                f"The {word} of {label(amount)} may have been entered with the wrong sign.",
                "Enter credits as a positive amount: they are taken off.",
            )  # fmt: skip


def _rounded(clues: Clues) -> Iterator[Finding]:
    if abs(clues.steps["difference"]) <= _ROUNDING:
        yield _finding(
            "invoice_rounding", "info", "The difference is the size of rounding.",
            "An invoice rounds each of its lines to cents; the ledger keeps every digit.",
            "Nothing needs doing.",
        )  # fmt: skip


def _shared(clues: Clues) -> Iterator[Finding]:
    if clues.steps["difference"] < 0 and _near(clues.shared, clues.steps["difference"]):
        yield _finding(
            "invoice_shared", "warning",
            f"The difference is about what both sources report: {label(clues.shared)}.",
            "This source also reports usage that the other one reports and that is invoiced there.",
            "Look at Overlap; compare both invoices with both sources together.",
        )  # fmt: skip


def _restated(clues: Clues) -> Iterator[Finding]:
    if not clues.restated:
        return
    fits = _near(clues.restated, clues.steps["difference"])
    yield _finding(
        "invoice_restated", "warning" if fits else "info",
        f"Anthropic has changed this period by {label(clues.restated)} since the invoice was "
        "entered.",
        "The invoice shows what was known when it was made." if fits
        else "That is not the size of the difference, but part of it may come from there.",
        "Look at what changed, under Restatements.",
    )  # fmt: skip


def _missing(clues: Clues) -> Iterator[Finding]:
    if clues.missing:
        yield _finding(
            "invoice_days_missing", "warning",
            f"{clues.missing} days of this period are missing or not whole.",
            "Their costs stand on the invoice and not in the ledger.",
            "Sync, and look at Completeness.",
        )  # fmt: skip


def _open(clues: Clues) -> Iterator[Finding]:
    if clues.open_days:
        yield _finding(
            "invoice_not_final", "info",
            f"{clues.open_days} days may still be revised: {label(clues.provisional)} of the "
            "metered usage.",
            "Anthropic revises a day for about a month, and an invoice is made from its last "
            "figures.",
            "Compare again when the month is final.",
        )  # fmt: skip


def _boundary(clues: Clues) -> Iterator[Finding]:
    first, last = clues.period.start, clues.period.end - timedelta(days=1)
    for day in (first - timedelta(days=1), first, last, clues.period.end):
        if _near(clues.daily.get(day, 0), clues.steps["difference"]):
            place = "inside" if day in clues.period else "just outside"
            yield _finding(
                "invoice_boundary", "warning",
                f"The difference is about the cost of {day}: {label(clues.daily[day])}.",
                f"That day lies {place} the period. Days here are UTC days; an invoice may begin "
                "or end by another clock.",
                "Compare the invoice's first and last day with the period that you entered.",
            )  # fmt: skip


def _credits(clues: Clues) -> Iterator[Finding]:
    if clues.steps["difference"] < 0 and not clues.steps["credits"]:
        yield _finding(
            "invoice_credits", "info", "No credits were entered, and the invoice asks for less.",
            "The API's amounts are after discounts and before credits.",
            "If credits were taken off, enter them.",
        )  # fmt: skip


def _finding(code: str, severity: str, title: str, cause: str, fix: str) -> Finding:
    return Finding(code, "warning" if severity == "warning" else "info", title, cause, fix)
