"""What the series of a chart are called, in which order they come, and which colour is whose."""

import altair as alt
import polars as pl

from core.analysis.query import NAMED, View
from core.analysis.top import OTHER
from core.ui import formats
from core.ui.grid import apart

COLOURS = 8
"""Colours of the theme; the last one, a grey, is Other's."""

FIXED: dict[str, tuple[str, ...]] = {
    "source": ("platform", "enterprise"),
    "token_type": (
        "uncached_input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation.ephemeral_5m_input_tokens",
        "cache_creation.ephemeral_1h_input_tokens",
    ),
}
"""Few values that are always the same: each has its colour for good, whatever its size."""


def labelled(view: View, dim: str) -> pl.DataFrame:
    """Return the view's frame with `label`: a dimension's name, else its id, else why it is null.

    Two ids of one name are told apart by the ends of their ids. No spreadsheet runs a label.
    """
    name = pl.col(f"{dim}_name") if dim in NAMED else pl.lit(None, pl.String)
    why = pl.col("line").fill_null(f"no {formats.title(dim).lower()}")
    spoken = (
        pl.col(dim)
        .cast(pl.String)
        .map_elements(lambda text: formats.value(dim, text), return_dtype=pl.String)
    )
    frame = view.frame.with_columns(pl.coalesce(name, spoken, why).alias("label"))
    ids = frame.group_by("label").agg(pl.col(dim).n_unique().alias("ids"))
    twice = frame.join(ids, on="label", how="left")
    tail = pl.col(dim).cast(pl.String).str.slice(-4)
    told = pl.when((pl.col("ids") > 1) & tail.is_not_null()).then(
        pl.format("{} (…{})", "label", tail)
    )
    named = twice.with_columns(told.otherwise(pl.col("label")).alias("label")).drop("ids")
    return named.with_columns(apart(named.select("label")))


def order(frame: pl.DataFrame, dim: str | None = None) -> list[str]:
    """Return the labels that a frame has: those with a place for good, then by size, Other last."""
    sizes = frame.group_by("label").agg(pl.col("value").sum().abs().alias("size"))
    ranked = sizes.sort("size", "label", descending=[True, False])["label"].to_list()
    first = [label for label in _fixed(dim) if label in ranked]
    rest = [label for label in ranked if label != OTHER and label not in first]
    return [*first, *rest, *([OTHER] if OTHER in ranked else [])]


def colour(frame: pl.DataFrame, dim: str | None) -> alt.Color:
    """Return the colours of a frame's labels, from the theme."""
    if dim is None:
        return alt.Color("label:N", legend=None)
    shown = order(frame, dim)
    legend = alt.Legend(
        title=None, orient="bottom", values=shown, symbolType="square",
        columns=alt.ExprRef("max(1, floor(width / 140))"),
        labelLimit=alt.ExprRef("width > 500 ? 220 : 110"),
    )  # fmt: skip
    return alt.Color("label:N", scale=alt.Scale(domain=_domain(shown, dim)), legend=legend)


def _fixed(dim: str | None) -> list[str]:
    return [formats.value(dim, word) for word in FIXED.get(dim, ())] if dim else []


def _domain(shown: list[str], dim: str | None) -> list[str]:
    """Return the labels in the places of their colours; places without a label stay empty."""
    fixed = _fixed(dim)
    named = [*fixed, *(label for label in shown if label not in fixed and label != OTHER)]
    if OTHER not in shown:
        return named
    return [*named, *(f"({n})" for n in range(len(named), COLOURS - 1)), OTHER]
