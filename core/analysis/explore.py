"""Any measure of the ledger, divided by any dimensions: one question, one exact answer."""

from typing import TYPE_CHECKING

from core.analysis.query import DIMS, MEASURES, NAMED, Query, View

if TYPE_CHECKING:
    from core.ledger.book import Book

__all__ = ["DIMS", "MEASURES", "NAMED", "Query", "View", "ask"]


def ask(book: "Book", query: Query) -> View:
    """Return the view that answers a query.

    Costs are units of 1e-8 cents. Raises UnknownName for a connection or a dimension value that
    the ledger has never seen, BadValue for a day, week or month that cannot be read.
    """
    raise NotImplementedError
