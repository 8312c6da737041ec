"""Savings on a page: the verdict, each lever's figure, all of them together, and the lines."""

import shlex
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from core.analysis.savings import words
from core.analysis.savings.answer import Lever, Savings
from core.analysis.savings.cells import LINES, WHY
from core.analysis.savings.plan import LEVERS, Plan, percent
from core.calendar import Span
from core.money import dollars
from core.ui import charts, findings, formats, tables
from core.ui.grid import grid
from core.ui.levers import Card

_SAVES, _COSTS, _RESTS = "Saves", "Costs more", "Switched off"
_COLOURS = {_SAVES: "#009E73", _COSTS: "#D55E00", _RESTS: "#8A94A6"}


def _usd(units: int) -> str:
    return formats.plain(formats.figure(units))


def verdict(found: Savings) -> None:
    """Say in one look what all levers bring a month, which is the largest, and what to do."""
    best = next((lever for lever in found.levers if lever.saving > 0), None)
    if best is None:
        with st.container(border=True):
            st.markdown("## :gray[:material/savings: Nothing saved]")
            st.markdown("No lever that is switched on lowers the bill of these days.")
        return
    sides = st.grid(2, min_column_width=380)
    with sides.container(border=True, height="stretch"):
        st.caption(f":material/trophy: The largest lever: **{formats.plain(best.title)}**")
        st.markdown(f"## :green[{_usd(found.month(best.saving))} a month]")
        st.markdown(formats.plain(words.action(found, best)))
        st.caption(f"Assumes: {formats.plain(words.assumption(found, best))}")
    with sides.container(border=True, height="stretch"):
        count = len([lever for lever in found.levers if lever.saving])
        st.caption(f":material/savings: All {count} levers that change something, together")
        st.markdown(f"## :green[{_usd(found.month(found.saving))} a month]")
        st.markdown(
            f"{formats.share(found.saving, found.before)} off {_usd(found.month(found.before))} a "
            f"month. One bill worked out again; the levers one by one would add up to "
            f"{_usd(found.month(found.alone))}."
        )


def chart(found: Savings) -> None:
    """Show what each lever brings a month by itself, the largest first."""
    every = sorted((*found.levers, *found.resting), key=lambda lever: -lever.saving)
    shown = [lever for lever in every if lever.saving]
    if not shown:
        return
    data = pl.DataFrame(
        {
            "title": [lever.title for lever in shown],
            "units": [found.month(lever.saving) for lever in shown],
            "kind": [_kind(found, lever) for lever in shown],
            "text": [formats.short(found.month(lever.saving)) for lever in shown],
            "exact": [formats.exact(lever.saving) for lever in shown],
        }
    ).with_columns(charts.marks(pl.col("units"), "cost").alias("amount"))
    st.markdown("**USD a month, each lever by itself**")
    st.altair_chart(_bars(data), alt=takeaway(found))


def _kind(found: Savings, lever: Lever) -> str:
    if lever.name not in found.plan.levers:
        return _RESTS
    return _SAVES if lever.saving > 0 else _COSTS


def _bars(data: pl.DataFrame) -> charts.Chart:
    kinds = [kind for kind in _COLOURS if kind in set(data["kind"])]
    most, least = max([0.0, *data["amount"]]), min([0.0, *data["amount"]])
    room = alt.Scale(domain=[least, most + 0.45 * (most - least) or 1.0], nice=False)
    base = alt.Chart(data).encode(
        y=alt.Y("title:N", sort=data["title"].to_list(), title=None,
                axis=alt.Axis(labelLimit=190, ticks=False, domain=False, labelPadding=8)),
        tooltip=[alt.Tooltip("title:N", title="Lever"), alt.Tooltip("text:N", title="A month"),
                 alt.Tooltip("exact:N", title="In these days")],
    )  # fmt: skip
    bars = base.mark_bar(height={"band": 0.66}, cornerRadiusEnd=2).encode(
        x=alt.X("amount:Q", axis=None, scale=room),
        color=alt.Color("kind:N", legend=None if kinds == [_SAVES] else alt.Legend(
            title=None, orient="bottom", symbolType="square"),
            scale=alt.Scale(domain=kinds, range=[_COLOURS[k] for k in kinds])),
    )  # fmt: skip
    text = base.mark_text(align="left", dx=5, color=charts.ink()).encode(
        x=alt.X("right:Q"), text="text:N"
    )
    ends = text.transform_calculate(right="max(0, datum.amount)")
    return alt.layer(bars, ends).properties(height=alt.Step(30))


