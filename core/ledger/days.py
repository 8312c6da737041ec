"""Days as the tables keep them, and what is known of each day of a connection and family."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.calendar import Span
from core.ledger.tables import DayRestatement, DayState, table

_EPOCH = date(1970, 1, 1)

DAYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.Date,
    "total": pl.Int64,
    "not_attributed": pl.Int64,
    "capped": pl.Boolean,
    "present": pl.Boolean,
}
"""The columns of `WindowData.days`."""

_REMEMBERED = ("present", "capped", "total", "not_attributed")
_VISIBLE = (*_REMEMBERED, "first_seen_at", "protocol", "data_refreshed_at")
_FIRST = ("first_window_id", "first_seen_at")


def number(day: date) -> int:
    """Return a day as the tables keep it: days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(kept: int) -> date:
    """Return a kept number as a day."""
    return _EPOCH + timedelta(days=kept)


@dataclass(frozen=True, slots=True)
class Fetch:
    """The window that says something about its days."""

    window_id: int
    connection_id: int
    family: str
    protocol: str
    fetched_at: datetime
    data_refreshed_at: datetime | None


def known(
    session: Session, connection_id: int, family: str, span: Span
) -> dict[int, dict[str, Any]]:
    """Return what is known of a span's days, by day number: columns of `DayState`."""
    c = table(DayState).c
    wanted = select(*c).where(
        c.connection_id == connection_id,
        c.family == family,
        c.day >= number(span.start),
        c.day < number(span.end),
    )
    return {row["day"]: dict(row) for row in session.execute(wanted).mappings()}


def seen(states: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Return the days that had figures before; only these can be restated."""
    return [day for day, state in states.items() if state["first_window_id"] is not None]


def described(span: Span, days: pl.DataFrame, figures: Iterable[int]) -> list[dict[str, Any]]:
    """Return one row of `DAYS` a day of the span; days without one are not present.

    `figures`: the days that have rows; they are present whatever `days` says.
    """
    given = {row["day"]: row for row in days.select(*DAYS).iter_rows(named=True)}
    absent = {"total": 0, "not_attributed": 0, "capped": False, "present": False}
    rows = [{**absent, **given.get(day, {}), "day": number(day)} for day in span]
    filled = set(figures)
    return [row | {"present": row["present"] or row["day"] in filled} for row in rows]


def record(
    session: Session,
    fetch: Fetch,
    rows: Iterable[Mapping[str, Any]],
    before: Mapping[int, Mapping[str, Any]],
) -> bool:
    """Write what is now known of days; return whether a reader could see a difference.

    What was known before goes to the log where it differs, but for fetch times, which the
    windows themselves remember.
    """
    now = [_state(fetch, row, before.get(row["day"])) for row in rows]
    new = [state for state in now if state["day"] not in before]
    old = [(before[state["day"]], state) for state in now if state["day"] in before]
    changed = [b for b, state in old if any(b[name] != state[name] for name in _REMEMBERED)]
    if changed:
        session.execute(insert(DayRestatement), [_past(fetch, state) for state in changed])
    if new:
        session.execute(insert(DayState), new)
    if old:
        session.execute(update(DayState), [state for _, state in old])
    return bool(new) or any(b[name] != state[name] for b, state in old for name in _VISIBLE)


def _state(
    fetch: Fetch, row: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    first: dict[str, Any] = dict.fromkeys(_FIRST)
    if before and before["first_window_id"] is not None:
        first = {name: before[name] for name in _FIRST}
    elif row["present"]:
        first = {"first_window_id": fetch.window_id, "first_seen_at": fetch.fetched_at}
    return {
        "connection_id": fetch.connection_id,
        "family": fetch.family,
        "protocol": fetch.protocol,
        "window_id": fetch.window_id,
        **first,
        "fetched_at": fetch.fetched_at,
        "data_refreshed_at": fetch.data_refreshed_at,
        **{name: row[name] for name in ("day", "present", "capped", "total", "not_attributed")},
    }


def _past(fetch: Fetch, state: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: state[name] for name in ("day", *_REMEMBERED)}
    return {"window_id": fetch.window_id, **kept}
