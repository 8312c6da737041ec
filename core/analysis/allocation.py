"""Cost per API key where the bill knows no keys: each billed row split by the keys' own usage.

The Admin API's cost report divides by workspace and description, its usage report by API key. A
row of the bill is split over the keys that used the same workspace, model, operation, service
tier, context window and geography on the same day, by their tokens (web searches: by their
requests), in whole units, so that every row still sums to the bill. The bill names fast mode in
its descriptions at most: where one of a cell does, that row goes with fast usage and the others
with standard usage; where none does, a row may hold both, and its tokens count alike. Fast mode
on the bill whose usage no report tells by key stays a line of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import polars as pl

from core.analysis.labels import FAST_MODE, NO_USAGE, UNSPLIT
from core.analysis.memo import per_book
from core.analysis.split import largest_remainder
from core.calendar import Span, month_start, next_month
from core.ledger.book import Book
from core.ledger.cuts import NOT_ATTRIBUTED, Cut, primary

BILL = primary("platform", "reports", "cost")
KEYS = primary("platform", "reports", "usage")
ALLOCATED = replace(BILL, title="allocated", dims=BILL.dims | {"api_key"})
"""The bill as a cut that knows API keys; it is made from the two above and never stored."""

CELL = ("workspace", "model", "service_tier", "context_window", "inference_geo", "operation")
"""What both reports know of a row, beside its day and connection."""

_ALWAYS = ("connection_id", "day", "workspace", "operation")
_MAYBE = ("model", "service_tier", "context_window", "inference_geo", "speed")
"""What a row of either report may leave open; then it goes with any value."""

FAST, STANDARD = "fast", "standard"

PRIORITY = "Priority Tier"
UNBILLED = "usage without cost"
NOT_YET = "cost not reported yet"
"""Why tokens stand in no row of the bill."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A period's bill by API key, and the usage that the bill does not hold.

    `rows`: the bill's rows with `api_key` (text) and `amount`; their sum is the bill's.
    `unbilled`: `day`, `connection_id`, `api_key`, CELL, `weight` (tokens, or web searches) and
    `line`, why there is no cost. `mixed`: `day`, `connection_id`, `amount` of the bill's rows that
    do not tell the fast mode among their usage from the rest.
    """

    rows: pl.DataFrame
    unbilled: pl.DataFrame
    mixed: pl.DataFrame


def stored(cut: Cut) -> Cut:
    """Return the cut of the ledger that holds a cut's money."""
    return BILL if cut == ALLOCATED else cut


def allocation(book: Book, span: Span) -> Allocation:
    """Return the bill of the Platform's older reports by API key, for the days of a span."""
    parts = [_month(book, first) for first in _months(book, span)]
    if not parts:
        return _allocated(book, Span(span.start, span.start))
    inside = pl.col("day").is_between(span.start, span.end, closed="left")
    return Allocation(
        pl.concat([part.rows for part in parts]).filter(inside),
        pl.concat([part.unbilled for part in parts]).filter(inside),
        pl.concat([part.mixed for part in parts]).filter(inside),
    )


def _months(book: Book, span: Span) -> Iterator[date]:
    """Yield the months of a span of which the ledger has a bill or usage by key."""
    held = _held(book)
    first = max(span.start, held.start)
    while first < min(span.end, held.end):
        yield month_start(first)
        first = next_month(first)


@per_book
def _held(book: Book) -> Span:
    every = pl.concat(book.rows(cut.family, [cut.name], [])["day"] for cut in (BILL, KEYS))
    first, last = every.min(), every.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return Span(date.min, date.min)
    return Span(first, next_month(last))


@per_book
def _month(book: Book, first: date) -> Allocation:
    return _allocated(book, Span(first, next_month(first)))


def _allocated(book: Book, span: Span) -> Allocation:
    bill = book.rows("cost", [BILL.name], BILL.dims, span).drop("api_key", "speed", strict=False)
    bill = _speed(bill.with_columns(pl.col(*CELL).cast(pl.String)).with_row_index("group"))
    usage = _usage(book, span)
    pairs = pl.concat(list(_pairs(_cells(bill), usage.filter(pl.col("line") == UNBILLED))))
    weights = pairs.group_by("group", "api_key").agg(pl.col("weight").sum())
    whole = weights.join(bill.select("group", "amount"), on="group")
    split = largest_remainder(whole, "api_key").select("group", "api_key", "part")
    rest = bill.join(split, on="group", how="anti").select(
        "group", _unsplit().alias("api_key"), pl.col("amount").alias("part")
    )
    parts = pl.concat([split, rest]).rename({"part": "amount"})
    return Allocation(
        bill.drop("amount", "speed").join(parts, on="group").drop("group"),
        _unbilled(bill, usage.join(pairs, on="use", how="anti")),
        _mixed(bill, pairs),
    )


