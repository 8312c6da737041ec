"""Days read anew in another protocol: what differs then is the reading, not Anthropic's figures."""

import polars as pl
from sqlalchemy import select
from sqlmodel import Session

from core.ledger import bulk
from core.ledger.tables import Window, table

_SCHEMA = {
    "id": pl.Int64, "connection_id": pl.Int32, "protocol": pl.String,
    "first_day": pl.Int32, "end_day": pl.Int32,
}  # fmt: skip


def left_out(
    session: Session, family: str, changes: pl.DataFrame, *, instead: bool = False
) -> pl.DataFrame:
    """Return the logged changes without those of windows that changed a day's protocol.

    `instead`: return those alone.

    `changes` has `window_id`, `connection_id` and `day` (a number), among others. The log itself
    keeps them: without them, the ledger before the change could not be rebuilt.
    """
    windows = _windows(session, family)
    if windows.is_empty() or changes.is_empty():
        return changes.clear() if instead else changes
    at = ["connection_id", "day"]
    days = (
        windows.with_columns(pl.int_ranges("first_day", "end_day", dtype=pl.Int32).alias("day"))
        .explode("day")
        .join(changes.select(at).unique(), on=at, how="semi")
        .sort("id")
        .with_columns(pl.col("protocol").shift(1).over(at).alias("former"))
    )
    turned = days.filter(pl.col("former") != pl.col("protocol"))
    keys = ["window_id", "day"]
    theirs = turned.select(pl.col("id").alias("window_id"), "day")
    return changes.join(theirs, on=keys, how="semi" if instead else "anti")


def _windows(session: Session, family: str) -> pl.DataFrame:
    """Return the windows of the connections that were read in more than one protocol."""
    c = table(Window).c
    wanted = select(*(c[name] for name in _SCHEMA)).where(c.family == family)
    found = bulk.frame(session, wanted, _SCHEMA)
    return found.filter(pl.col("protocol").n_unique().over("connection_id") > 1)
