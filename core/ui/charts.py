"""Charts of views: exact integers become floats here, in one function, and nowhere else."""

from datetime import date
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from core.analysis.query import NAMED, TIMES, View
from core.analysis.top import OTHER
from core.money import UNITS_PER_DOLLAR
from core.ui import formats

Chart = alt.LayerChart | alt.FacetChart

HEIGHT = 320
FADED = 0.6


def marks(units: pl.Expr, measure: str) -> pl.Expr:
    """Return a measure as floats for a chart's marks: dollars, or counts. Never for a sum."""
    return units.cast(pl.Float64) / (UNITS_PER_DOLLAR if formats.is_money(measure) else 1)


def labelled(view: View, dim: str) -> pl.DataFrame:
    """Return the view's frame with `label`: a dimension's name, else its id, else why it is null.

    Two ids of one name are told apart by the ends of their ids.
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
    return twice.with_columns(told.otherwise(pl.col("label")).alias("label")).drop("ids")


def order(frame: pl.DataFrame) -> list[str]:
    """Return the labels by size, Other last: the same colour for the same label on a page."""
    sizes = frame.group_by("label").agg(pl.col("value").sum().abs().alias("size"))
    ranked = sizes.sort("size", "label", descending=[True, False])["label"].to_list()
    return [label for label in ranked if label != OTHER] + [OTHER] * (OTHER in ranked)


def over_time(view: View, dim: str | None, *, pick: str | None = None) -> Chart:
    """Return stacked bars of a view by a time and perhaps a dimension.

    Days that can still be revised are faded, from a dashed rule on. `pick` names a point
    selection over the dimension's labels.
    """
    time = next(t for t in view.query.by if t in TIMES)
    frame = labelled(view, dim) if dim else view.frame.with_columns(pl.lit("All").alias("label"))
    measure = view.query.measure
    data = _rows(frame, time, measure, view.provisional_from)
    axis = alt.Axis(labelExpr=_LABELS[formats.is_money(measure)], title=None, tickCount=5)
    chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1)
        .encode(
            x=alt.X("time:T", title=None, axis=alt.Axis(format=_ticks(time), labelFlush=True),
                    timeUnit=_UNITS[time]),
            y=alt.Y("amount:Q", axis=axis, stack="zero"),
            color=_colour(frame, dim),
            opacity=_opacity(view),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("when:N", title=formats.title(time)),
                *([alt.Tooltip("label:N", title=formats.title(dim))] if dim else []),
                alt.Tooltip("exact:N", title=formats.title(measure)),
                alt.Tooltip("state:N", title="State"),
            ],
        )
    )  # fmt: skip
    if pick and dim:
        chart = chart.add_params(alt.selection_point(name=pick, fields=["label"]))
    layers = [chart, *_rule(view.provisional_from, view, time)]
    return alt.layer(*layers).properties(height=HEIGHT)


def ranked(view: View, dim: str, *, pick: str | None = None, rows: int = 10) -> Chart:
    """Return horizontal bars of a view by one dimension, largest first, each with its figure."""
    frame = labelled(view, dim).head(rows)
    measure = view.query.measure
    data = frame.select(
        "label",
        marks(pl.col("value"), measure).alias("amount"),
        pl.col("value").map_elements(lambda v: formats.exact(v, measure), pl.String).alias("exact"),
        pl.col("value").map_elements(lambda v: formats.short(v, measure), pl.String).alias("text"),
    )
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", sort=data["label"].to_list(), title=None,
                axis=alt.Axis(labelLimit=160, ticks=False, domain=False)),
        x=alt.X("amount:Q", axis=None, scale=alt.Scale(padding=48, nice=False)),
        tooltip=[alt.Tooltip("label:N", title=formats.title(dim)),
                 alt.Tooltip("exact:N", title=formats.title(measure))],
    )  # fmt: skip
    bars = base.mark_bar(height={"band": 0.7}, cornerRadiusEnd=2)
    if pick:
        bars = bars.add_params(alt.selection_point(name=pick, fields=["label"]))
    text = base.mark_text(align="left", dx=4, color=_ink()).encode(text="text:N")
    return alt.layer(bars, text).properties(height=max(60, 26 * data.height))


def takeaway(view: View, dim: str | None = None) -> str:
    """Return what a chart shows in one sentence, for those who cannot see it."""
    measure, span = view.query.measure, view.query.span
    total = formats.figure(view.total, measure)
    head = f"{formats.title(measure)} {formats.days(span.start, span.end)}: {total} in total"
    if not dim or view.frame.is_empty():
        return f"{head}."
    largest = order(labelled(view, dim))[:3]
    return f"{head}; the largest by {formats.title(dim).lower()}: {', '.join(largest)}."


_SCALED = "replace(format(datum.value, '{}'), 'G', 'B')"
_LABELS = {True: _SCALED.format("$~s"), False: _SCALED.format("~s")}
"""Money and counts on an axis, in thousands, millions, billions."""

_UNITS: dict[str, Any] = {"day": "yearmonthdate", "week": "yearmonthdate", "month": "yearmonth"}
"""Dates reach the browser as its own midnight, so its local units keep them on their day."""


def _ticks(time: str) -> str:
    return "%b %Y" if time == "month" else "%d %b"


def _rows(
    frame: pl.DataFrame, time: str, measure: str, provisional_from: date | None
) -> pl.DataFrame:
    ranks = {label: rank for rank, label in enumerate(order(frame))}
    open_days = pl.col(time) >= pl.lit(provisional_from, pl.Date)
    summed = frame.group_by(time, "label").agg(pl.col("value").sum())
    return summed.select(
        pl.col(time).alias("time"),
        pl.col(time).dt.to_string("%d %b %Y").alias("when"),
        "label",
        marks(pl.col("value"), measure).alias("amount"),
        pl.col("value").map_elements(lambda v: formats.exact(v, measure), pl.String).alias("exact"),
        pl.col("label").replace_strict(ranks, return_dtype=pl.Int64).alias("rank"),
        open_days.fill_null(value=False).alias("provisional"),
        pl.when(open_days).then(pl.lit("provisional")).otherwise(pl.lit("final")).alias("state"),
    ).sort("time", "rank")


def _colour(frame: pl.DataFrame, dim: str | None) -> alt.Color:
    if dim is None:
        return alt.Color("label:N", legend=None)
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=150, symbolType="square")
    return alt.Color("label:N", scale=alt.Scale(domain=order(frame)), legend=legend)


def _opacity(view: View) -> Any:
    """Fade what can still be revised, where that tells it from the rest of the chart."""
    start = view.provisional_from
    if start is None or start <= view.query.span.start:
        return alt.value(1.0)
    return alt.condition("datum.provisional", alt.value(FADED), alt.value(1.0))


def _ink() -> str:
    """Return the colour of text in the viewer's theme, which marks do not take on by themselves."""
    return "#E6EAF2" if st.context.theme.type == "dark" else "#1B2433"


def _rule(start: date | None, view: View, time: str) -> list[alt.Chart]:
    """Return a dashed rule where provisional days begin, if that is inside the chart."""
    span = view.query.span
    if start is None or not span.start < start < span.end or time != "day":
        return []
    data = pl.DataFrame({"time": [start], "text": [f"provisional from {formats.day(start)}"]})
    rule = (
        alt.Chart(data)
        .mark_rule(strokeDash=[4, 4], opacity=0.6, color=_ink())
        .encode(x=alt.X("time:T", timeUnit="yearmonthdate"))
    )
    text = (
        alt.Chart(data)
        .mark_text(align="left", dx=5, dy=6, baseline="top", opacity=0.8, color=_ink())
        .encode(x=alt.X("time:T", timeUnit="yearmonthdate"), y=alt.value(0), text="text:N")
    )
    return [rule, text]
