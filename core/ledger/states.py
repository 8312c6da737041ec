"""The small tables of a book: what is known of each day, the names, the connections, activity."""

from datetime import date

import polars as pl
from sqlalchemy import select
from sqlmodel import Session

from core.ledger import activity, bulk
from core.ledger.book import ConnectionRow
from core.ledger.days import day_of
from core.ledger.facts import FAMILIES
from core.ledger.tables import (
    Activity,
    ActivityDay,
    Connection,
    DayState,
    SyncPart,
    SyncRun,
    Window,
    table,
)

_MOMENT = pl.Datetime("us", "UTC")

DAYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "connection_id": pl.Int32,
    "family": FAMILIES,
    "day": pl.Date,
    "protocol": pl.String,
    "window_id": pl.Int64,
    "run_id": pl.Int64,
    "first_seen_at": _MOMENT,
    "fetched_at": _MOMENT,
    "data_refreshed_at": _MOMENT,
    "present": pl.Boolean,
    "capped": pl.Boolean,
    "total": pl.Int64,
    "not_attributed": pl.Int64,
}
"""The columns of `Book.days`: one row a connection, family and day, sorted by these."""

_DATE_LAST = {**DAYS, "family": pl.String, "day": pl.Int32}


def day_states(session: Session) -> pl.DataFrame:
    """Return what is known now of each connection, family and day."""
    d, w = table(DayState).c, table(Window).c
    columns = [w.run_id if name == "run_id" else d[name] for name in DAYS]
    wanted = select(*columns).join_from(table(DayState), table(Window), d.window_id == w.id)
    return shaped(bulk.frame(session, wanted, _DATE_LAST))


def shaped(frame: pl.DataFrame) -> pl.DataFrame:
    """Return day states, their days still numbers, as `DAYS`."""
    typed = frame.select(pl.col(name).cast(kind) for name, kind in DAYS.items())
    return typed.sort("connection_id", "family", "day")


def connections(session: Session) -> tuple[ConnectionRow, ...]:
    """Return the connections by id, without their keys."""
    c = table(Connection).c
    names = [name for name in ConnectionRow.__dataclass_fields__ if name != "history_floor"]
    wanted = select(*(c[name] for name in names), c.history_floor).order_by(c.id)
    return tuple(
        ConnectionRow(**dict(zip(names, row, strict=False)), history_floor=_floor(row[-1]))
        for row in session.execute(wanted).all()
    )


def _floor(day: int | None) -> date | None:
    return None if day is None else day_of(day)


def counts(session: Session) -> pl.DataFrame:
    """Return all activity: `connection_id` and `core.ledger.activity.SCHEMA`, text as Enum."""
    c = table(Activity).c
    schema = {"connection_id": pl.Int32, **activity.SCHEMA, "day": pl.Int32}
    found = bulk.frame(session, select(*(c[name] for name in schema)), schema)
    texts = [name for name, kind in activity.SCHEMA.items() if kind == pl.String]
    return found.with_columns(
        pl.col("day").cast(pl.Date),
        *(pl.col(name).cast(pl.Enum(found[name].unique().sort())) for name in texts),
    ).sort("connection_id", "day")


ACTIVITY_DAYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "connection_id": pl.Int32,
    "day": pl.Date,
    "fetched_at": _MOMENT,
    "run_id": pl.Int64,
}
"""The columns of `Book.activity_days`: when a day's activity was read, and by which sync."""


def activity_days(session: Session) -> pl.DataFrame:
    """Return when each day's activity was last read; `run_id` is null where no sync fits.

    A ledger has one sync at a time, so the moment says which; a clock that was set back may make
    it fit none.
    """
    a, part, run = table(ActivityDay).c, table(SyncPart).c, table(SyncRun).c
    schema = {**ACTIVITY_DAYS, "day": pl.Int32}
    del schema["run_id"]
    read = bulk.frame(session, select(a.connection_id, a.day, a.fetched_at), schema)
    ran = select(part.connection_id, run.started_at, run.ended_at, run.id)
    runs = bulk.frame(session, ran.join_from(table(SyncPart), table(SyncRun)), _RUNS)
    last = read.sort("fetched_at").join_asof(
        runs.sort("started_at"), left_on="fetched_at", right_on="started_at",
        by="connection_id", check_sortedness=False,
    )  # fmt: skip
    during = pl.col("ended_at").is_null() | (pl.col("fetched_at") <= pl.col("ended_at"))
    typed = last.with_columns(pl.when(during).then("run_id").alias("run_id")).select(
        pl.col(name).cast(kind) for name, kind in ACTIVITY_DAYS.items()
    )
    return typed.sort("connection_id", "day")


_RUNS = {"connection_id": pl.Int32, "started_at": _MOMENT, "ended_at": _MOMENT, "run_id": pl.Int64}
