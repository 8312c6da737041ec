"""What can be chosen: the values of a dimension that the ledger has, with their names."""

import polars as pl

from core.analysis.explore import ask
from core.analysis.query import NAMED, Query
from core.calendar import Span
from core.ledger.book import Book


def values(book: Book, dim: str, span: Span, measure: str = "cost") -> list[tuple[str, str]]:
    """Return (value, name) of a dimension in a span, the largest first; null is not among them."""
    view = ask(book, Query((dim,), measure, span, basis="reported"))
    frame = view.frame.filter(pl.col(dim).is_not_null()).unique(dim, maintain_order=True)
    name = f"{dim}_name" if dim in NAMED else dim
    named = frame.select(
        pl.col(dim).cast(pl.String).alias("id"),
        pl.coalesce(pl.col(name).cast(pl.String), pl.col(dim).cast(pl.String)).alias("name"),
    )
    return [(str(row[0]), str(row[1])) for row in named.iter_rows()]


def span_of(book: Book) -> Span | None:
    """Return the days that the ledger holds, from the first to the last; None while empty."""
    held = book.days.filter(pl.col("present"))["day"]
    first, last = held.min(), held.max()
    if held.is_empty():
        return None
    frame = pl.DataFrame({"first": [first], "end": [last]}).with_columns(
        pl.col("end").dt.offset_by("1d")
    )
    start, end = frame.row(0)
    return Span(start, end)
