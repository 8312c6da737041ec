"""Anomalies on a page: the list, one of them in full, and what was dismissed or healed."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from core.access.roles import Role
from core.analysis.anomalies import told
from core.analysis.anomalies.keeping import record_of
from core.analysis.anomalies.rules import TIMES
from core.errors import SpendError
from core.ledger.anomalies import AnomalyRow, one_series
from core.ledger.dismissals import dismiss, undismiss
from core.ui import anomaly_chart, charts, context, findings, formats, tables, waterfall
from core.ui.context import Place
from core.ui.grid import grid
from core.ui.receipt import receipt_button
from core.ui.waterfall import Step

CHOSEN = "an"


def address(row: AnomalyRow) -> str:
    """Return what names an anomaly in the page's address."""
    return "/".join((row.dimension, row.name, row.first.isoformat()))


def whose(row: AnomalyRow) -> str:
    """Return whose cost it is: `Workspace Research`, `The organisation`."""
    if not row.dimension:
        return "The organisation"
    return f"{formats.title(row.dimension)} {formats.value(row.dimension, row.label)}"


def _usd(units: int) -> str:
    return formats.plain(formats.figure(units))


def verdict(found: Sequence[AnomalyRow], days: int, watched: int) -> None:
    """Say in one look how many anomalies there are, or that nothing is unusual."""
    with st.container(border=True):
        if not found:
            st.markdown("## :green[:material/check_circle: Nothing unusual]")
            st.markdown(f"Nothing unusual in {days} days; {watched:,} series watched.")
            return
        total = sum(row.impact for row in found)
        word = "anomaly" if len(found) == 1 else "anomalies"
        st.markdown(f"## :orange[:material/troubleshoot: {len(found)} {word}]")
        st.markdown(
            f"In {days} days, up to {_usd(total)} more than expected (two anomalies may share some "
            f"of it), in {watched:,} series that are watched. One cause is one anomaly: what a "
            "key, its workspace and the organisation show alike is told once."
        )


def listing(found: Sequence[AnomalyRow], key: str) -> None:
    """Show anomalies as a table, the newest first."""
    frame = pl.DataFrame(
        {
            "first": [row.first for row in found],
            "impact": [row.impact for row in found],
            "whose": [whose(row) for row in found],
            "who": [drivers(row) for row in found],
            "actual": [row.actual for row in found],
            "expected": [row.expected for row in found],
            "over": [formats.change(row.actual, row.expected) or "new" for row in found],
            "days": [len(told.days(row)) for row in found],
        },
        schema_overrides=dict.fromkeys(("impact", "actual", "expected"), pl.Int64),
    ).with_columns(
        charts.marks(pl.col(n), "cost").alias(n) for n in ("impact", "actual", "expected")
    )
    columns: dict[str, Any] = {
        "first": st.column_config.DateColumn("From", format="YYYY-MM-DD"),
        "whose": st.column_config.TextColumn("Whose cost"),
        **{n: tables.number(n.capitalize(), "cost") for n in ("impact", "actual", "expected")},
        "over": st.column_config.TextColumn("Against expected", alignment="right"),
        "days": st.column_config.NumberColumn("Days"),
        "who": st.column_config.TextColumn("Who drove it", width="large"),
    }
    options: dict[str, Any] = {"height": 420} if len(found) > 11 else {}
    grid(frame, hide_index=True, column_config=columns, key=key,
                 alt="Anomalies, the newest first.", **options)  # fmt: skip


def drivers(row: AnomalyRow) -> str:
    """Return who drove an anomaly, in a line."""
    parts = [f"{formats.title(c.dimension)} {formats.value(c.dimension, c.label)} "
             f"({formats.figure(c.impact)})" for c in told.culprits(row)[:3]]  # fmt: skip
    return ", ".join(parts) or "nobody alone"


def choose(found: Sequence[AnomalyRow]) -> AnomalyRow:
    """Let one be chosen; the address holds which, and an alert's link says it by `address`."""
    ids = {address(row): row for row in found}
    asked = st.query_params.get(CHOSEN, "")
    if asked in ids:
        # Streamlit keeps what is chosen by its words, which change when the impact is restated.
        st.session_state[CHOSEN] = asked
    elif asked and asked not in map(_name, found):
        st.caption("The anomaly that the link names is not among these: look among more days, or "
                   "among what was dismissed or restated.")  # fmt: skip
    chosen = st.selectbox(
        "Anomaly", list(ids), key=CHOSEN, bind="query-params",
        format_func=lambda key: _name(ids[key]) if key in ids else key,
    )  # fmt: skip
    return ids.get(chosen or "", found[0])


def _name(row: AnomalyRow) -> str:
    return f"{formats.day(row.first)} · {whose(row)} · {formats.figure(row.impact)}"


