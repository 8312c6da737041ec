"""The difference between the rows that were kept and the rows that came."""

from collections.abc import Sequence

import polars as pl

KEYS = ("day", "series_id")


def difference(old: pl.DataFrame, new: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    """Return the rows that differ: day, series_id, was_there, is_there, before_*, after_*.

    Both frames hold unique days and series with the measures. Sorted by day and series, the order
    in which the facts lie on disk.
    """
    before = _side(old, "before", "was_there", measures)
    after = _side(new, "after", "is_there", measures)
    if old.is_empty():
        both = after.with_columns(
            pl.lit(value=False).alias("was_there"),
            *(pl.lit(None, pl.Int64).alias(f"before_{m}") for m in measures),
        )
    else:
        both = before.join(after, on=KEYS, how="full", coalesce=True).with_columns(
            pl.col("was_there", "is_there").fill_null(value=False)
        )
    differs = [pl.col(f"before_{m}").ne_missing(pl.col(f"after_{m}")) for m in measures]
    moved = pl.col("was_there") != pl.col("is_there")
    return both.filter(moved | pl.any_horizontal(differs)).select(columns(measures)).sort(KEYS)


def columns(measures: Sequence[str]) -> list[str]:
    """Return the columns of a difference, in order; the restatement tables have the same."""
    pairs = [f"{side}_{m}" for m in measures for side in ("before", "after")]
    return [*KEYS, "was_there", "is_there", *pairs]


def _side(frame: pl.DataFrame, side: str, flag: str, measures: Sequence[str]) -> pl.DataFrame:
    renamed = [pl.col(m).alias(f"{side}_{m}") for m in measures]
    return frame.select(*KEYS, pl.lit(value=True).alias(flag), *renamed)
