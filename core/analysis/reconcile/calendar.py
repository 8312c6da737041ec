"""Completeness: each day of each source, with what is expected of it and what is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from core.analysis.coverage import coverage
from core.calendar import Span
from core.ledger.book import Book

OPEN = ("missing", "partial", "capped")
"""States in which a day does not hold what is expected of it."""


@dataclass(frozen=True)
class Completeness:
    """A calendar (`core.analysis.coverage`), what is `counted` in it, and the days to look at.

    `counted`: one row a `connection`, `family` and `state` with `days`. `open`: the days that
    lack something, the newest first. `expected` and `held` count days of sources that have begun
    and are over, and those of them that are there.
    """

    days: pl.DataFrame
    counted: pl.DataFrame
    open: pl.DataFrame
    expected: int
    held: int


def completeness(
    book: Book, span: Span, moment: datetime, *, connections: Sequence[str] = ()
) -> Completeness:
    """Return what is known of each day of a span; `moment` is now. Raises UnknownName."""
    days = coverage(book, span, connections=tuple(connections), moment=moment)
    counted = days.group_by("connection", "family", "state").agg(pl.len().alias("days"))
    lacking = days.filter(pl.col("state").is_in(OPEN)).sort(
        "day", "connection", "family", descending=[True, False, False]
    )
    due = days.filter(~pl.col("state").is_in(["before_history", "future"]))
    held = due.filter(~pl.col("state").is_in(OPEN))
    ordered = counted.sort("connection", "family", "state")
    return Completeness(days, ordered, lacking, due.height, held.height)