def show(place: Place, row: AnomalyRow, rows: Sequence[AnomalyRow]) -> None:
    """Show one anomaly in full: in words, as a chart, what drove it, and the way to dismiss it."""
    with st.container(border=True):
        sign = "more" if row.impact >= 0 else "less"
        st.markdown(f"### {formats.plain(whose(row))}: :orange[{_usd(abs(row.impact))} {sign}]")
        st.markdown(f"{_usd(row.actual)} on {_when(row)}, where {_usd(row.expected)} was expected. "
                    f"Who drove it: {formats.plain(drivers(row))}.")  # fmt: skip
        kept = one_series(place.engine, (row.dimension, row.name))
        if kept is not None:
            times = TIMES[place.settings.anomalies]
            drawn = anomaly_chart.lines(record_of(kept), row, times)
            if not drawn.empty:
                st.altair_chart(anomaly_chart.chart(drawn), alt=anomaly_chart.takeaway(row))
                st.caption("Dashed: what the days before led to expect. Shaded: what is usual, "
                           "by the series' own noise.")  # fmt: skip
        receipt_button({"What the days cost": told.behind(row)}, f"anomaly-{address(row)}")
    if told.parts(row):
        _driven(row)
    alike = told.along(row, rows)
    if alike:
        with st.expander(f"The same cause in {len(alike)} other series", icon=":material/hub:"):
            listing(alike, "alike")
    if row.kind == "over" and row.dismissed is None and context.may(Role.ANALYST):
        _dismiss(place, [row, *alike])


def _when(row: AnomalyRow) -> str:
    days = told.days(row)
    if len(days) == (row.end - row.first).days:
        return formats.days(row.first, row.end)
    return f"{len(days)} of the days {formats.days(row.first, row.end)}"


def walk(row: AnomalyRow) -> list[Step]:
    """Return the walk from what was expected to what it was."""
    steps = [Step(told.PARTS[word][0], units, why=told.PARTS[word][1])
             for word, units in told.parts(row).items() if units]  # fmt: skip
    start = Step("Expected", row.expected, "total", "From the days before, one day ahead.")
    return [start, *steps, Step("Actual", row.actual, "total", "As reported, each dollar once.")]


def _driven(row: AnomalyRow) -> None:
    st.markdown("**What drove it**")
    steps = walk(row)
    st.altair_chart(waterfall.waterfall(steps), alt=waterfall.takeaway(steps))
    st.caption(f"The steps sum to {formats.plain(formats.exact(row.impact))}, exactly. Expected "
               "cost is divided as the same weekdays of the four weeks before.")  # fmt: skip
    parts = told.children(row)
    first = dict.fromkeys([*(part.dimension for part in told.culprits(row)), *parts])
    by = {formats.title(dim): [(formats.value(dim, p.label), p.expected, p.actual)
                               for p in parts[dim]] for dim in first}  # fmt: skip
    by["Model and token type"] = [
        (" · ".join(filter(None, (model, formats.value("token_type", kind)))) or "no model",
         before, now) for model, kind, before, now in told.cells(row)[:12]
    ]  # fmt: skip
    chosen = st.segmented_control("Divided by", list(by), default=next(iter(by)), required=True,
                                  key="anby", bind="query-params")  # fmt: skip
    _parts(by.get(chosen or "") or next(iter(by.values())))


def _parts(rows: list[tuple[str, int, int]]) -> None:
    frame = pl.DataFrame(
        {
            "label": [label for label, _, _ in rows],
            "impact": [now - before for _, before, now in rows],
            "expected": [before for _, before, _ in rows],
            "actual": [now for _, _, now in rows],
        }
    ).with_columns(
        charts.marks(pl.col(n), "cost").alias(n) for n in ("impact", "expected", "actual")
    )
    columns: dict[str, Any] = {
        "label": st.column_config.TextColumn("Which"),
        **{n: tables.number(n.capitalize(), "cost") for n in ("impact", "expected", "actual")},
    }
    grid(frame, hide_index=True, column_config=columns, key="anparts",
                 alt="Who has which part of the anomaly.")  # fmt: skip


def _dismiss(place: Place, rows: Sequence[AnomalyRow]) -> None:
    with st.form("dismiss", border=False), st.container(horizontal=True,
                                                        vertical_alignment="bottom"):  # fmt: skip
        reason = st.text_input("Why is it no worry?", placeholder="a load test, a launch …")
        by = st.text_input("Who says so (optional)", width=220)
        sent = st.form_submit_button("Dismiss", icon=":material/notifications_off:")
    if not sent:
        return
    try:
        for row in rows:
            dismiss(place.engine, row.key, reason, by)
    except SpendError as error:
        findings.show(error.finding())
        return
    st.rerun()


def dismissed(place: Place, rows: Sequence[AnomalyRow]) -> None:
    """Show what was dismissed, by whom and why, and take it back, with its parts, where asked."""
    for row in (row for row in rows if row.part_of is None):
        said = row.dismissed
        with st.container(horizontal=True, vertical_alignment="center"):
            by = f", {formats.plain(said.by)}" if said and said.by else ""
            why = f"{formats.plain(said.reason)}{by}, {formats.day(said.at.date())}" if said else ""
            st.markdown(f"**{formats.plain(_name(row))}**: {why}", width="stretch")
            if context.may(Role.ANALYST) and st.button(
                "Take back", key=f"undismiss-{address(row)}", type="tertiary",
                icon=":material/undo:",
            ):  # fmt: skip
                with findings.explained():
                    for one in (row, *told.along(row, rows)):
                        undismiss(place.engine, one.key)
                st.rerun()
