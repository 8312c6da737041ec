"""How far an answer can be trusted: what is missing, what may still change, what is unknown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from core.analysis import filters
from core.analysis.coverage import day_states, last_fetch
from core.analysis.memo import per_book
from core.analysis.outside import UNCONNECTED, outside
from core.analysis.query import Query
from core.analysis.scope import REPORTS, Scope
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import Cut, Family
from core.money import label


@dataclass(frozen=True, slots=True)
class Certainty:
    """The first day of a span that is missing or can still be revised, and what to know of it."""

    provisional_from: date | None
    findings: list[Finding]


def certainty(
    book: Book, query: Query, scope: Scope, wanted: dict[str, frozenset[str]]
) -> Certainty:
    """Return how far the answer to a question can be trusted.

    `wanted` are the raw values that `where` allows.
    """
    days = _days(book, query.family, query.span, tuple(scope.ids))
    unknown = _unknown(book, query, scope, wanted)
    return Certainty(days.provisional_from, [*days.findings, *unknown])


@per_book
def _days(book: Book, family: Family, span: Span, ids: tuple[int, ...]) -> Certainty:
    """Return what the days alone say; most questions about a book share them."""
    if not book.connections:
        return Certainty(None, [UNCONNECTED])
    connections = [c for c in book.connections if c.id in ids]
    states = day_states(book, span, family, connections, last_fetch(book))
    first = states.filter(~pl.col("final"), pl.col("state") != "before_history")["day"].min()
    never = [c for c in connections if c.id not in synced(book)]
    read = [c for c in connections if c not in never]
    known = states.filter(pl.col("connection_id").is_in([c.id for c in read]))
    gaps = [*outside(family, known), *_gaps(family, read, states)]
    return Certainty(
        first if isinstance(first, date) else None,
        [*(_never(c) for c in never if c.state != "disconnected"), *gaps],
    )


@per_book
def synced(book: Book) -> frozenset[int]:
    """Return the connections of which the ledger has ever read anything."""
    return frozenset(book.days["connection_id"].unique())


def _gaps(
    family: Family, connections: Sequence[ConnectionRow], states: pl.DataFrame
) -> Iterator[Finding]:
    gaps = states.filter(pl.col("state").is_in(["missing", "partial"]))
    for connection in connections if gaps.height else ():
        mine = gaps.filter(pl.col("connection_id") == connection.id)
        missing = mine.filter(pl.col("state") == "missing")
        partial = mine.filter(pl.col("state") == "partial")
        if missing.height:
            yield _missing(connection, family, missing)
        if partial.height:
            yield _partial(connection, partial)


def _never(connection: ConnectionRow) -> Finding:
    return Finding(
        "never_synced",
        "warning",
        f"{connection.name} has never been synced.",
        "The ledger holds nothing from it, so its figures are missing here.",
        "Sync the connection.",
    )


def _missing(connection: ConnectionRow, family: Family, days: pl.DataFrame) -> Finding:
    n, unread = days.height, days.filter(pl.col("fetched_at").is_null()).height
    first, last = days["day"].sort()[0], days["day"].sort()[-1]
    why = (
        f"Never synced: {unread}. Without figures when they were read: {n - unread}."
        if 0 < unread < n
        else "They were never synced, or their sync failed."
        if unread
        else "The source gave no figures for them when they were read."
    )
    return Finding(
        "days_missing",
        "warning",
        f"No {family} data for {n} {'day' if n == 1 else 'days'} of {connection.name}.",
        f"{first}{'' if n == 1 else f' to {last}'}. {why} They are gaps, not zeros.",
        "Sync again; Connections shows what stopped the last sync.",
    )


def _partial(connection: ConnectionRow, days: pl.DataFrame) -> Finding:
    first = days["day"].sort()[0]
    stamp = days["data_refreshed_at"].drop_nulls().max() or days["fetched_at"].drop_nulls().max()
    until = f"up to {stamp:%Y-%m-%d %H:%M} UTC" if isinstance(stamp, datetime) else "no day yet"
    return Finding(
        "day_partial",
        "info",
        f"{connection.name} has reported {first} only in part.",
        f"The source's data reached {until} when it was read.",
        "The next sync completes it.",
    )


def _unknown(
    book: Book, query: Query, scope: Scope, wanted: dict[str, frozenset[str]]
) -> Iterator[Finding]:
    names = {c.id: c.name for c in scope.connections}
    for cut in scope.cuts if query.measure in {"list_cost", "requests"} else ():
        rows = _matching(book, query, scope, cut, wanted)
        for connection_id, part in _unstated(rows, query).iter_rows():
            yield _not_stated(query, cut, names[connection_id], part)


def _matching(
    book: Book, query: Query, scope: Scope, cut: Cut, wanted: dict[str, frozenset[str]]
) -> pl.DataFrame:
    # A sum over fewer dimensions is known where any of its rows is, so list cost asks for them all.
    dims = cut.dims if query.measure == "list_cost" else set(wanted) & cut.dims
    rows = book.rows(query.family, [cut.name], dims, query.span)
    tests = filters.matches(cut, wanted)
    if tests is None:
        return rows.clear()
    return rows.filter(*tests, *filters.days(query), pl.col("connection_id").is_in(scope.ids))


def _unstated(rows: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Return connection and how much (cost, tokens) comes without the measure; as reported."""
    if query.measure == "list_cost":
        lacking = rows.filter(pl.col("list_amount").is_null(), pl.col("amount") != 0)
        return lacking.group_by("connection_id").agg(pl.col("amount").sum()).sort("connection_id")
    # Request counts stand in rows of their own, so a day without any has none that are known.
    days = rows.group_by("connection_id", "day").agg(
        pl.col("tokens").sum(), pl.col("requests").is_not_null().any().alias("counted")
    )
    lacking = days.filter(~pl.col("counted"), pl.col("tokens") != 0)
    return lacking.group_by("connection_id").agg(pl.col("tokens").sum()).sort("connection_id")


def _not_stated(query: Query, cut: Cut, name: str, part: int) -> Finding:
    report = REPORTS[cut.kind, cut.protocol, cut.family]
    if query.measure == "list_cost":
        return Finding(
            "list_cost_not_available",
            "info",
            f"{report} gives no list price for {label(part)} of cost from {name}.",
            "These amounts are left out: nothing says what they would have cost at list price.",
            "Read cost instead, or look at the other connections alone.",
        )
    return Finding(
        "requests_not_available",
        "info",
        f"{report} gives no request counts for {part:,} tokens of {name}.",
        "Requests of these days are unknown, not zero, and are left out.",
        "Read tokens instead, or look at the other connections alone.",
    )