def takeaway(found: Savings) -> str:
    """Return the levers in words, for those who cannot see the chart."""
    parts = [f"{le.title} {formats.figure(found.month(le.saving))}" for le in found.levers]
    return f"Savings a month, each lever alone: {'; '.join(parts) or 'none'}."


def fill(found: Savings, cards: Mapping[str, Card]) -> None:
    """Put each lever's figure, words and places into its card."""
    for lever in (*found.levers, *found.resting):
        card = cards[lever.name]
        month = found.month(lever.saving)
        colour = "green" if month > 0 else "orange" if month < 0 else "gray"
        word = "saved" if month >= 0 else "more"
        card.figure.markdown(f"### :{colour}[{_usd(abs(month))}] :small[{word} a month]")
        with card.words:
            st.markdown(formats.plain(words.action(found, lever)))
            st.caption(f"Assumes: {formats.plain(words.assumption(found, lever))}")
            if lever.reach:
                _reached(lever)
            _where(found, lever)


def _reached(lever: Lever) -> None:
    exact = formats.plain(formats.exact(lever.saving))
    st.caption(f"In these days {exact} of {_usd(lever.reach)} that it reaches, by itself.")


def _where(found: Savings, lever: Lever) -> None:
    if lever.name == "seats" and found.seats.idle:
        with st.popover("Who", type="tertiary", icon=":material/person_off:"):
            people = {"Idle member": [name for _, name in found.seats.idle],
                      "Id": [i for i, _ in found.seats.idle]}  # fmt: skip
            grid(pl.DataFrame(people), hide_index=True, alt="Members without activity.")
    if lever.places:
        with st.popover("Where", type="tertiary", icon=":material/location_on:"):
            rows = pl.DataFrame(
                {
                    "where": [words.place(place) for place in lever.places],
                    "model": [place.model for place in lever.places],
                    "units": [found.month(place.saving) for place in lever.places],
                }
            ).select(charts.marks(pl.col("units"), "cost").alias("month"), "where", "model")
            columns: dict[str, Any] = {
                "where": st.column_config.TextColumn("Where"),
                "model": st.column_config.TextColumn("Model"),
                "month": tables.number("Saved a month", "cost"),
            }
            grid(rows, hide_index=True, column_config=columns, height=320, width=560,
                         alt=f"Where {lever.title} saves.")  # fmt: skip


def together(found: Savings) -> None:
    """Show the sum of the levers beside the bill worked out again under all of them."""
    steps = [("Bill of these days", found.before, "As billed, and seats as entered.")]
    steps += [(lever.title, -lever.saving, "By itself.") for lever in found.levers if lever.saving]
    steps += [
        ("Met by several levers", found.alone - found.saving,
         "Counted twice above. Below zero: one lever makes room for another."),
        ("Bill under all of them", found.after, "Worked out again, every change at once."),
    ]  # fmt: skip
    rows = {
        "step": [title for title, _, _ in steps],
        "amount": [formats.exact(units) for _, units, _ in steps],
        "month": [formats.figure(found.month(units)) for _, units, _ in steps],
        "why": [why for _, _, why in steps],
    }
    columns: dict[str, Any] = {
        "step": st.column_config.TextColumn("Step"),
        "amount": st.column_config.TextColumn("USD, exactly", alignment="right"),
        "month": st.column_config.TextColumn("USD a month", alignment="right"),
        "why": st.column_config.TextColumn("What it is", width="large"),
    }
    grid(pl.DataFrame(rows), hide_index=True, column_config=columns, height="content",
                 alt=takeaway(found))  # fmt: skip


