"""The books behind every report: facts of a side and a time range, filtered and summed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from core.demo.api.query import WIDTHS, Query
from core.demo.credentials import Side
from core.demo.organisation import Organisation
from core.demo.shape import AMOUNTS, CENT_STEP, COUNTERS, LIST_AMOUNTS, MEASURES

_HOURS = (6, 5, 4, 4, 5, 8, 16, 30, 52, 72, 82, 84, 76, 80, 86, 84, 76, 62, 48, 38, 30, 24, 16, 12)
_MONEY = (*AMOUNTS, *LIST_AMOUNTS)
NOT_AVAILABLE = "not_available"


@dataclass(frozen=True)
class Range:
    """The time that a report covers, and the width of its buckets (None: one for the whole)."""

    start: datetime
    end: datetime
    width: str | None

    @property
    def whole_days(self) -> bool:
        """Say whether the range can be read from days as they are."""
        edges = (self.start.time(), self.end.time())
        return edges == (time(0), time(0)) and self.width in (None, "1d")

    def buckets(self) -> list[datetime]:
        """Return the start of every bucket of the range."""
        step = WIDTHS[self.width or "1d"]
        count = -((self.start - self.end) // step)
        return [self.start + n * step for n in range(max(count, 0))]


def _slots(width: str) -> pl.DataFrame:
    """Return the slots of a day: where each begins, and the share of the day before and after it.

    Shares are whole parts of `_HOURS` x 60, so that minutes sum to hours and hours to days.
    """
    minutes = width == "1m"
    rows, before = [], 0
    for hour, weight in enumerate(_HOURS):
        for minute in range(60) if minutes else (0,):
            size = weight if minutes else weight * 60
            rows.append((timedelta(hours=hour, minutes=minute), before, before + size))
            before += size
    return pl.DataFrame(rows, schema=["slot", "before", "after"], orient="row")


def _part(name: str, unit: int) -> pl.Expr:
    """Return a slot's part of a measure: cumulated shares, so that the parts sum to the whole."""
    whole = 60 * sum(_HOURS)
    value = pl.col(name) // unit
    return (value * pl.col("after") // whole - value * pl.col("before") // whole) * unit


def split(facts: pl.DataFrame, width: str) -> pl.DataFrame:
    """Return facts spread over the hours or minutes of their days; every sum stays exact."""
    spread = facts.join(_slots(width), how="cross").with_columns(
        *(_part(name, 1) for name in COUNTERS), *(_part(name, CENT_STEP) for name in _MONEY)
    )
    spread = spread.with_columns(
        (pl.col("day").cast(pl.Datetime("us")) + pl.col("slot")).alias("at"),
        pl.sum_horizontal(AMOUNTS).alias("amount"),
        pl.sum_horizontal(LIST_AMOUNTS).alias("list_amount"),
    )
    return spread.filter(pl.any_horizontal(pl.col(name) > 0 for name in MEASURES))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _days(facts: pl.DataFrame, span: Range) -> pl.DataFrame:
    last: date = (span.end - timedelta(microseconds=1)).date()
    return facts.filter(pl.col("day").is_between(span.start.date(), last))


def rows(organisation: Organisation, side: Side, overlap: float, span: Range) -> pl.DataFrame:
    """Return the facts that a key of a side sees in a range, `at` their bucket (naive UTC).

    `overlap` is the share of the Console's workspaces that the Enterprise side sees too.
    """
    own = pl.col("side") == side
    if overlap and side == "enterprise":
        own |= pl.col("workspace_id").is_in(organisation.overlapping(overlap))
    facts = _days(organisation.facts.filter(own), span)
    if span.whole_days:
        return facts.with_columns(pl.col("day").cast(pl.Datetime("us")).alias("at"))
    fine = split(facts, "1m" if span.width == "1m" else "1h")
    inside = fine.filter(pl.col("at") >= _naive(span.start), pl.col("at") < _naive(span.end))
    return inside.with_columns(pl.col("at").dt.truncate("1d")) if span.width == "1d" else inside


def keep(column: str, values: Sequence[str]) -> list[pl.Expr]:
    """Return the condition of a filter parameter; no values: none.

    `not_available` selects the rows whose geography is null, or named so by an older report.
    """
    if not values:
        return []
    found = pl.col(column).is_in(list(values))
    return [
        found | pl.col(column).is_null()
        if NOT_AVAILABLE in values
        else found.fill_null(value=False)
    ]


def keep_any(query: Query, columns: Iterable[tuple[str, str]]) -> list[pl.Expr]:
    """Return the conditions of array parameters of free text: (parameter, column)."""
    return [condition for name, column in columns for condition in keep(column, query.many(name))]


def grouped(facts: pl.DataFrame, by: Sequence[str], order: Sequence[str] = ()) -> pl.DataFrame:
    """Return the sums of every measure by columns, sorted by them or by `order`; none: no rows."""
    sums = [pl.col(name).sum() for name in MEASURES]
    if facts.is_empty() or not by:
        return facts.select(sums) if facts.height else facts.select(*by, *MEASURES)
    return facts.group_by(by).agg(sums).sort(order or by)
