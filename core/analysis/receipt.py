"""Where a figure comes from: everything that has to be known to get the same one again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from core.analysis import filters
from core.analysis.explore import ask
from core.analysis.gather import plans
from core.analysis.overlap import RULES, classify
from core.analysis.query import Query
from core.analysis.questions.sides import side as side_of
from core.analysis.receipt_books import Books, books
from core.analysis.scope import Scope, figure, scope
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, Kind

FOLLOWS = "follows"
"""The rule of what a cut leaves out only so that it leaves out as much as the source's total."""

_FOLLOWS = "Follows from the source's own total, of which as much is counted elsewhere."


@dataclass(frozen=True, slots=True)
class Part:
    """What one cut of one source adds to a figure: ledger rows that know it, and their sum."""

    cut: str
    figure: str
    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """What one rule of the overlap leaves out of a figure, and of which connection."""

    rule: str
    why: str
    connection: str
    total: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A figure and where it comes from.

    `total` is `ask(book, query).total`; the parts sum to it. Figures are in the measure's units.
    `excluded` sums to what stands in two books, and is empty unless each dollar counts once.
    `ledger` names the database, `version` its state, `read_at` the last fetch that it knew, and
    `as_of` the moment that was asked for, None for the present. `side`: only the books of this
    source were asked, so nothing is left out because the other reports it too.
    """

    query: Query
    total: int
    parts: tuple[Part, ...]
    books: tuple[Books, ...]
    excluded: tuple[Excluded, ...]
    provisional_from: date | None
    ledger: str
    version: int
    read_at: datetime | None
    as_of: datetime | None = None
    side: Kind | None = None

    @property
    def rows(self) -> int:
        """Return how many ledger rows the figure is the sum of."""
        return sum(part.rows for part in self.parts)

    @property
    def window(self) -> int:
        """Return the newest window that the figure's days were read with; 0 for none."""
        return max((w.window for one in self.books for w in one.windows), default=0)

    @property
    def refreshed(self) -> tuple[datetime, datetime] | None:
        """Return the oldest and newest state of Anthropic's data, None where it says neither."""
        stamps = [w.data_refreshed_at for one in self.books for w in one.windows]
        known = [stamp for stamp in stamps if stamp is not None]
        return (min(known), max(known)) if known else None


def receipt(
    book: Book,
    query: Query,
    *,
    ledger: str = "",
    as_of: datetime | None = None,
    side: Kind | None = None,
) -> Receipt:
    """Return the receipt of a query's total.

    `ledger`: the database's identity (`core.ledger.versions.mark`); `as_of`: the moment of which
    the book is, where it was rebuilt; `side`: ask this source's own books. Raises what `ask`
    raises.
    """
    if side is not None:
        book = side_of(book, side)
    view = ask(book, query)
    about = scope(book, query, allocate=True)
    read_at = book.days["fetched_at"].max()
    return Receipt(
        query,
        view.total,
        tuple(_parts(book, query, about)),
        books(book, query, about),
        tuple(_excluded(book, query)),
        view.provisional_from,
        ledger,
        book.version,
        read_at if isinstance(read_at, datetime) else None,
        as_of,
        side,
    )


def _parts(book: Book, query: Query, about: Scope) -> Iterator[Part]:
    # Divided by everything, a cut's rows are the ledger's own and not sums of them.
    finest = replace(query, by=DIMENSIONS)
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    value = pl.col(query.column)
    for cut, rows in plans(book, finest, about, filters.alternatives(book, query)):
        sums_of = value.count().alias("rows"), value.sum().cast(pl.Int64).alias("total")
        count, total = rows.select(sums_of).collect().row(0)
        key = (cut.name, figure(cut))
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + count, before[1] + total)
    return (Part(*key, *amounts) for key, amounts in sums.items())


def _excluded(book: Book, query: Query) -> Iterator[Excluded]:
    if query.basis != "counted_once":
        return
    left = ask(book, replace(query, by=(), basis="counted_twice")).total
    names = {row.id: row.name for row in book.connections}
    for rule, connection, total in _by_rule(book, query):
        left -= total
        yield Excluded(rule, RULES[rule][1], names[connection], total)
    if left:
        yield Excluded(FOLLOWS, _FOLLOWS, "", left)


def _by_rule(book: Book, query: Query) -> list[tuple[str, int, int]]:
    rows = classify(book, replace(query, basis="reported"))
    if rows.is_empty():
        return []
    value = pl.col("value").sum().cast(pl.Int64)
    gone = rows.filter(~pl.col("counted")).group_by("rule", "connection_id").agg(value)
    return gone.sort("connection_id", "rule").rows()
