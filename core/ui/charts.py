"""Charts of views: exact integers become floats here, in one function, and nowhere else."""

from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from core.analysis.query import TIMES, View
from core.money import UNITS_PER_CENT, UNITS_PER_DOLLAR
from core.ui import formats, series

Chart = alt.LayerChart | alt.FacetChart

HEIGHT = 320
FADED = 0.6
_PADDING = {"left": 0, "top": 6, "right": 6, "bottom": 0}


def marks(units: pl.Expr, measure: str) -> pl.Expr:
    """Return a measure as floats for a chart's marks: dollars, or counts. Never for a sum."""
    return units.cast(pl.Float64) / (UNITS_PER_DOLLAR if formats.is_money(measure) else 1)


def cents(units: pl.Expr) -> pl.Expr:
    """Return amounts rounded to cents as floats of dollars, for a table: no zero has a minus."""
    step = UNITS_PER_CENT
    rounded = (units.abs() + step // 2) // step * units.sign()
    return rounded.cast(pl.Float64) / 100


def over_time(
    view: View, dim: str | None, *, gaps: pl.DataFrame | None = None, pick: str | None = None
) -> Chart:
    """Return stacked bars of a view by a time and perhaps a dimension.

    Days that can still be revised are faded, from a dashed rule on. `gaps` are days (`day`,
    `why`) without data: they are shaded, because no bar is no zero. `pick` names a point selection
    over the dimension's labels.
    """
    time = next(t for t in view.query.by if t in TIMES)
    whole = pl.lit("All").alias("label")
    frame = series.labelled(view, dim) if dim else view.frame.with_columns(whole)
    measure = view.query.measure
    data = _rows(frame, view, dim)
    amounts = alt.Axis(labelExpr=_LABELS[formats.is_money(measure)], title=None, tickCount=5)
    axis, scale, wide = _time(view, time, gaps)
    chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1, **wide)
        .encode(
            x=alt.X("time:T", title=None, axis=axis, timeUnit=_UNITS[time], scale=scale),
            y=alt.Y("amount:Q", axis=amounts, stack="zero"),
            color=series.colour(frame, dim),
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
    shaded = _gaps(gaps) if time == "day" and gaps is not None and gaps.height else []
    layers = [*shaded, chart, *_rule(view.provisional_from, view, time)]
    return alt.layer(*layers).properties(height=HEIGHT, padding=_PADDING)


def ranked(view: View, dim: str, *, rows: int = 10) -> Chart:
    """Return horizontal bars of a view by one dimension, largest first, with figures and shares."""
    measure, whole = view.query.measure, view.total
    data = series.labelled(view, dim).head(rows).select(
        "label",
        marks(pl.col("value"), measure).alias("amount"),
        pl.col("value").map_elements(lambda v: formats.exact(v, measure), pl.String).alias("exact"),
        pl.col("value").map_elements(lambda v: formats.short(v, measure), pl.String).alias("text"),
        pl.col("value").map_elements(lambda v: formats.share(v, whole), pl.String).alias("share"),
    )  # fmt: skip
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", sort=data["label"].to_list(), title=None,
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False, labelPadding=8)),
        x=alt.X("amount:Q", axis=None, scale=_with_room(data["amount"])),
        tooltip=[alt.Tooltip("label:N", title=formats.title(dim)),
                 alt.Tooltip("exact:N", title=formats.title(measure)),
                 alt.Tooltip("share:N", title="Share")],
    )  # fmt: skip
    bars = base.mark_bar(height={"band": 0.7}, cornerRadiusEnd=2)
    words = base.transform_calculate(words="datum.text + ' · ' + datum.share")
    text = words.mark_text(align="left", dx=5, color=ink()).encode(text="words:N")
    return alt.layer(bars, text).properties(height=alt.Step(26), padding=_PADDING)


def _with_room(amounts: pl.Series) -> alt.Scale:
    """Return a scale that leaves room for the figure beside the longest bar."""
    most, least = max([0.0, *amounts]), min([0.0, *amounts])
    return alt.Scale(domain=[least, most + 0.6 * (most - least) or 1.0], nice=False)


