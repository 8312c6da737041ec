"""Which days of which source are known, and why not, where they are not."""

from typing import TYPE_CHECKING

import polars as pl

from core.calendar import Span

if TYPE_CHECKING:
    from core.ledger.book import Book

STATES = ("complete", "provisional", "partial", "capped", "missing", "before_history", "future")


def coverage(book: "Book", span: Span, *, connections: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return one row a connection, family and day of the span.

    Columns: connection (name), family, day (Date), state (one of STATES), why (text), total and
    not_attributed (Int64, null where nothing is known), fetched_at, data_refreshed_at.
    """
    raise NotImplementedError
