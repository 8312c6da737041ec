"""Sums that cannot leave 64 bits unnoticed: Polars wraps silently past 2^63."""

from collections.abc import Sequence

import polars as pl

from core.analysis.allocation import stored
from core.analysis.memo import per_book
from core.analysis.query import Query
from core.errors import AmountRefused
from core.ledger.book import Book
from core.ledger.cuts import Cut
from core.money import LARGEST


def guard(book: Book, query: Query, parts: Sequence[pl.LazyFrame], cuts: Sequence[Cut]) -> None:
    """Raise AmountRefused where any sum over rows of the parts could leave 64 bits.

    A bound of the whole book settles it in every ordinary case, so that a question costs nothing.
    """
    if sum(bound(book, stored(cut).name, query.column) for cut in cuts) * 3 <= LARGEST:
        return
    values = [_size(part, query.column) for part in parts]
    if sum(int(str(part.item() or 0)) for part in pl.collect_all(values)) > LARGEST:
        raise AmountRefused(
            "The figures of this question are too large to add.",
            "Together they exceed 922 million dollars, or 9.2 quintillion tokens.",
            "Ask for a shorter period.",
        )


@per_book
def bound(book: Book, cut: str, column: str) -> int:
    """Return the sum of a cut's absolute values over all days."""
    size = _size(book.facts.lazy().filter(pl.col("cut") == cut), column).collect().item()
    return int(str(size or 0))


def _size(rows: pl.LazyFrame, column: str) -> pl.LazyFrame:
    return rows.select(pl.col(column).cast(pl.Int128).abs().sum())
