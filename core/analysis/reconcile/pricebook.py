"""The price book: what a model's operation costs on a day, by contract where there is one.

The most specific contract price decides: one for a model and operation before one for a model,
before one for an operation, before one for everything; of equals, the one that began last.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

import polars as pl

from core.analysis.reconcile.listprices import THOUSAND, ListPrice, canonical, list_price
from core.ledger.prices import WHOLE, ContractPrice

Key = tuple[str, str, date]
"""A model as the API names it, an operation, a day."""

SCHEMA = {
    "model": pl.String,
    "operation": pl.String,
    "day": pl.Date,
    "list_price": pl.Int128,
    "price": pl.Int128,
    "long": pl.Int128,
    "fast": pl.Int128,
    "stepped": pl.Int128,
}
"""Prices are units of 1e-8 cents for a million tokens, factors whole thousandths."""


def book_of(keys: Iterable[Key], prices: Sequence[ContractPrice]) -> pl.DataFrame:
    """Return the prices of what has one, as SCHEMA; a key without a price has no row.

    What only the contract prices has that price as its list price, too.
    """
    rows = [(*key, *found) for key in keys if (found := _row(key, prices)) is not None]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(key: Key, prices: Sequence[ContractPrice]) -> tuple[int, ...] | None:
    model, operation, day = key
    listed, rule = list_price(model, operation, day), deciding(prices, model, operation, day)
    if listed is None and rule is not None and rule.price is not None:
        listed = ListPrice(rule.price)
    if listed is None:
        return None
    return (listed.price, _price(listed, rule), listed.long, listed.fast, listed.stepped)


def _price(listed: ListPrice, rule: ContractPrice | None) -> int:
    if rule is None:
        return listed.price
    if rule.price is not None:
        return rule.price
    # Half a unit for a million tokens rounds up: it is 5e-17 dollars a token.
    return (listed.price * (WHOLE - (rule.discount or 0)) + WHOLE // 2) // WHOLE


def deciding(
    prices: Sequence[ContractPrice], model: str, operation: str, day: date
) -> ContractPrice | None:
    """Return the contract price that decides for a model and operation on a day, or None."""
    able = [
        rule
        for rule in prices
        if rule.holds(day)
        and rule.operation in ("", operation)
        and (not rule.model or _same(rule.model, model))
    ]
    specific = lambda r: (bool(r.model), bool(r.operation), r.first, r.id)  # noqa: E731
    return max(able, key=specific, default=None)


@lru_cache(maxsize=10_000)
def _same(one: str, other: str) -> bool:
    """Say whether two ids mean one model: with or without its date, for instance."""
    if one == other:
        return True
    known = canonical(one)
    return known is not None and known == canonical(other)


__all__ = ["SCHEMA", "THOUSAND", "Key", "book_of", "deciding"]
