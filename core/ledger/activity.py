"""What people did: one count a day, actor, surface, detail and metric."""

from collections.abc import Collection, Iterable
from datetime import date

import polars as pl
from sqlalchemy import Engine

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
) -> int:
    """Make the ledger hold exactly this activity on these days; returns the rows changed.

    With `surfaces` only those surfaces are replaced, so that two reports can share a day.
    """
    raise NotImplementedError
