"""A walk from one total to another as bars: each step begins where the one before it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
import polars as pl

from core.ui import charts, formats
from core.ui.grid import apart

Kind = Literal["total", "step", "open"]

_COLOURS = {
    "Total": "#4C78C8",
    "Adds": "#E69F00",
    "Takes off": "#009E73",
    "Not explained": "#D55E00",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: a `total` stands on zero, a `step` on the sum so far; `open` has no explanation."""

    title: str
    units: int
    kind: Kind = "step"
    why: str = ""


def waterfall(steps: Sequence[Step]) -> charts.Chart:
    """Return the walk as horizontal bars, in the order of the steps."""
    data = apart(pl.DataFrame(_bars(steps), schema=_BARS, orient="row")).with_columns(
        charts.marks(pl.col("start"), "cost").alias("from"),
        charts.marks(pl.col("end"), "cost").alias("to"),
    )
    order = data["title"].to_list()
    kinds = [k for k in _COLOURS if k in set(data["kind"])]
    base = alt.Chart(data).encode(
        y=alt.Y("title:N", sort=order, title=None,
                axis=alt.Axis(labelLimit=170, ticks=False, domain=False, labelPadding=8)),
        tooltip=[alt.Tooltip("title:N", title="Step"), alt.Tooltip("exact:N", title="USD"),
                 alt.Tooltip("why:N", title="What it is")],
    )  # fmt: skip
    bars = base.mark_bar(height={"band": 0.66}, cornerRadius=2).encode(
        x=alt.X("from:Q", title=None, scale=_room(data), axis=alt.Axis(
            labelExpr=charts.MONEY_LABEL, tickCount=5)),
        x2="to:Q",
        color=alt.Color("kind:N", scale=alt.Scale(
            domain=kinds, range=[_COLOURS[k] for k in kinds]),
            legend=alt.Legend(title=None, orient="bottom", symbolType="square",
                              columns=alt.ExprRef("max(1, floor(width / 110))"))),
    )  # fmt: skip
    text = base.mark_text(align="left", dx=5, color=charts.ink()).encode(
        x=alt.X("right:Q"), text="text:N"
    )
    return alt.layer(bars, text).properties(height=alt.Step(30))


_BARS = {"title": pl.String, "start": pl.Int64, "end": pl.Int64, "kind": pl.String,
         "exact": pl.String, "text": pl.String, "why": pl.String, "right": pl.Float64}  # fmt: skip


def _bars(steps: Sequence[Step]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    sofar = 0
    for step in steps:
        start = 0 if step.kind == "total" else sofar
        sofar = start + step.units
        right = pl.select(charts.marks(pl.lit(max(start, sofar)), "cost")).item()
        rows.append((step.title, start, sofar, _kind(step), formats.exact(step.units),
                     formats.short(step.units), step.why, right))  # fmt: skip
    return rows


def _kind(step: Step) -> str:
    if step.kind == "total":
        return "Total"
    if step.kind == "open":
        return "Not explained"
    return "Adds" if step.units > 0 else "Takes off"


def _room(data: pl.DataFrame) -> alt.Scale:
    """Return a scale with room for the figure beside the longest bar."""
    ends = [0.0, *data["from"], *data["to"]]
    least, most = min(ends), max(ends)
    return alt.Scale(domain=[least, most + 0.3 * (most - least) or 1.0], nice=False)


def takeaway(steps: Sequence[Step]) -> str:
    """Return the walk in words, for those who cannot see it."""
    parts = [f"{step.title} {formats.figure(step.units)}" for step in steps]
    return f"A walk: {'; '.join(parts)}."
