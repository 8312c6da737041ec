"""Seats that nobody uses: members of an Enterprise organization without a trace in some days."""

from dataclasses import dataclass

import polars as pl

from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.scope import scope
from core.calendar import Span
from core.ledger.book import Book, ConnectionRow
from core.ledger.names import NameRow

MONTHS, YEAR = 12, 365

_ANYWHERE = ("connection", "source", "organization", "protocol")
"""Filters that say which connections are meant; any other one leaves seats out."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Present members, and those of them without activity or usage: (user id, name).

    `known` is False where no directory of members could be read, so that nobody is known idle;
    `asked` is True where the question is about all of an Enterprise connection's usage.
    """

    members: int = 0
    idle: tuple[tuple[str, str], ...] = ()
    known: bool = False
    asked: bool = False

    @property
    def used(self) -> int:
        """Return how many seats somebody uses."""
        return self.members - len(self.idle)


def seats(book: Book, query: Query) -> Seats:
    """Return the seats of the Enterprise connections that a query is about and has days of."""
    if any(dim not in _ANYWHERE for dim, _ in query.where):
        return Seats()
    people: dict[tuple[str, str], tuple[NameRow, bool]] = {}
    every = scope(book, query).connections
    held = _held(book, query.span)
    rows = [c for c in every
            if c.kind == "enterprise" and c.state != "disconnected" and c.id in held]  # fmt: skip
    for row in rows:
        for person, active in _members(book, row, query.span):
            key = (row.organization_id or row.name, person.id)
            people[key] = (person, active or people.get(key, (person, False))[1])
    idle = sorted((p.name or p.email or p.id, p.id) for p, active in people.values() if not active)
    return Seats(len(people), tuple((i, name) for name, i in idle), bool(people), bool(rows))


def _held(book: Book, span: Span) -> frozenset[object]:
    """Return the ids of connections with any day of the span: without one, nobody is known idle."""
    inside = pl.col("day").is_between(span.start, span.end, closed="left") & pl.col("present")
    return frozenset(book.days.filter(inside)["connection_id"].to_list())


def _members(book: Book, row: ConnectionRow, span: Span) -> list[tuple[NameRow, bool]]:
    """Return the present members of the directory; names that only rows gave are not among them."""
    users = (n for (c, kind, _), n in book.names.items() if (c, kind) == (row.id, "user"))
    present = [n for n in users if n.state == "active" and "role" in n.details]
    seen = _seen(book, row, span) if present else frozenset()
    return [(name, bool({name.id, name.email.casefold()} & seen)) for name in present]


def _seen(book: Book, row: ConnectionRow, span: Span) -> frozenset[str]:
    """Return ids and e-mail addresses of everyone with activity or tokens."""
    used = ask(book, Query(("user",), "tokens", span, connections=(row.name,), basis="reported"))
    ids = used.frame.filter(pl.col("value") > 0)["user"].drop_nulls().to_list()
    if "day" in book.activity.columns:
        here = pl.col("connection_id") == row.id
        inside = pl.col("day").is_between(span.start, span.end, closed="left")
        rows = book.activity.filter(here, inside, pl.col("value") > 0)
        ids += rows["actor"].cast(pl.String).unique().to_list()
    return frozenset({*ids, *(i.casefold() for i in ids)}) - {""}


def fee(count: int, price: int, days: int) -> int:
    """Return what seats cost in some days, of a price a month; a half unit rounds up."""
    return (2 * count * price * MONTHS * days + YEAR) // (2 * YEAR)


def a_month(units: int, days: int) -> int:
    """Return an amount of some days as one of an average month, a twelfth of 365 days."""
    whole = MONTHS * days
    amount = (2 * abs(units) * YEAR + whole) // (2 * whole) if days else 0
    return -amount if units < 0 else amount
