"""What was restated after a day was complete: what a day grew by until then is no revision."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy import Engine, select

from core.ledger import bulk, restatements
from core.ledger.engine import reading
from core.ledger.tables import Window, table

LAG = timedelta(hours=6)
"""A report that does not say how far its data goes may lack the last hours: four, typically."""

_MOMENT = pl.Datetime("us", "UTC")
_SCHEMA = {
    "id": pl.Int64, "connection_id": pl.Int32, "first_day": pl.Int32, "end_day": pl.Int32,
    "fetched_at": _MOMENT, "data_refreshed_at": _MOMENT,
}  # fmt: skip


def knew() -> pl.Expr:
    """Return the moment up to which a window's or a day's figures were whole, as far as is said."""
    said = pl.min_horizontal("fetched_at", "data_refreshed_at")
    return pl.when(pl.col("data_refreshed_at").is_null()).then(said - LAG).otherwise(said)


def since_complete(engine: Engine, start: date, end: date) -> pl.DataFrame:
    """Return the restatements of days from `start` up to `end` that had been read in full before.

    Columns and order are those of `core.ledger.restatements.log`.
    """
    changes = restatements.log(engine, start, end)
    if changes.is_empty():
        return changes
    first = _first_complete(engine)
    known = changes.join(first, on=["connection_id", "day"], how="inner", maintain_order="left")
    return known.filter(pl.col("window_id") > pl.col("complete_in")).drop("complete_in")


def _first_complete(engine: Engine) -> pl.DataFrame:
    """Return `connection_id`, `day` and `complete_in`: the first window that knew the whole day."""
    c = table(Window).c
    with reading(engine) as session:
        wanted = select(*(c[name] for name in _SCHEMA)).where(c.family == "cost")
        windows = bulk.frame(session, wanted, _SCHEMA)
    days = windows.with_columns(
        pl.int_ranges("first_day", "end_day", dtype=pl.Int32).alias("day"),
        knew().alias("knew"),
    ).explode("day")
    over = (pl.col("day").cast(pl.Date) + timedelta(days=1)).cast(_MOMENT)
    return (
        days.filter(pl.col("knew") >= over)
        .with_columns(pl.col("day").cast(pl.Date))
        .group_by("connection_id", "day")
        .agg(pl.col("id").min().alias("complete_in"))
    )
