"""The ledger as it stood at a moment: what later windows changed is undone by their log."""

from datetime import datetime

import polars as pl
from sqlalchemy import select
from sqlmodel import Session

from core.ledger import bulk
from core.ledger.facts import narrow
from core.ledger.frame import MEASURES
from core.ledger.states import DAYS, shaped
from core.ledger.tables import (
    RESTATEMENTS,
    DayRestatement,
    DayState,
    Series,
    Window,
    table,
)

_MOMENT = pl.Datetime("us", "UTC")
_SOURCE = ("connection_id", "family")
_STATE = ("present", "capped", "total", "not_attributed")
_OWNERS = {"series_id": pl.Int64, "connection_id": pl.Int64}


def rebuilt(session: Session, moment: datetime) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the facts by family (as `facts.narrow`) and the day states known at a moment.

    The state of a connection and family is the one after its last window fetched at the moment or
    before: windows are undone in their order, whatever a clock that was set back says.
    """
    windows = _windows(session, moment)
    later = windows.filter(pl.col("id") > pl.col("last"))
    days = _days(session, windows.filter(pl.col("id") <= pl.col("last")), later)
    owners = bulk.frame(session, select(table(Series).c.id, table(Series).c.connection_id), _OWNERS)
    unseen = _unseen(session, windows)
    facts = {
        family: _undone(session, family, found.join(owners, on="series_id"), later, unseen)
        for family, found in narrow(session).items()
    }
    return facts, days


def _windows(session: Session, moment: datetime) -> pl.DataFrame:
    """Return all windows, each with the `last` one of its source that the moment knew."""
    c = table(Window).c
    schema = {
        "id": pl.Int64, "connection_id": pl.Int64, "family": pl.String, "protocol": pl.String,
        "first_day": pl.Int32, "end_day": pl.Int32, "run_id": pl.Int64,
        "fetched_at": _MOMENT, "data_refreshed_at": _MOMENT,
    }  # fmt: skip
    found = bulk.frame(session, select(*(c[name] for name in schema)), schema)
    known = pl.when(pl.col("fetched_at") <= moment).then(pl.col("id"))
    return found.with_columns(known.max().over(_SOURCE).fill_null(0).alias("last"))


def _unseen(session: Session, windows: pl.DataFrame) -> pl.DataFrame:
    """Return the days whose figures no window had brought yet."""
    c = table(DayState).c
    schema = {
        "connection_id": pl.Int64, "family": pl.String, "day": pl.Int32,
        "first_window_id": pl.Int64,
    }  # fmt: skip
    found = bulk.frame(session, select(*(c[name] for name in schema)), schema)
    last = windows.select(*_SOURCE, "last").unique()
    return found.join(last, on=_SOURCE).filter(
        pl.col("first_window_id").is_null() | (pl.col("first_window_id") > pl.col("last"))
    )


def _undone(
    session: Session, family: str, facts: pl.DataFrame, later: pl.DataFrame, unseen: pl.DataFrame
) -> pl.DataFrame:
    """Return a family's facts with the later windows undone and the days not yet seen left out."""
    measures = MEASURES[family]
    c = table(RESTATEMENTS[family]).c
    before = {f"before_{m}": pl.Int64 for m in measures}
    schema = {
        "window_id": pl.Int64, "day": pl.Int32, "series_id": pl.Int64, "was_there": pl.Boolean,
        **before,
    }  # fmt: skip
    # Only windows that changed something can have a log.
    first = int(later.select(pl.col("id").min().fill_null(0)).item())
    wanted = select(*(c[name] for name in schema)).where(c.window_id >= first)
    logged = bulk.frame(session, wanted, schema).join(
        later.select("id", "connection_id"), left_on="window_id", right_on="id"
    )
    earliest = logged.sort("window_id").unique(["day", "series_id"], keep="first")
    put_back = earliest.filter("was_there").rename({f"before_{m}": m for m in measures})
    columns = ["day", "series_id", "connection_id", *measures]
    kept = facts.select(columns).join(earliest, on=["day", "series_id"], how="anti")
    hidden = unseen.filter(pl.col("family") == family)
    return (
        pl.concat([kept, put_back.select(columns)])
        .join(hidden, on=["connection_id", "day"], how="anti")
        .drop("connection_id")
        .sort("day", "series_id")
    )


def _days(session: Session, kept: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Return the day states after the windows that are kept."""
    latest = (
        kept.with_columns(pl.int_ranges("first_day", "end_day", dtype=pl.Int32).alias("day"))
        .explode("day")
        .sort("id")
        .unique([*_SOURCE, "day"], keep="last")
        .rename({"id": "window_id"})
    )
    now, before = _states(session), _states_before(session, later)
    joined = latest.join(now, on=[*_SOURCE, "day"], how="left").join(
        before, on=[*_SOURCE, "day"], how="left", suffix="_before"
    )
    undone = [pl.coalesce(f"{name}_before", name).alias(name) for name in _STATE]
    seen = pl.when(pl.col("first_window_id") <= pl.col("last")).then(pl.col("first_seen_at"))
    return shaped(joined.with_columns(*undone, seen.alias("first_seen_at")).select(*DAYS))


def _states(session: Session) -> pl.DataFrame:
    c = table(DayState).c
    schema = {
        "connection_id": pl.Int64, "family": pl.String, "day": pl.Int32,
        "first_window_id": pl.Int64, "first_seen_at": _MOMENT,
        "present": pl.Boolean, "capped": pl.Boolean, "total": pl.Int64,
        "not_attributed": pl.Int64,
    }  # fmt: skip
    return bulk.frame(session, select(*(c[name] for name in schema)), schema)


def _states_before(session: Session, later: pl.DataFrame) -> pl.DataFrame:
    """Return what the first later window that changed a day had found known of it."""
    c = table(DayRestatement).c
    schema = {
        "window_id": pl.Int64, "day": pl.Int32, "present": pl.Boolean, "capped": pl.Boolean,
        "total": pl.Int64, "not_attributed": pl.Int64,
    }  # fmt: skip
    found = bulk.frame(session, select(*(c[name] for name in schema)), schema)
    logged = found.join(later.select("id", *_SOURCE), left_on="window_id", right_on="id")
    return logged.sort("window_id").unique([*_SOURCE, "day"], keep="first").drop("window_id")
