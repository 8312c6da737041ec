"""What the simulated organisation pays: list prices from the day they hold, and its discounts."""

from datetime import date

import polars as pl

from core.demo.shape import COMPONENTS, COST_TYPES, TOKEN_TYPES, WEB_SEARCHES, step

_FROM = date(2025, 1, 1)
_PRICES: tuple[tuple[str, date, tuple[str, str, str, str, str]], ...] = (
    ("claude-fable-5-2", _FROM, ("8", "0.20", "10", "16", "40")),
    ("claude-fable-5-1", _FROM, ("10", "0.25", "12.50", "20", "50")),
    ("claude-fable-5", _FROM, ("10", "1.00", "12.50", "20", "50")),
    ("claude-opus-5-5", _FROM, ("4", "0.20", "5", "8", "20")),
    ("claude-opus-5", _FROM, ("5", "0.50", "6.25", "10", "25")),
    ("claude-opus-4-8", _FROM, ("5", "0.50", "6.25", "10", "25")),
    ("claude-opus-4-7", _FROM, ("5", "0.50", "6.25", "10", "25")),
    ("claude-opus-4-6", _FROM, ("5", "0.50", "6.25", "10", "25")),
    ("claude-opus-4-5-20251101", _FROM, ("5", "0.50", "6.25", "10", "25")),
    ("claude-opus-4-1-20250805", _FROM, ("15", "1.50", "18.75", "30", "75")),
    ("claude-sonnet-5-5", _FROM, ("2", "0.20", "2.50", "4", "10")),
    ("claude-sonnet-5-5", date(2026, 10, 7), ("2", "0.10", "2.50", "4", "10")),
    ("claude-sonnet-5", _FROM, ("2", "0.20", "2.50", "4", "10")),
    ("claude-sonnet-4-6", _FROM, ("3", "0.30", "3.75", "6", "15")),
    ("claude-sonnet-4-5-20250929", _FROM, ("3", "0.30", "3.75", "6", "15")),
    ("claude-sonnet-4-20250514", _FROM, ("3", "0.30", "3.75", "6", "15")),
    ("claude-haiku-5-5", _FROM, ("0.10", "0.01", "0.125", "0.20", "0.50")),
    ("claude-haiku-4-5-20251001", _FROM, ("1", "0.10", "1.25", "2", "5")),
    ("claude-3-5-haiku-20241022", _FROM, ("0.80", "0.08", "1", "1.60", "4")),
)
"""US dollars per million tokens: input, cache read, 5-minute write, 1-hour write, output."""

_LONG_PREMIUM: tuple[tuple[str, date], ...] = (
    ("claude-opus-4-6", date(2026, 3, 13)),
    ("claude-sonnet-4-6", date(2026, 3, 13)),
    ("claude-sonnet-4-5-20250929", date(2026, 4, 30)),
)
"""Beyond 200k tokens input cost twice and output 1.5 times as much, until this day."""

_DISCOUNTS: tuple[tuple[str, date, int], ...] = (
    ("platform", _FROM, 8),
    ("platform", date(2026, 7, 1), 14),
    ("enterprise", _FROM, 12),
    ("enterprise", date(2026, 10, 1), 18),
)
"""Percent off list price, by contract, from the day it holds."""

_UNITS_PER_PRICE = 10_000
"""One dollar per million tokens is 10,000 units of 1e-8 cents per token."""

_WHOLE = 40
"""Multipliers are counted in fortieths: batch 20, US 44, both 22, long context 80 and 60."""

_SEARCH_UNITS = 10**8
_MINUTE_UNITS = {"code_execution": 5 * 10**8, "session_usage": 8 * 10**8}
"""Per hour: code execution $0.05, managed sessions $0.08."""


def _units(price: str) -> int:
    whole, _, fraction = price.partition(".")
    return int(whole + fraction.ljust(4, "0"))


def _table() -> pl.DataFrame:
    rows = [(model, day, *(_units(price) for price in row)) for model, day, row in _PRICES]
    names = ["model", "priced_from", *(f"price:{name}" for name in TOKEN_TYPES)]
    return pl.DataFrame(rows, schema=names, orient="row").sort("priced_from")


def _long_context() -> pl.Expr:
    premium = [(pl.col("model") == model) & (pl.col("day") < end) for model, end in _LONG_PREMIUM]
    return (pl.col("context_window") == "200k-1M") & pl.any_horizontal(premium)


def _multiplier(name: str) -> pl.Expr:
    batch = pl.when(pl.col("service_tier") == "batch").then(_WHOLE // 2).otherwise(_WHOLE)
    geo = pl.when(pl.col("inference_geo") == "us").then(11).otherwise(10)
    speed = pl.when(pl.col("speed") == "fast").then(2).otherwise(1)
    halves = pl.when(_long_context()).then(3 if name == "output_tokens" else 4).otherwise(2)
    return batch * geo * speed * halves // 20


def with_prices(work: pl.DataFrame) -> pl.DataFrame:
    """Return work with `price:*` of its model and day and `times:*`, both null without a model."""
    priced = work.sort("day").join_asof(
        _table(), left_on="day", right_on="priced_from", by="model", check_sortedness=False
    )
    return priced.with_columns(
        _multiplier(name).cast(pl.Int64).alias(f"times:{name}") for name in TOKEN_TYPES
    ).drop("priced_from")


def _token_list(name: str) -> pl.Expr:
    exact = pl.col(name) * pl.col(f"price:{name}") * pl.col(f"times:{name}") // _WHOLE
    return pl.when("billed").then(step(exact)).otherwise(0).fill_null(0)


def _other_list(name: str) -> pl.Expr:
    if name == "web_search":
        return pl.col(WEB_SEARCHES) * _SEARCH_UNITS
    minutes = "code_minutes" if name == "code_execution" else "session_minutes"
    return step(pl.col(minutes) * _MINUTE_UNITS[name] // 60)


def _discount() -> pl.Expr:
    percent = pl.lit(0)
    for side, day, value in _DISCOUNTS:
        holds = (pl.col("side") == side) & (pl.col("day") >= day)
        percent = pl.when(holds).then(value).otherwise(percent)
    return percent


def with_amounts(work: pl.DataFrame) -> pl.DataFrame:
    """Return work with `list:*` and `amount:*` per component and their sums, in units."""
    lists = [_token_list(name).alias(f"list:{name}") for name in TOKEN_TYPES]
    lists += [_other_list(name).alias(f"list:{name}") for name in COST_TYPES]
    billed = work.with_columns(lists)
    after = [
        step(pl.col(f"list:{name}") * (100 - _discount()) // 100).alias(f"amount:{name}")
        for name in COMPONENTS
    ]
    return billed.with_columns(after).with_columns(
        pl.sum_horizontal(f"list:{name}" for name in COMPONENTS).alias("list_amount"),
        pl.sum_horizontal(f"amount:{name}" for name in COMPONENTS).alias("amount"),
    )
