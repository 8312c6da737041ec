"""The largest rows, and what is left as one row called Other."""

from dataclasses import replace

import polars as pl

from core.analysis.labels import columns
from core.analysis.query import NAMED, TIMES, View
from core.errors import UnknownName

OTHER = "Other"


def top(view: View, dim: str, n: int) -> View:
    """Return the view with the `n` largest values of a dimension kept, the rest as one Other.

    Size is the sum over the whole view, absolute. The other columns of `by` stay and `value`
    still sums to `total`. Other rows have `line` "other" and the dimension (and its name)
    "Other". Rows whose dimension is null compete like any other, one for each reason. A single
    value beyond the `n` is shown as itself. Raises UnknownName for a dimension not in `by`.
    """
    if dim not in view.query.by or dim in TIMES:
        raise UnknownName(
            f"The view is not divided by {dim}.",
            f"It is divided by: {', '.join(view.query.by) or 'nothing'}.",
            "Choose one of its dimensions that is not a time.",
        )
    keys = [*((dim, f"{dim}_name") if dim in NAMED else (dim,)), "reason"]
    # A null may have several reasons; with a value the line speaks of another dimension.
    frame = view.frame.with_columns(
        pl.when(pl.col(dim).is_null()).then(pl.col("line")).alias("reason")
    )
    ranked = _ranked(frame, keys)
    if ranked.height <= n + 1:
        return view
    kept = ranked.head(n).select(keys)
    large = frame.join(kept, on=keys, how="semi", nulls_equal=True)
    small = frame.join(kept, on=keys, how="anti", nulls_equal=True)
    return replace(view, frame=pl.concat([large.drop("reason"), _other(small, view, keys[:-1])]))


def _ranked(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    sizes = frame.group_by(keys).agg(pl.col("value").sum().abs().alias("size"))
    return sizes.sort("size", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)


def _other(small: pl.DataFrame, view: View, keys: list[str]) -> pl.DataFrame:
    rest = [c for c in columns(view.query.by) if c not in keys]
    sums = small.with_columns(
        pl.lit("other").alias("line"), *(pl.lit(OTHER).alias(k) for k in keys)
    )
    sums = sums.group_by([*keys, *rest, "line"]).agg(pl.col("value").sum())
    times = [c for c in rest if c in TIMES]
    others = [c for c in rest if c not in TIMES]
    return sums.select(view.frame.columns).sort(
        *times, "value", *others,
        descending=[*(False for _ in times), True, *(False for _ in others)], nulls_last=True,
    )  # fmt: skip
