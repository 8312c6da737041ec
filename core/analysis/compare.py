"""Two periods side by side."""

from dataclasses import dataclass

import polars as pl

from core.analysis.query import Query, View
from core.calendar import Span
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class Comparison:
    """A view and the same question of an earlier period.

    `frame` has the `by` columns (without times), their names, `value`, `before`, `change` (Int64)
    and `line`; value sums to now.total, before to earlier.total.
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
    raise NotImplementedError


def compare(book: Book, query: Query, earlier: Span | None = None) -> Comparison:
    """Return a query's answer beside that of an earlier span (default: `before`)."""
    raise NotImplementedError
