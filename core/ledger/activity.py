"""What people did: one count a day, actor, surface, detail and metric."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import polars as pl
from sqlalchemy import Engine, bindparam, delete, insert, select, update
from sqlmodel import Session

from core.ledger.columns import storable
from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.rows import many
from core.ledger.tables import Activity, ActivityDay, table
from core.ledger.versions import bump

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.Date,
    "actor": pl.String,
    "surface": pl.String,
    "detail": pl.String,
    "metric": pl.String,
    "value": pl.Int64,
}
"""The columns of an activity frame; equal keys are added."""


def replace_activity(
    engine: Engine,
    connection_id: int,
    days: Iterable[date],
    frame: pl.DataFrame,
    *,
    surfaces: Collection[str] | None = None,
    fetched_at: datetime | None = None,
) -> int:
    """Make the ledger hold exactly this activity on these days; returns the rows changed.

    With `surfaces` only those surfaces are replaced, so that two reports can share a day.
    `fetched_at` is kept for each day, also where nobody did anything.
    """
    named = sorted(set(days))
    wanted = _counts(frame, named)
    with writing(engine) as session:
        kept = _kept(session, connection_id, named, surfaces)
        gone = [key for key in kept if key not in wanted]
        new = [key for key in wanted if key not in kept]
        changed = [key for key in wanted if key in kept and kept[key] != wanted[key]]
        target = table(Activity)
        names = ("connection_id", *_KEY)
        here = [target.c[name] == bindparam(f"at_{name}") for name in names]
        at = {name: f"at_{name}" for name in names}
        many(session, delete(target).where(*here), _rows(connection_id, gone, kept).rename(at))
        many(session, insert(target), _rows(connection_id, new, wanted))
        other = update(target).where(*here).values(value=bindparam("value"))
        many(session, other, _rows(connection_id, changed, wanted).rename(at))
        if fetched_at is not None:
            _remember(session, connection_id, named, fetched_at)
        if gone or new or changed:
            bump(session, facts=True)
    return len(gone) + len(new) + len(changed)


def activity_days(engine: Engine, connection_id: int) -> dict[date, datetime]:
    """Return when the activity of each day of a connection was last read."""
    c = table(ActivityDay).c
    with reading(engine) as session:
        rows = session.execute(
            select(c.day, c.fetched_at).where(c.connection_id == connection_id)
        ).all()
    return {day_of(day): moment for day, moment in rows}


_KEY = ("day", "actor", "surface", "detail", "metric")
_Counts = dict[tuple[int | str, ...], int]


def _counts(frame: pl.DataFrame, named: list[date]) -> _Counts:
    """Return the frame's counts by key, equal keys added, days as the table keeps them."""
    inside = frame.filter(pl.col("day").is_in(named))
    texts = (pl.col(n).str.replace_all("\0", storable("\0"), literal=True) for n in _KEY[1:])
    summed = inside.with_columns(texts).group_by(_KEY).agg(pl.col("value").sum())
    return {
        (number(day), actor, surface, detail, metric): value
        for day, actor, surface, detail, metric, value in summed.iter_rows()
    }


def _rows(
    connection_id: int, keys: Sequence[tuple[int | str, ...]], values: _Counts
) -> pl.DataFrame:
    """Return rows as the table has them."""
    schema = {"connection_id": pl.Int64, **SCHEMA, "day": pl.Int64}
    rows = [(connection_id, *key, values[key]) for key in keys]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _kept(
    session: Session, connection_id: int, named: list[date], surfaces: Collection[str] | None
) -> _Counts:
    c = table(Activity).c
    wanted = select(*(c[name] for name in _KEY), c.value).where(
        c.connection_id == connection_id, c.day.in_([number(day) for day in named])
    )
    if surfaces is not None:
        wanted = wanted.where(c.surface.in_(list(surfaces)))
    return {tuple(row[:-1]): row[-1] for row in session.execute(wanted)}


def _remember(
    session: Session, connection_id: int, named: list[date], fetched_at: datetime
) -> None:
    kept = table(ActivityDay)
    numbers = [number(day) for day in named]
    session.execute(
        delete(kept).where(kept.c.connection_id == connection_id, kept.c.day.in_(numbers))
    )
    rows = [{"connection_id": connection_id, "day": n, "fetched_at": fetched_at} for n in numbers]
    if rows:
        session.execute(insert(ActivityDay), rows)