def takeaway(view: View, dim: str | None = None) -> str:
    """Return what a chart shows in one sentence, for those who cannot see it."""
    measure, span = view.query.measure, view.query.span
    total = formats.figure(view.total, measure)
    head = f"{formats.title(measure)} {formats.days(span.start, span.end)}: {total} in total"
    if not dim or view.frame.is_empty():
        return f"{head}."
    largest = series.order(series.labelled(view, dim))[:3]
    return f"{head}; the largest by {formats.title(dim).lower()}: {', '.join(largest)}."


_SCALED = "replace(format(datum.value, '{}'), 'G', 'B')"
MONEY_LABEL = _SCALED.format("$~s")
_LABELS = {True: MONEY_LABEL, False: _SCALED.format("~s")}
"""Money and counts on an axis, in thousands, millions, billions."""

_UNITS: dict[str, Any] = {"day": "yearmonthdate", "week": "yearmonthdate", "month": "yearmonth"}
"""Dates reach the browser as its own midnight, so its local units keep them on their day."""


_BAND = {"day": 1, "week": 7, "month": 30.44}
"""Days that a bar stands for, on average."""


def _time(view: View, time: str, gaps: pl.DataFrame | None) -> tuple[alt.Axis, Any, dict[str, Any]]:
    """Return the axis, the scale and the bars' width: a label stands under its bar's middle."""
    shaded = gaps["day"].to_list() if time == "day" and gaps is not None else []
    seen = sorted({*view.frame[time].to_list(), *shaded} or {view.query.span.start})
    last, words = seen[-1], "%b %Y" if time == "month" else "%d %b"
    bars = round((last - seen[0]).days / _BAND[time]) + 1
    # The axis goes on to the end of the last bar, which is the first moment of a day not shown.
    beyond = f"datum.value > datetime({last.year}, {last.month - 1}, {last.day})"
    label = f"{beyond} ? '' : timeFormat(datum.value, '{words}')"
    offset = alt.ExprRef(f"width / {bars} / 2")
    look: dict[str, Any] = {"labelExpr": label, "labelOffset": offset}
    look |= {"labelFlush": False, "labelOverlap": True}
    if time != "week":
        return alt.Axis(**look), alt.Undefined, {}
    # Vega's own weeks begin on Sundays, the ledger's on Mondays: its bars would be a Monday wide.
    ends = alt.Scale(domain=[_date(seen[0]), _date(last + timedelta(days=7))], nice=False)
    wide = {
        "width": alt.ExprRef(f"0.94 * width / {bars}"),
        "xOffset": alt.ExprRef(f"3 / 7 * width / {bars}"),
    }
    return alt.Axis(values=[_date(day) for day in seen], **look), ends, wide


def _date(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _rows(frame: pl.DataFrame, view: View, dim: str | None) -> pl.DataFrame:
    time = next(t for t in view.query.by if t in TIMES)
    measure = view.query.measure
    ranks = {label: rank for rank, label in enumerate(series.order(frame, dim))}
    open_days = pl.col(time) >= pl.lit(view.provisional_from, pl.Date)
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


def _gaps(gaps: pl.DataFrame) -> list[alt.Chart]:
    """Return a shade over each day without data, which says whose is missing and why."""
    data = gaps.select(
        pl.col("day").alias("time"),
        pl.col("day").dt.to_string("%d %b %Y").alias("when"),
        pl.col("why"),
    )
    shade = (
        alt.Chart(data)
        .mark_rect(opacity=0.14, color=ink())
        .encode(
            x=alt.X("time:T", timeUnit="yearmonthdate"),
            tooltip=[alt.Tooltip("when:N", title="No data"), alt.Tooltip("why:N", title="Why")],
        )
    )
    return [shade]


def _opacity(view: View) -> Any:
    """Fade what can still be revised, where that tells it from the rest of the chart."""
    start = view.provisional_from
    if start is None or start <= view.query.span.start:
        return alt.value(1.0)
    return alt.condition("datum.provisional", alt.value(FADED), alt.value(1.0))


def ink() -> str:
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
        .mark_rule(strokeDash=[4, 4], opacity=0.6, color=ink())
        .encode(x=alt.X("time:T", timeUnit="yearmonthdate"))
    )
    text = (
        alt.Chart(data)
        .mark_text(align="left", dx=5, dy=6, baseline="top", opacity=0.8, color=ink())
        .encode(x=alt.X("time:T", timeUnit="yearmonthdate"), y=alt.value(0), text="text:N")
    )
    return [rule, text]
