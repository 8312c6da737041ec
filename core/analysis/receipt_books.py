"""What a receipt says of each connection: its reports, windows, and how its days are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from core.analysis import filters
from core.analysis.coverage import day_states, last_fetch
from core.analysis.query import Query
from core.analysis.scope import REPORTS, Scope
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import Family

ENDPOINTS: dict[tuple[str, str, str], tuple[str, ...]] = {
    ("platform", "reports", "cost"): ("/v1/organizations/cost_report",),
    ("platform", "reports", "usage"): ("/v1/organizations/usage_report/messages",),
    ("platform", "unified", "cost"): ("/v1/organizations/analytics/cost",),
    ("platform", "unified", "usage"): ("/v1/organizations/analytics/usage",),
    ("enterprise", "unified", "cost"): ("/v1/organizations/analytics/cost",),
    ("enterprise", "unified", "usage"): ("/v1/organizations/analytics/usage",),
    ("enterprise", "reports", "cost"): (
        "/v1/organizations/analytics/cost_report",
        "/v1/organizations/analytics/user_cost_report",
    ),
    ("enterprise", "reports", "usage"): (
        "/v1/organizations/analytics/usage_report",
        "/v1/organizations/analytics/user_usage_report",
    ),
}
"""The endpoints that a source's figures were read from."""

_KNOWN = ("complete", "provisional", "partial", "capped")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One window as far as the question's days lie in it, and the sync run that read it."""

    window: int
    run: int
    protocol: str
    first: date
    last: date
    days: int
    fetched_at: datetime
    data_refreshed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Books:
    """One connection's part in a figure.

    `present`, `missing`, `capped` and `others` (before its history, or not begun) count the
    question's days; a capped day is a present one. `provisional_from` is the first of them that
    is missing or can still be revised. `windows` are in the order in which they were read.
    """

    connection: ConnectionRow
    reports: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Each protocol that was read, the report's name, and its endpoints."""
    windows: tuple[Fetched, ...]
    present: int
    missing: int
    capped: int
    others: int
    provisional_from: date | None


def books(book: Book, query: Query, about: Scope) -> tuple[Books, ...]:
    """Return what is known of each connection that a question is about, by id."""
    spoken = {(cut.kind, cut.protocol) for cut in about.cuts}
    return tuple(
        _books(book, query, row, {protocol for kind, protocol in spoken if kind == row.kind})
        for row in about.connections
    )


def _books(book: Book, query: Query, row: ConnectionRow, protocols: set[str]) -> Books:
    days = day_states(book, query.span, query.family, [row], last_fetch(book))
    days = days.filter(*filters.days(query))
    read = days.filter(pl.col("protocol").cast(pl.String).is_in(sorted(protocols)))
    state = days["state"]
    present = int(state.is_in(_KNOWN).sum())
    missing = int((state == "missing").sum())
    open_days = days.filter(~pl.col("final"), pl.col("state") != "before_history")["day"].min()
    return Books(
        row,
        tuple(_reports(row.kind, query.family, read)),
        tuple(_windows(read)),
        present,
        missing,
        int((state == "capped").sum()),
        days.height - present - missing,
        open_days if isinstance(open_days, date) else None,
    )


def _reports(
    kind: str, family: Family, read: pl.DataFrame
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for protocol in sorted(read["protocol"].cast(pl.String).unique().to_list()):
        key = (kind, protocol, family)
        yield protocol, REPORTS[key], ENDPOINTS[key]


def _windows(read: pl.DataFrame) -> Iterator[Fetched]:
    first, last = pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    grouped = (
        read.group_by("window_id", "run_id", pl.col("protocol").cast(pl.String))
        .agg(first, last, pl.len().alias("days"), pl.col("fetched_at", "data_refreshed_at").max())
        .sort("window_id", "first")
    )
    return (Fetched(*values) for values in grouped.iter_rows())
