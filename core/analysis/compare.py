"""Two periods side by side."""

from dataclasses import dataclass, replace
from datetime import timedelta

import polars as pl

from core.analysis.explore import ask
from core.analysis.labels import columns
from core.analysis.query import TIMES, Query, View
from core.calendar import Span, month_start
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class Comparison:
    """A view and the same question of an earlier period.

    `frame` has the `by` columns (without times), their names, `line`, `value`, `before` and
    `change` (Int64, zero where a period has no such row); value sums to `now.total`, before to
    `earlier.total`. Largest change first.
    """

    now: View
    earlier: View
    frame: pl.DataFrame

    @property
    def change(self) -> int:
        """Return by how much the total has grown, in the measure's units."""
        return self.now.total - self.earlier.total


def before(span: Span) -> Span:
    """Return the days just before a span, as many as it has."""
    return Span(span.start - timedelta(days=span.days), span.start)


def last_month(span: Span) -> Span:
    """Return the same days of the month before: the 1st to 30th of March is all of February."""
    first = month_start(month_start(span.start) - timedelta(days=1))
    end = month_start(span.start)
    start = min(first + timedelta(days=span.start.day - 1), end)
    return Span(start, min(start + timedelta(days=span.days), end))


def compare(book: Book, query: Query, earlier: Span | None = None) -> Comparison:
    """Return a query's answer beside that of an earlier span (default: `before`); as `ask`."""
    now = ask(book, query)
    then = ask(book, replace(query, span=before(query.span) if earlier is None else earlier))
    return Comparison(now, then, _joined(now, then))


def _joined(now: View, then: View) -> pl.DataFrame:
    keys = [*columns(tuple(d for d in now.query.by if d not in TIMES)), "line"]
    both = _summed(now, keys, "value").join(
        _summed(then, keys, "before"), on=keys, how="full", coalesce=True, nulls_equal=True
    )
    zeros = [pl.col("value").fill_null(0), pl.col("before").fill_null(0)]
    both = both.with_columns(zeros).with_columns(
        (pl.col("value") - pl.col("before")).alias("change")
    )
    return both.sort(pl.col("change").abs(), *keys, descending=[True, *(False for _ in keys)],
                     nulls_last=True)  # fmt: skip


def _summed(view: View, keys: list[str], name: str) -> pl.DataFrame:
    return view.frame.group_by(keys).agg(pl.col("value").sum().alias(name))
