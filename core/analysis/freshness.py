"""How current each connection is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from core.analysis.coverage import day_states, history_start
from core.calendar import Span
from core.ledger.book import Book, ConnectionRow

STALE = timedelta(hours=6)
"""Anthropic's data is typically at most four hours behind, so an older ledger should be synced."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current one connection is; None where nothing was fetched yet.

    `data_through` is the last day with cost data, `final_through` the last day up to which
    nothing is missing and no revision is expected; `missing` counts the days of its history
    without cost data, today not among them.
    """

    connection: str
    kind: str
    protocol: str
    state: str
    history_from: date | None
    data_through: date | None
    final_through: date | None
    fetched_at: datetime | None
    data_refreshed_at: datetime | None
    missing: int
    stale: bool


def freshness(book: Book, moment: datetime) -> tuple[Freshness, ...]:
    """Return how current each connection is at a moment, in the order of the connections."""
    return tuple(_freshness(book, c, moment.astimezone(UTC)) for c in book.connections)


def _freshness(book: Book, connection: ConnectionRow, moment: datetime) -> Freshness:
    start = history_start(book, connection)
    held = book.days.filter(pl.col("connection_id") == connection.id)
    fetched = _latest(held, "fetched_at")
    states = _cost_days(book, connection, start, moment)
    there = states.filter(pl.col("present"))["day"].max()
    return Freshness(
        connection.name,
        connection.kind,
        connection.protocol,
        connection.state,
        start,
        there if isinstance(there, date) else None,
        _final_through(states, start),
        fetched,
        _latest(held, "data_refreshed_at"),
        states.filter(pl.col("state") == "missing").height,
        connection.state != "disconnected" and (fetched is None or moment - fetched > STALE),
    )


def _cost_days(
    book: Book, connection: ConnectionRow, start: date | None, moment: datetime
) -> pl.DataFrame:
    today = moment.date()
    span = Span(start or today, today + timedelta(days=1))
    return day_states(book, span, "cost", [connection], today)


def _final_through(states: pl.DataFrame, start: date | None) -> date | None:
    open_days = states.filter(~pl.col("final"), pl.col("state") != "before_history")["day"].min()
    if start is None or not isinstance(open_days, date) or open_days <= start:
        return None
    return open_days - timedelta(days=1)


def _latest(held: pl.DataFrame, column: str) -> datetime | None:
    last = held[column].max()
    return last if isinstance(last, datetime) else None
