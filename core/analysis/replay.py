"""A receipt asked again: the same figure, or what has changed since."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from core.analysis import filters
from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.questions.sides import side
from core.analysis.receipt_seal import elsewhere
from core.analysis.receipt_text import Asked, figure, read
from core.analysis.scope import connections
from core.errors import Finding
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class Replay:
    """A receipt's figure and today's.

    `now` is None where this is not the ledger that the receipt speaks of. `restated` is what
    Anthropic has revised since in the costs of the same connections and days, whatever the
    receipt's filters (units of 1e-8 cents); None where that is not known.
    """

    asked: Asked
    now: int | None
    restated: int | None
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        """Say whether the figure is the same."""
        return self.now == self.asked.total


def replay(
    book: Book, text: str, *, ledger: str = "", changes: pl.DataFrame | None = None
) -> Replay:
    """Return what a receipt's text said beside what the book answers to the same question.

    `ledger`: this database's identity, '' for unknown; `changes`: its restatement log
    (`core.ledger.restatements.log`). A receipt of a past moment wants the book of that moment.
    Raises BadValue for a text that is no receipt, else what `ask` raises.
    """
    asked = read(text)
    if ledger and asked.ledger and ledger != asked.ledger:
        return Replay(asked, None, None, (elsewhere(asked.ledger, ledger),))
    if asked.side is not None:
        book = side(book, asked.side)
    now = ask(book, asked.query).total
    restated = None if changes is None else _restated(book, asked, changes)
    if now == asked.total:
        return Replay(asked, now, restated, ())
    return Replay(asked, now, restated, tuple(_moved(book, asked, now, restated)))


def _restated(book: Book, asked: Asked, changes: pl.DataFrame) -> int | None:
    """Return the sum of what later windows changed; None where the measure has no such log."""
    query = asked.query
    if query.measure != "cost":
        return None
    ids = [row.id for row in connections(book, query)]
    later = changes.filter(
        pl.col("window_id") > asked.window,
        pl.col("connection_id").is_in(ids),
        pl.col("day").is_between(query.span.start, query.span.end, closed="left"),
        *filters.days(query),
    )
    return sum(int(delta) for delta in later["delta"])


def _moved(book: Book, asked: Asked, now: int, restated: int | None) -> Iterator[Finding]:
    measure, by = asked.query.measure, now - asked.total
    yield Finding(
        "receipt_differs",
        "warning",
        f"The figure is no longer that of the receipt: it moved by {figure(by, measure)}.",
        _versions(book, asked),
        "Make a new receipt; --as-of asks what the ledger held before.",
    )
    yield from _forgotten(book, asked.query)
    if restated:
        yield Finding(
            "receipt_restated",
            "info",
            f"Anthropic has restated these days by {figure(restated, 'cost')} since.",
            f"Its connections and days, {_filters(asked.query)}; {_rest(by, restated)}",
            "`claude-spend restatements` lists what was revised.",
        )


def _forgotten(book: Book, query: Query) -> Iterator[Finding]:
    """Yield which of a receipt's days lie before what is kept: no moment that is asked has them."""
    for connection in connections(book, query):
        begins = connection.history_floor
        if begins is not None and query.span.start < begins:
            yield Finding(
                "history_ends",
                "info",
                f"{connection.name}: days of the receipt before {begins} are not in the ledger.",
                "They were removed with CLAUDE_SPEND_KEEP_MONTHS, or were never to be read.",
                "A backup made before they were removed still holds them.",
            )


def _versions(book: Book, asked: Asked) -> str:
    if book.version == asked.version:
        return (
            f"The ledger is still at version {book.version}: the receipt comes from another "
            "version of claude-spend, or was changed."
        )
    return f"The ledger was at version {asked.version} and is at version {book.version} now."


def _filters(query: Query) -> str:
    return "whatever its filters" if query.where else "all of them"


def _rest(by: int, restated: int) -> str:
    if by == restated:
        return "this is the whole difference."
    return (
        f"the other {figure(by - restated, 'cost')} comes from days read since for the first time, "
        "from filters, or from what is counted once."
    )
