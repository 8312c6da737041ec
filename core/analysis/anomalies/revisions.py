"""By how much a series' day was restated, as far as the reports say whose money it was."""

from datetime import date

import polars as pl

from core.analysis.anomalies.watched import Series
from core.ledger.cuts import CUTS


class Revisions:
    """Restatements of complete days, as the columns of `core.ledger.restatements.log`."""

    def __init__(self, changes: pl.DataFrame) -> None:
        """Keep the log; it may be empty."""
        self._changes = changes

    def __call__(self, series: Series, day: date) -> int:
        """Return by how much a day of a series has grown, in units of 1e-8 cents.

        Where a report does not tell the series apart, all that it restated of the day: rather too
        much is taken for a restatement than too little.
        """
        if self._changes.is_empty():
            return 0
        mine = self._changes.filter(
            pl.col("day") == day,
            pl.col("connection_id").is_in(list(series.connections)),
            _of(series),
        )
        return int(mine["delta"].sum())


def _of(series: Series) -> pl.Expr:
    if not series.dimension:
        return pl.lit(value=True)
    knows = [cut.name for cut in CUTS if series.dimension in cut.dims]
    return ~pl.col("cut").is_in(knows) | (pl.col(series.dimension) == series.name)
