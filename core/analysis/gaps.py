"""Days of which a figure lacks something: a chart shows them as gaps, not as zeros."""

import polars as pl

from core.analysis.coverage import coverage
from core.analysis.query import Query
from core.analysis.scope import connections
from core.ledger.book import Book


def gaps(book: Book, query: Query) -> pl.DataFrame:
    """Return the days of a question on which a connection's reports hold nothing, and why.

    Columns: `day` (Date) and `why` (text: each such connection and its reason), by day. Days
    before a connection's history or not over yet are no gaps. Raises UnknownName for a connection
    nobody set up.
    """
    asked = tuple(connection.name for connection in connections(book, query))
    lacking = coverage(book, query.span, connections=asked).filter(
        pl.col("family") == query.family,
        pl.col("state") == "missing",
        pl.col("connection").is_in(asked),
    )
    reasons = pl.format("{}: {}", "connection", "why").sort_by("connection").str.join(" ")
    return lacking.group_by("day").agg(reasons.alias("why")).sort("day")
