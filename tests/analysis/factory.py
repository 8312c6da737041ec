"""Books made from a few rows, so that analysis is tested without a database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from core.calendar import Span
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import CUTS, DIMENSIONS, NOT_ATTRIBUTED
from core.ledger.names import NameRow

BY_NAME = {cut.name: cut for cut in CUTS}
MEASURES = ("amount", "list_amount", "tokens", "requests", "web_searches")

DAYS = {
    "connection_id": pl.Int64, "family": pl.String, "day": pl.Date, "protocol": pl.String,
    "window_id": pl.Int64, "run_id": pl.Int64, "first_seen_at": pl.Datetime("us", "UTC"),
    "fetched_at": pl.Datetime("us", "UTC"), "data_refreshed_at": pl.Datetime("us", "UTC"),
    "present": pl.Boolean, "capped": pl.Boolean, "total": pl.Int64, "not_attributed": pl.Int64,
}  # fmt: skip

LATE = datetime(2027, 3, 1, tzinfo=UTC)
"""A fetch after which every day of 2026 is final."""


def day(text: str) -> date:
    """`11-03` is 3 November 2026."""
    return date.fromisoformat(f"2026-{text}" if len(text) == 5 else text)


def span(first: str, end: str) -> Span:
    """Days of 2026 (or of a year that is named), the end exclusive."""
    return Span(day(first), day(end))


def platform(i: int = 1, name: str = "console", org: str = "org-p", **more: Any) -> ConnectionRow:
    return ConnectionRow(i, name, "platform", organization_id=org, **more)


def enterprise(i: int = 2, name: str = "claude", org: str = "org-e", **more: Any) -> ConnectionRow:
    return ConnectionRow(i, name, "enterprise", organization_id=org, **more)


def fact(connection: int, cut: str, when: str, **values: Any) -> dict[str, Any]:
    """One ledger row; dimensions not named are null where the cut knows them."""
    row: dict[str, Any] = dict.fromkeys(DIMENSIONS, "") | dict.fromkeys(MEASURES)
    family = BY_NAME[cut].family
    return row | {
        "day": day(when), "family": family, "connection_id": connection, "cut": cut, **values
    }  # fmt: skip


def rest(connection: int, cut: str, when: str, **values: Any) -> dict[str, Any]:
    """One row that completes a cut to its source's total."""
    return fact(connection, cut, when, **dict.fromkeys(DIMENSIONS, NOT_ATTRIBUTED) | values)


def state(
    connection: int, cut: str, when: str, fetched: datetime = LATE,
    refreshed: datetime | None = None, present: bool = True, capped: bool = False,
    total: int = 0,
) -> dict[str, Any]:  # fmt: skip
    known = BY_NAME[cut]
    return {
        "connection_id": connection, "family": known.family, "day": day(when),
        "protocol": known.protocol, "window_id": 1, "run_id": 1, "first_seen_at": fetched,
        "fetched_at": fetched, "data_refreshed_at": refreshed, "present": present,
        "capped": capped, "total": total, "not_attributed": 0,
    }  # fmt: skip


def facts_frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    schema = {
        "day": pl.Date, "family": pl.String, "connection_id": pl.Int64, "cut": pl.String,
        **dict.fromkeys(DIMENSIONS, pl.String), **dict.fromkeys(MEASURES, pl.Int64),
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    enums = {
        name: pl.Enum(sorted(frame[name].unique()))
        for name in ("family", "cut", *DIMENSIONS)
    }  # fmt: skip
    return frame.cast(enums).sort("family", "cut", "day")  # type: ignore[arg-type]


def book(
    rows: Iterable[dict[str, Any]],
    connections: Sequence[ConnectionRow],
    states: Sequence[dict[str, Any]] | None = None,
    names: Iterable[tuple[int, str, NameRow]] = (),
    activity: pl.DataFrame | None = None,
) -> Book:
    """A book of these rows; without `states` every day between the first and last is final."""
    rows = list(rows)
    if states is None:
        states = implied(rows)
    frame = facts_frame(rows)
    days = pl.DataFrame(list(states), schema=DAYS, orient="row")
    return Book(
        1,
        frame,
        days,
        {(c, kind, n.id): n for c, kind, n in names},
        tuple(connections),
        activity if activity is not None else pl.DataFrame(),
    )


def implied(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every connection and family present on every day from its first row to the book's last."""
    if not rows:
        return []
    last = max(r["day"] for r in rows)
    first: dict[tuple[int, str], date] = {}
    for row in rows:
        known = BY_NAME[row["cut"]]
        primary = next(
            c.name for c in CUTS
            if (c.kind, c.protocol, c.family) == (known.kind, known.protocol, known.family)
        )  # fmt: skip
        key = (row["connection_id"], primary)
        first[key] = min(first.get(key, row["day"]), row["day"])
    return [
        state(connection, cut, (start + timedelta(days=n)).isoformat())
        for (connection, cut), start in sorted(first.items())
        for n in range((last - start).days + 1)
    ]
