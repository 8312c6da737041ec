"""Completeness on a page: every day of every source, coloured by what is known of it."""

from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from core.analysis.reconcile.calendar import Completeness
from core.ui import charts, formats
from core.ui.grid import grid

COLOURS = {
    "complete": "#009E73",
    "provisional": "#56B4E9",
    "partial": "#F0E442",
    "capped": "#CC79A7",
    "missing": "#D55E00",
    "before_history": "#B8BEC9",
    "future": "#E4E7EC",
}
"""The states as on Connections."""


def show(found: Completeness) -> None:
    """Show the verdict, the calendar, and the days that lack something, with why."""
    with st.container(border=True):
        if found.open.is_empty():
            st.markdown("## :green[:material/check_circle: No day is missing]")
        else:
            lacking = found.open.height
            word = f"{lacking} report{'' if lacking == 1 else 's'} of days to look at"
            st.markdown(f"## :orange[:material/event_busy: {word}]")
        st.markdown(f"{found.held:,} of {found.expected:,} reports are there: one a day, source "
                    "and kind of figures, of days that are over or have begun.")  # fmt: skip
    st.altair_chart(chart(found), alt=takeaway(found))
    st.caption("`claude-spend doctor --json` tells the same days and states again.")
    if found.open.height:
        st.markdown("**What is not whole, and why**")
        _open(found)


def chart(found: Completeness) -> charts.Chart:
    """Return the calendar: a row for each connection and kind of figures, a column for each day."""
    data = found.days.select(
        pl.col("day").alias("date"),
        pl.format("{} · {}", "connection", "family").alias("report"),
        pl.col("day").dt.to_string("%d %b %Y").alias("when"),
        pl.col("state").str.replace_all("_", " ").alias("state"),
        "why",
    )
    words = {name.replace("_", " "): colour for name, colour in COLOURS.items()}
    there = [word for word in words if word in set(data["state"])]
    grid = (
        alt.Chart(data)
        .mark_rect(stroke=None)
        .encode(
            x=alt.X("date:O", timeUnit="yearmonthdate", title=None,
                    axis=alt.Axis(format="%d %b", labelOverlap=True, ticks=False, domain=False,
                                  labelAngle=0, labelFlush=True),
                    scale=alt.Scale(paddingInner=0.06)),
            y=alt.Y("report:N", title=None,
                    axis=alt.Axis(ticks=False, domain=False, labelLimit=150, labelPadding=8),
                    scale=alt.Scale(paddingInner=0.2)),
            color=alt.Color("state:N", scale=alt.Scale(domain=there,
                                                       range=[words[w] for w in there]),
                            legend=alt.Legend(title=None, orient="bottom", symbolType="square",
                                              columns=alt.ExprRef("max(1, floor(width / 120))"))),
            tooltip=[alt.Tooltip("when:N", title="Day"), alt.Tooltip("report:N", title="Report"),
                     alt.Tooltip("state:N", title="State"), alt.Tooltip("why:N", title="Why")],
        )
    )  # fmt: skip
    return alt.layer(grid).properties(height=alt.Step(34))


def takeaway(found: Completeness) -> str:
    """Return the calendar in words: how many days of which report are in which state."""
    parts = [
        f"{row['connection']} {row['family']}: {row['days']} {row['state'].replace('_', ' ')}"
        for row in found.counted.iter_rows(named=True)
    ]
    return f"Days by state. {'; '.join(parts)}."


def _open(found: Completeness) -> None:
    shown = found.open.select(
        "day", "connection", "family",
        pl.col("state").str.replace_all("_", " "), "why", "fetched_at",
    )  # fmt: skip
    columns: dict[str, Any] = {
        "day": st.column_config.DateColumn("Day"),
        "connection": st.column_config.TextColumn("Connection"),
        "family": st.column_config.TextColumn("Figures"),
        "state": st.column_config.TextColumn("State"),
        "why": st.column_config.TextColumn("Why", width="large"),
        "fetched_at": st.column_config.DatetimeColumn("Read (UTC)", format="YYYY-MM-DD HH:mm"),
    }
    options: dict[str, Any] = {"height": 420} if shown.height > 11 else {}
    grid(shown, hide_index=True, column_config=columns,
                 alt=f"{shown.height} days: {formats.title('day')}, source and why.",
                 **options)  # fmt: skip