def _usage(book: Book, span: Span) -> pl.DataFrame:
    """Return what keys used, with `weight`, and with `line` where it can have no cost."""
    rows = book.rows("usage", [KEYS.name], KEYS.dims | KEYS.also, span)
    weight = pl.when(pl.col("operation") == "web_search").then("web_searches").otherwise("tokens")
    tier = pl.col("service_tier")
    line = (
        pl.when(pl.col("workspace") == NOT_ATTRIBUTED)
        .then(pl.lit("not attributed"))
        .when(tier.str.starts_with("priority"))
        .then(pl.lit(PRIORITY))
        .otherwise(pl.lit(UNBILLED))
    )
    text = rows.select(
        "day",
        "connection_id",
        pl.col("api_key", *CELL, "speed").cast(pl.String),
        "tokens",
        "web_searches",
    )
    used = text.with_columns(weight.alias("weight")).filter(pl.col("weight") > 0)
    kept = used.select(
        "day", "connection_id", "api_key", *CELL, "speed", "weight", line.alias("line")
    )
    return kept.with_row_index("use")


def _speed(bill: pl.DataFrame) -> pl.DataFrame:
    """Return the bill with `speed`: told by a description, or by that of another row of its cell.

    `''` is a row that may hold both speeds, since nothing in its cell names one.
    """
    fast = pl.col("description").cast(pl.String).str.contains(r"(?i)\bfast\b")
    cell = ("connection_id", "day", *CELL)
    told = pl.when(fast).then(pl.lit(FAST)).when(fast.any().over(cell)).then(pl.lit(STANDARD))
    return bill.with_columns(told.otherwise(pl.lit("")).alias("speed"))


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "group", *_ALWAYS, *(_open(d) for d in _MAYBE), pl.col("amount").alias("billed")
    )


def _open(dim: str) -> pl.Expr:
    """Return a dimension with one word for: the report does not say."""
    return pl.col(dim).replace("not_available", "").alias(dim)


def _pairs(bill: pl.DataFrame, usage: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield which rows of the bill go with which usage: `group`, `use`, `api_key`, `weight`.

    Rows that agree in everything go together first; what then has no partner goes with usage
    that differs only where one of the two does not say.
    """
    shape = ["group", "use", "api_key", "weight", "fast"]
    usage = usage.with_columns((_open(d) for d in _MAYBE), fast=pl.col("speed") == FAST)
    left = bill.join(usage, on=["connection_id", "day", "operation"], how="semi")
    for free in _subsets(_MAYBE):
        keys = [*_ALWAYS, *(d for d in _MAYBE if d not in free)]
        agree = [_either(d) for d in free]
        found = left.join(usage, on=keys, suffix="_used").filter(*agree)
        yield found.select(shape)
        left = left.join(found, on="group", how="anti")


def _either(dim: str) -> pl.Expr:
    """Return whether one side leaves a dimension open; what is billed as fast was used as fast."""
    unsaid = pl.col(f"{dim}_used") == ""
    if dim == "speed":
        unsaid &= pl.col(dim) != FAST
    return (pl.col(dim) == "") | unsaid


def _mixed(bill: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    fast = pairs.filter("fast")
    open_rows = bill.filter(pl.col("speed") == "").join(fast, on="group", how="semi")
    return open_rows.select("day", "connection_id", "amount")


def _subsets(dims: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(len(dims) + 1):
        yield from combinations(dims, size)


def _unsplit() -> pl.Expr:
    """Return what stands for the API key of cost that no usage goes with."""
    named = pl.col("operation").replace_strict(UNSPLIT, default=NO_USAGE)
    whole = pl.when(pl.col("workspace") == NOT_ATTRIBUTED).then(pl.lit(NOT_ATTRIBUTED))
    return whole.when(pl.col("speed") == FAST).then(pl.lit(FAST_MODE)).otherwise(named)


def _unbilled(bill: pl.DataFrame, usage: pl.DataFrame) -> pl.DataFrame:
    days = bill.select("connection_id", "day", pl.lit(value=True).alias("billed")).unique()
    late = pl.col("billed").is_null() & (pl.col("line") == UNBILLED)
    told = pl.when(late).then(pl.lit(NOT_YET)).otherwise("line")
    return (
        usage.join(days, on=["connection_id", "day"], how="left")
        .with_columns(told.alias("line"))
        .drop("use", "billed")
    )
