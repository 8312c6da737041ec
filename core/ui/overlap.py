"""The page Overlap in pieces: the sum as bars, the rules that decided, and every line."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Literal

import altair as alt
import polars as pl
import streamlit as st

from core.analysis.one_row import question_of_line
from core.analysis.overlap_lines import Overlap
from core.analysis.query import Query
from core.ui import charts, context, formats, receipt
from core.ui.grid import grid
from core.ui.part import part

TITLES = {
    "platform_only": "Platform only",
    "enterprise_only": "Enterprise only",
    "both": "In both books",
    "unmatched": "Unmatched",
}
"""The classes as people read them, in the order of their colours."""

_BARS = ("Platform", "Enterprise", "Counted twice", "Counted once")


def cards(found: Overlap, connected: Collection[str]) -> None:
    """Show the four totals as the sum that they are; `connected`: the kinds that have any."""
    sums = found.totals
    shown = (
        ("Platform", sums.platform, "All that the Platform connections report."),
        ("+ Enterprise", sums.enterprise, "All that the Enterprise connections report."),
        ("− Counted twice", sums.counted_twice,  # noqa: RUF001 (a minus sign)
         "What stands in two books; it is left out on one side, whole and by dimension."),
        ("= Counted once", sums.counted_once, "Each dollar once: the total of every other page."),
    )  # fmt: skip
    row = st.grid(4, min_column_width=150)
    for (title, units, about), kind in zip(shown, ("platform", "enterprise", "", ""), strict=True):
        # What nobody asked for is no zero.
        known = not kind or kind in connected
        row.metric(
            title,
            formats.short(units) if known else "not connected",
            border=True,
            height="stretch",
            help=f"{about} Exactly {formats.plain(formats.exact(units))}." if known else about,
        )


def behind(query: Query) -> dict[str, Query]:
    """Return the questions behind the four totals, by their titles."""
    sides = {
        title: replace(query, basis="reported", where=(*query.where, ("source", kind)))
        for title, kind in (("Platform", "platform"), ("Enterprise", "enterprise"))
    }
    return {
        **sides,
        "Counted twice": replace(query, basis="counted_twice"),
        "Counted once": replace(query, basis="counted_once"),
    }


def equation(found: Overlap) -> str:
    """Return the sum in exact figures."""
    sums = found.totals
    platform, enterprise, twice, once = (
        formats.plain(formats.exact(units))
        for units in (sums.platform, sums.enterprise, sums.counted_twice, sums.counted_once)
    )
    return f"Exactly: {platform} + {enterprise} − {twice} = **{once}**"  # noqa: RUF001


def chart(found: Overlap) -> charts.Chart:
    """Return a bar for each book and for the result, in the colours of what they share."""
    data = pl.DataFrame(list(_parts(found)), schema=_PARTS, orient="row").with_columns(
        charts.marks(pl.col("units"), "cost").alias("amount"),
        pl.col("units").map_elements(formats.exact, pl.String).alias("exact"),
    )
    bars = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.7}, cornerRadiusEnd=2)
        .encode(
            y=alt.Y("bar:N", sort=list(_BARS), title=None,
                    axis=alt.Axis(ticks=False, domain=False, labelPadding=8)),
            x=alt.X("amount:Q", title=None, stack="zero",
                    axis=alt.Axis(labelExpr=charts.MONEY_LABEL, tickCount=5)),
            color=alt.Color("class:N", scale=alt.Scale(domain=list(TITLES.values())),
                            legend=alt.Legend(title=None, orient="bottom", symbolType="square",
                                              columns=alt.ExprRef("max(1, floor(width / 140))"))),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip("bar:N", title="Book"), alt.Tooltip("class:N", title="Class"),
                     alt.Tooltip("exact:N", title="Cost")],
        )
    )  # fmt: skip
    return alt.layer(bars).properties(height=alt.Step(40))


_PARTS = {"bar": pl.String, "class": pl.String, "units": pl.Int64, "rank": pl.Int64}


def _parts(found: Overlap) -> Iterator[tuple[str, str, int, int]]:
    """Yield the bars' parts: each book with what it shares, and the result."""
    sums, lines = found.totals, found.lines
    for rank, (name, title) in enumerate(TITLES.items()):
        mine = lines.filter(pl.col("class") == name)
        for bar, source in (("Platform", "platform"), ("Enterprise", "enterprise")):
            both = name == "both"
            units = found.shared(source) if both else _sum(mine, source)
            yield bar, title, units, rank
        yield "Counted once", title, int(mine["value"].sum()), rank
    yield "Counted twice", TITLES["both"], sums.counted_twice, 2


def _sum(lines: pl.DataFrame, source: str) -> int:
    return int(lines.filter(pl.col("source") == source)["value"].sum())


def takeaway(found: Overlap) -> str:
    """Return what the chart shows in one sentence."""
    sums = found.totals
    return (
        f"Platform {formats.figure(sums.platform)} plus Enterprise "
        f"{formats.figure(sums.enterprise)}, of which {formats.figure(sums.counted_twice)} stand "
        f"in two books, is {formats.figure(sums.counted_once)} counted once."
    )


def rules(found: Overlap) -> None:
    """Show what each rule decided, and why."""
    grouped = (
        found.lines.group_by("class", "rule", "why", "connection", "other", maintain_order=True)
        .agg(pl.col("value").sum())
        .iter_rows(named=True)
    )
    for row in grouped:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge(TITLES[row["class"]], color=_COLOURS[row["class"]], width=150)
            where = f" · with {formats.plain(row['other'])}" if row["other"] else ""
            st.markdown(
                f"**{formats.plain(row['connection'])}**{where}  \n{formats.plain(row['why'])}",
                width="stretch",
            )
            st.markdown(f"**{formats.plain(formats.figure(row['value']))}**", width="content")


_COLOURS: dict[str, Literal["blue", "violet", "green", "orange"]] = {
    "platform_only": "blue",
    "enterprise_only": "orange",
    "both": "green",
    "unmatched": "violet",
}
"""The colours of the chart's classes, as near as a badge has them."""


@part
def table(found: Overlap) -> None:
    """Show every line, and the exact total that they sum to."""
    shown = found.lines.select(
        pl.col("class").replace_strict(TITLES, return_dtype=pl.String),
        charts.marks(pl.col("value"), "cost").alias("value"),
        "connection",
        pl.coalesce("workspace_name", "workspace", "line").alias("workspace"),
        pl.col("product").map_elements(
            lambda text: formats.value("product", text), return_dtype=pl.String
        ),
        "other",
        "why",
    ).with_columns(pl.col(pl.String).fill_null(""))
    event: Any = grid(
        shown,
        hide_index=True,
        height=420,
        key="lines",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "class": st.column_config.TextColumn("Class"),
            "value": st.column_config.NumberColumn("Cost", format="dollar"),
            "connection": st.column_config.TextColumn("Connection"),
            "workspace": st.column_config.TextColumn("Workspace"),
            "product": st.column_config.TextColumn("Product"),
            "other": st.column_config.TextColumn("Compared with"),
            "why": st.column_config.TextColumn("Why", width="large"),
        },
    )
    total = formats.plain(formats.exact(found.totals.counted_once))
    st.caption(
        f"{found.lines.height} lines. Total {total}, exactly: each dollar once. "
        "Choose a figure for its receipt."
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < found.lines.height:
        line = found.lines.row(cells[0][0], named=True)
        book = context.book(context.place())
        receipt.of(question_of_line(book, found.view.query, line))
