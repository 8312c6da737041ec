"""Forecasts as they were issued: the newest in full, of older ones what they said of months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.tables import Forecast, WatchStep, table
from core.ledger.veil import USER, findings_seen, veil_of

REMEMBERED = ("months", "value", "line", "name")
"""What stays of a body when a newer forecast has been issued."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One forecast of one series, made with what was known before `as_of`.

    `dimension` and `key` say of what, `stamp` from which facts; `body` holds the figures, whole
    numbers of 1e-8 cents. An older one keeps the parts REMEMBERED of its body and no stamp.
    """

    dimension: str
    key: str
    as_of: date
    method: str
    stamp: str = ""
    issued_at: datetime | None = None
    body: dict[str, Any] = field(default_factory=dict)


def keep(engine: Engine, rows: Sequence[Issued], stamp: str, moment: datetime) -> None:
    """Keep forecasts of some dimensions under a stamp; others of the same day are replaced.

    What was issued for earlier days, or under another stamp, stays as the record of it.
    """
    with writing(engine) as session:
        for dimension in {row.dimension for row in rows}:
            mine = [row for row in rows if row.dimension == dimension]
            _clear(session, dimension, {row.as_of for row in mine})
            _settle(session, dimension)
            session.add_all(_row(row, stamp, moment) for row in mine)


def newest(engine: Engine, dimension: str, stamp: str | None = None) -> tuple[Issued, ...]:
    """Return the newest forecasts of a dimension, by their keys, or those of a stamp; or none."""
    wanted = select(Forecast).where(Forecast.dimension == dimension, Forecast.stamp != "")
    if stamp is not None:
        wanted = wanted.where(Forecast.stamp == stamp)
    with reading(engine) as session:
        rows = session.exec(wanted.order_by(col(Forecast.name)))
        return _seen(engine, tuple(_issued(row) for row in rows))


def stamp_of(engine: Engine) -> str | None:
    """Return the stamp of the organisation's newest forecast; None where none was issued."""
    wanted = select(Forecast.stamp).where(Forecast.dimension == "", Forecast.stamp != "")
    with reading(engine) as session:
        return session.exec(wanted).first()


def said(engine: Engine, dimension: str = "") -> tuple[Issued, ...]:
    """Return every forecast of a dimension that was ever issued, by day and key."""
    wanted = select(Forecast).where(Forecast.dimension == dimension)
    with reading(engine) as session:
        rows = session.exec(wanted.order_by(col(Forecast.as_of), col(Forecast.name)))
        return _seen(engine, tuple(_issued(row) for row in rows))


def step_findings(engine: Engine, step: str) -> list[dict[str, Any]]:
    """Return what the last run of a step after the sync found; nothing where it never ran."""
    with reading(engine) as session:
        kept = session.get(WatchStep, step)
        return findings_seen(engine, kept.findings) if kept else []


def _clear(session: Session, dimension: str, days: Iterable[date]) -> None:
    c = table(Forecast).c
    kept = [number(day) for day in days]
    session.execute(delete(table(Forecast)).where(c.dimension == dimension, c.as_of.in_(kept)))


def _settle(session: Session, dimension: str) -> None:
    """Leave of a dimension's former forecasts what they said of months, and no stamp."""
    wanted = select(Forecast).where(Forecast.dimension == dimension, Forecast.stamp != "")
    for row in session.exec(wanted).all():
        row.body = {name: row.body[name] for name in REMEMBERED if name in row.body}
        row.stamp = ""
        session.add(row)


def _row(row: Issued, stamp: str, moment: datetime) -> Forecast:
    return Forecast(
        dimension=row.dimension, name=row.key, as_of=number(row.as_of), stamp=stamp,
        method=row.method, issued_at=moment, body=row.body,
    )  # fmt: skip


def _seen(engine: Engine, rows: tuple[Issued, ...]) -> tuple[Issued, ...]:
    """Return forecasts as whoever reads through this engine may see them."""
    veil = veil_of(engine)
    if veil is None:
        return rows
    return tuple(
        replace(row, key=veil.text(row.key), body=veil.deep(row.body))
        if row.dimension == USER else row
        for row in rows
    )  # fmt: skip


def _issued(row: Forecast) -> Issued:
    return Issued(
        row.dimension, row.name, day_of(row.as_of), row.method, row.stamp, row.issued_at, row.body
    )
