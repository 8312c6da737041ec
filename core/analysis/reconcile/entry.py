"""Contract prices as people enter and read them."""

from datetime import date
from fractions import Fraction

from core.analysis.reconcile.listprices import THOUSAND
from core.calendar import parse_day
from core.errors import BadValue
from core.ledger.prices import WHOLE, ContractPrice, check
from core.money import from_dollars

_PERCENT = WHOLE // 100


def contract_price(
    model: str,
    operation: str,
    price: str | None,
    discount: str | None,
    start: str | None,
    end: str | None,
    note: str = "",
) -> ContractPrice:
    """Return the contract price that texts say.

    `price` is in dollars for a million tokens (web search: a thousand requests), `discount` in
    percent. Raises BadValue and AmountRefused.
    """
    if start is None:
        raise BadValue(
            "The contract price has no first day.",
            "A price holds from a day on, and days before it keep their own.",
            "Give the day with --from, as in 2026-11-01.",
        )
    made = ContractPrice(
        parse_day(start),
        _day(end),
        model.strip(),
        operation,
        None if price is None else _units(price, operation),
        None if discount is None else _millionths(discount),
        note,
    )
    check(made)
    return made


def shown_price(price: ContractPrice) -> int:
    """Return a price as it was entered: units for a million tokens or a thousand web searches."""
    units = price.price or 0
    return units // THOUSAND if price.operation == "web_search" else units


def percent(discount: int) -> str:
    """Return a discount as percent, without trailing zeros."""
    sign, whole = ("-" if discount < 0 else ""), abs(discount)
    digits = f"{whole // _PERCENT}.{whole % _PERCENT:04d}".rstrip("0").rstrip(".")
    return f"{sign}{digits}"


def _units(text: str, operation: str) -> int:
    return from_dollars(text) * (THOUSAND if operation == "web_search" else 1)


def _day(text: str | None) -> date | None:
    return None if text is None else parse_day(text)


def _millionths(text: str) -> int:
    try:
        share = Fraction(text.strip().removesuffix("%").strip()) * _PERCENT
    except (ValueError, ZeroDivisionError):
        share = Fraction(1, 2)
    if share.denominator != 1:
        raise BadValue(
            f"{text!r} is no discount.",
            "It is a number of percent with at most four decimals.",
            "Write it as in 12.5; a surcharge is below zero.",
        )
    return int(share)
