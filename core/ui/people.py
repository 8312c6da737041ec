"""What people did, as a table and its totals, with cost beside it where a source says so."""

from typing import Any

import polars as pl
import streamlit as st

from core.analysis.activity import METRICS, Count, People
from core.calendar import Span
from core.ui import charts, findings, formats, receipt
from core.ui.grid import grid
from core.ui.part import part

_TITLES = {
    "sessions": "Code sessions",
    "lines_added": "Lines added",
    "lines_removed": "Lines removed",
    "commits": "Commits",
    "pull_requests": "Pull requests",
    "messages": "Messages",
}


_CARDS = ("sessions", "lines_added", "commits", "pull_requests")


@part
def show(found: People, span: Span) -> None:
    """Show a row a person, the most expensive first, and the totals of what was done."""
    frame = found.frame
    if frame.is_empty():
        st.info("No activity was reported for these days.", icon=":material/groups:")
        findings.notes(found.findings)
        return
    cards = st.grid(5, min_column_width=150)
    for name in _CARDS:
        cards.metric(_TITLES[name], formats.short(_total(frame, name), "tokens"), border=True)
    accepted, rejected = _total(frame, "accepted"), _total(frame, "rejected")
    cards.metric(
        "Suggestions accepted",
        formats.share(accepted, accepted + rejected),
        help=f"{accepted:,} accepted, {rejected:,} rejected in Claude Code.",
        border=True,
    )
    receipt.receipt_button(
        {_TITLES.get(name, name.capitalize()): Count(name, span, found.connections)
         for name in (*_CARDS, "accepted", "rejected")}, "people",
    )  # fmt: skip
    # A count that no connected source reports is left out, and the line below names it.
    told = {name: title for name, title in _TITLES.items() if frame[name].count()}
    untold = [title.lower() for name, title in _TITLES.items() if name not in told]
    table = frame.select(
        pl.coalesce("user_name", "user", pl.lit("not attributed")).alias("person"),
        charts.marks(pl.col("cost"), "cost").alias("cost"),
        *told,
        _acceptance(),
        pl.col("user").cast(pl.String).alias("id"),
    )
    event: Any = grid(
        table,
        hide_index=True,
        height=420,
        key="people",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "person": st.column_config.TextColumn("Person or key"),
            "cost": st.column_config.NumberColumn("Cost", format="dollar"),
            **{
                name: st.column_config.NumberColumn(title, format="localized")
                for name, title in told.items()
            },
            "acceptance": st.column_config.NumberColumn("Accepted", format="percent"),
            "id": st.column_config.TextColumn("Id"),
        },
        alt=f"{table.height} people and keys with their activity and cost.",
    )
    st.caption(
        f"Source: Claude Code analytics and Enterprise activity, UTC days "
        f"{formats.days(span.start, span.end)}. Activity may move by a few percent for some days. "
        "Empty cost: no source gives this person's cost. Choose a figure for its receipt."
    )
    if untold:
        st.caption(f"No connected source reports {', '.join(untold)}.")
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < table.height:
        _behind(found, span, *cells[0])
    findings.notes(found.findings)


def _behind(found: People, span: Span, row: int, column: str) -> None:
    """Show the receipt of a cell: of what was done where a count was chosen, else of the cost."""
    user, name = found.frame.row(row)[:2]
    metrics = ("accepted", "rejected") if column == "acceptance" else (column,)
    if metrics[0] in METRICS:
        for metric in metrics:
            receipt.of(Count(metric, span, found.connections, (user, name)))
        return
    place = found.costs.frame.select(pl.arg_where(pl.col("user") == user)).to_series()
    if place.is_empty():
        st.info("No source gives this person's cost.", icon=":material/receipt_long:")
    else:
        receipt.of_row(found.costs, place[0])


def _total(frame: pl.DataFrame, name: str) -> int:
    return int(frame[name].sum() or 0)


def _acceptance() -> pl.Expr:
    tried = pl.col("accepted") + pl.col("rejected")
    return pl.when(tried > 0).then(pl.col("accepted") / tried).alias("acceptance")
