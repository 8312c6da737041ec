"""How many of the newest days are still to grow: what earlier ones did after they seemed whole."""

from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import polars as pl

from core.ledger.book import Book

WATCHED, SETTLED = 70, 10
"""Days whose restatements are looked at, and the age from which one has shown what it does."""

FEWEST = 10
"""Days that must have been read at an age before anything is said of that age."""

MOST_PERCENT = 2
"""Growth that does no harm to a forecast."""


def unripe(book: Book, changes: pl.DataFrame, moment: datetime) -> int:
    """Return how many days before today are left out: younger ones typically change by over 2 %.

    `changes`: restatements of days that had been read whole, columns as `core.ledger.revised`
    tells them. Where too few days have been read young enough to tell, none is left out.
    """
    today = moment.astimezone(UTC).date()
    ages = range(1, SETTLED + 1)
    restless = [age for age in ages if _change(book, changes, today, age) > MOST_PERCENT]
    return max(restless, default=0)


def _change(book: Book, changes: pl.DataFrame, today: date, age: int) -> Any:
    """Return by how many percent days of an age typically changed later; 0 where unknown."""
    start, end = today - timedelta(days=WATCHED), today - timedelta(days=SETTLED)
    read = pl.col("first_seen_at").dt.date() - pl.col("day") <= timedelta(days=age)
    days = (
        book.days.filter(
            pl.col("family") == "cost",
            pl.col("day").is_between(start, end, closed="left"),
            pl.col("total").is_not_null(),
        )
        .group_by("day")
        .agg(pl.col("total").sum(), read.all().alias("young"))
        .filter("young", pl.col("total") > 0)
    )
    if days.height < FEWEST or changes.is_empty():
        return 0.0
    late = changes.filter(pl.col("seen_at").dt.date() - pl.col("day") > timedelta(days=age))
    grown = late.group_by("day").agg(pl.col("delta").sum())
    both = days.join(grown, on="day", how="left").with_columns(pl.col("delta").fill_null(0))
    return median(100 * abs(d) / total for total, d in both.select("total", "delta").iter_rows())