def lines(found: Savings) -> None:
    """Show the lines of the bill, before and after; they sum to it to the last digit."""
    kept = {name: both for name, both in found.lines.items() if any(both)}
    rows = {
        "line": [LINES[name] for name in kept],
        "before": [formats.exact(before) for before, _ in kept.values()],
        "after": [formats.exact(after) for _, after in kept.values()],
        "why": [WHY[name] for name in kept],
    }
    columns: dict[str, Any] = {
        "line": st.column_config.TextColumn("Line"),
        "before": st.column_config.TextColumn("Bill, exactly", alignment="right"),
        "after": st.column_config.TextColumn("Under all levers", alignment="right"),
        "why": st.column_config.TextColumn("What levers reach", width="large"),
    }
    grid(pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String)), hide_index=True,
                 column_config=columns, height="content", alt="The lines of the bill.")  # fmt: skip
    st.caption(
        f"Together {formats.plain(formats.exact(found.before))} before and "
        f"{formats.plain(formats.exact(found.after))} after, exactly."
    )


def break_evens(found: Savings) -> None:
    """Show from which hit rate on a cache pays, model by model, beside the rate that is reached."""
    if not found.breakevens:
        st.caption("No API usage of a priced model in these days.")
        return
    rows = {
        "model": [row.model for row in found.breakevens],
        "own": [_rate(row.hit_rate) for row in found.breakevens],
        "five": [_rate(row.five) for row in found.breakevens],
        "hour": [_rate(row.hour) for row in found.breakevens],
        "uncached": [formats.figure(row.uncached) for row in found.breakevens],
    }
    titles = {"model": "Model", "own": "Your hit rate", "five": "5 minutes pay from",
              "hour": "1 hour pays from", "uncached": "Uncached input"}  # fmt: skip
    columns: dict[str, Any] = {
        name: st.column_config.TextColumn(title, alignment="left" if name == "model" else "right")
        for name, title in titles.items()
    }
    grid(pl.DataFrame(rows), hide_index=True, column_config=columns, height="content",
                 alt="Break-even hit rates by model.")  # fmt: skip
    st.caption(
        "Of cached input tokens, the share that is read rather than written. A write costs more "
        "than plain input and a read less, so a cache pays from some hit rate on."
    )


def _rate(share: Fraction | None) -> str:
    return "–" if share is None else f"{percent(share)} %"  # noqa: RUF001 (no rate is no zero)


def command(plan: Plan, span: Span, where: tuple[tuple[str, str | None], ...], basis: str) -> str:
    """Return the command line that says the same."""
    parts = [f"claude-spend savings --from {span.start} --to {span.end}"]
    parts += [f"--where {shlex.quote(f'{dim}={value or str()}')}" for dim, value in where]
    parts += [] if basis == "counted_once" else [f"--basis {basis}"]
    if set(plan.levers) != set(LEVERS):
        parts += [f"--lever {name}" for name in LEVERS if name in plan.levers]
    parts += [f"--swap {shlex.quote(str(swap))}" for swap in plan.swaps]
    shares = {"batch": plan.batch, "cacheable": plan.cacheable, "again": plan.again,
              "tokens": plan.tokens}  # fmt: skip
    parts += [f"--{name} {percent(share)}" for name, share in shares.items()]
    parts += [] if plan.hit_rate is None else [f"--hit-rate {percent(plan.hit_rate)}"]
    parts += [f"--lifetime {plan.lifetime}"]
    return " ".join([*parts, f"--seat-price {dollars(plan.seat_price)}"])


def notes(found: Savings) -> None:
    """Say which prices the dollars are in, and what must be known of the answer."""
    pace = f"A month is a twelfth of 365 days, at the pace of the {found.days} days with figures."
    st.caption(formats.plain(f"{words.basis(found)} {pace}"))
    findings.notes([*words.findings(found), *found.view.findings])
