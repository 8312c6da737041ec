"""Budgets on a page: what is spent of each, how fast, and when it will be crossed."""

from fractions import Fraction

import altair as alt
import polars as pl
import streamlit as st

from core.access.roles import Role
from core.analysis.budgets.file import EXAMPLE, check_parents, read, text_of, written
from core.analysis.budgets.outcome import Month, Told
from core.analysis.budgets.pace import Ahead
from core.analysis.budgets.spent import filter_of
from core.analysis.query import Query
from core.calendar import Span, month_start, next_month
from core.ledger.book import Book
from core.ledger.budgets import BudgetRow, all_budgets, save_budgets
from core.money import as_float
from core.ui import budget_forms, context, findings, formats, progress, receipt, spend_limits
from core.ui.charts import Chart
from core.ui.context import Place
from core.ui.grid import apart
from core.watch import budgets as watch

_BAR, _TRACK, _OVER = "#2a78d6", "#8884", "#d64545"


def section(place: Place, book: Book) -> None:
    """Show this month's budgets, the ways to set them, and members' limits at Anthropic."""
    now = context.now()
    month = watch.read(place.engine, book, now)
    kept = watch.outlooks(place.engine, book, now)
    st.header("Budgets", anchor="budgets")
    progress.running(budget_forms.job_of(place), "Working out month ends")
    if month.told:
        _state(month, kept)
        names = {t.node.budget.name for t in month.told}
        ahead = {name: one for name, one in kept.ahead.items() if kept.current and name in names}
        st.altair_chart(_bullets(month, ahead), alt=_takeaway(month))
        st.caption("Bar: spent. Line: the budget. Dot: where the month is expected to end. "
                   "Tick: what an even pace allows by the complete days so far.")  # fmt: skip
        for told in month.told:
            _words(told, ahead.get(told.node.budget.name))
        _shared(month)
        receipts = behind(month)
        if receipts:
            receipt.receipt_button(receipts, "budgets")
    else:
        st.info("No budget holds this month. Add one below, or upload a file.",
                icon=":material/savings:")  # fmt: skip
    _edit(place, book)
    spend_limits.section(place, book)


def behind(month: Month) -> dict[str, receipt.Asked]:
    """Return the questions whose totals are what budgets have spent, by the budgets' names.

    Without those that hold their children together, or teams: no single question asks for them.
    """
    span = Span(month.month, next_month(month.month))
    mine = [t.node.budget for t in month.told if not (t.node.group or t.problem)]
    looks = {budget.name: filter_of(budget) for budget in mine}
    return {
        name: Query((), "cost", span, look.where, look.connections)
        for name, look in looks.items()
        if not look.teams
    }


def _state(month: Month, kept: watch.Outlooks) -> None:
    over = [t.node.budget.name for t in month.told if t.crossed]
    if over:
        st.error(f"Over budget: {', '.join(map(formats.plain, over))}.", icon=":material/error:")
    if not kept.current:
        st.caption(
            ":material/hourglass_top: Budgets or figures changed since month ends were worked out; "
            "the next sync does it."
        )


def _bullets(month: Month, ahead: dict[str, Ahead]) -> Chart:
    rows = [_mark(t, ahead.get(t.node.budget.name)) for t in month.told if not t.problem]
    frame = apart(pl.DataFrame(rows, infer_schema_length=None))
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=150))
    )
    tip = [alt.Tooltip(f"{n}:N", title=t) for n, t in (
        ("name", "Budget"), ("spent_said", "Spent"), ("amount_said", "Budget, USD"),
        ("expected_said", "Expected month end"))]  # fmt: skip
    across = alt.X("spent:Q", title=None, axis=alt.Axis(format="$~s", tickCount=5))
    colour = alt.condition("datum.over", alt.value(_OVER), alt.value(_BAR))
    return alt.layer(
        base.mark_bar(size=22, color=_TRACK, cornerRadius=3).encode(x="amount:Q", tooltip=tip),
        base.mark_bar(size=10, cornerRadius=2).encode(x=across, color=colour, tooltip=tip),
        base.mark_tick(thickness=3, size=26, color="#888").encode(x="amount:Q", tooltip=tip),
        base.mark_tick(thickness=2, size=14, color="#c98500").encode(x="allowed:Q", tooltip=tip),
        base.mark_point(filled=True, size=70, color="#7a5cd6").encode(x="expected:Q", tooltip=tip),
    ).properties(height=alt.Step(36))


def _mark(told: Told, ahead: Ahead | None) -> dict[str, object]:
    expected = ahead.estimate.expected if ahead else None
    amount, pace = told.node.amount, told.pace
    return {
        "name": "\N{EM SPACE}" * told.node.depth + told.node.budget.name,
        "spent": as_float(told.spent),
        "amount": None if amount is None else as_float(amount),
        "allowed": as_float(pace.allowed) if pace else None,
        "expected": None if expected is None else as_float(expected),
        "over": told.crossed is not None,
        "spent_said": formats.figure(told.spent),
        "amount_said": "none" if amount is None else formats.figure(amount),
        "expected_said": "not known yet" if expected is None else formats.figure(expected),
    }


def _takeaway(month: Month) -> str:
    said = [f"{t.node.budget.name}: {formats.figure(t.spent)} spent" for t in month.told]
    return "Budgets of the month. " + "; ".join(said)


def _words(told: Told, ahead: Ahead | None) -> None:
    name = f"**{formats.plain(told.node.budget.name)}**"
    if told.problem:
        st.warning(f"{name}: {formats.plain(told.problem)}", icon=":material/filter_alt_off:")
        return
    parts = [f"{name}: {_plain(told.spent)} spent"]
    if told.node.amount is not None:
        parts[0] += f" of {_plain(told.node.amount)}"
    if told.pace:
        side = "ahead of" if told.pace.ahead > 0 else "below"
        parts.append(f"{_plain(abs(told.pace.ahead))} {side} an even pace after {told.pace.days} "
                     f"complete days of {told.pace.of}")  # fmt: skip
    parts.append(crossing(told, ahead))
    st.markdown("; ".join(part for part in parts if part) + ".")
    rest = told.node.rest
    if rest is not None and rest < 0:
        st.error(f"{name} hands down {_plain(-rest)} more than it has.",
                 icon=":material/call_split:")  # fmt: skip
    elif rest and told.node.children:
        st.caption(f"{_plain(told.node.handed)} is handed down, {_plain(rest)} is not.")


def crossing(told: Told, ahead: Ahead | None) -> str:
    """Return in words when a budget is crossed; empty where nothing is known."""
    if told.crossed:
        return f":red[crossed on {formats.day(told.crossed)}]"
    if ahead is None or ahead.estimate.expected is None or told.node.amount is None:
        return ""
    odds = "" if ahead.chance is None else f" (chance of crossing {chance(ahead.chance)})"
    if ahead.day is None:
        early = f", {formats.day(ahead.early)} at the earliest" if ahead.early else ""
        return f"not expected to be crossed this month{early}{odds}"
    late = formats.day(ahead.late) if ahead.late else "after the month"
    early = formats.day(ahead.early) if ahead.early else "not known"
    return f":orange[expected to be crossed on {formats.day(ahead.day)}], " \
           f"between {early} and {late} (80 %){odds}"  # fmt: skip


def chance(share: Fraction) -> str:
    """Return a chance in words that never promise: the errors of the past are not all errors."""
    if share > Fraction(99, 100):
        return "over 99%"
    return "under 1%" if share < Fraction(1, 100) else f"{float(share):.0%}"


def _shared(month: Month) -> None:
    for pair in month.overlaps:
        st.warning(
            f"{formats.plain(pair.one)} and {formats.plain(pair.other)} look at the same "
            f"{_plain(pair.amount)}: it is spent in both.", icon=":material/join_inner:",
        )  # fmt: skip
    if month.uncovered is not None:
        st.caption(f"No budget covers {_plain(month.uncovered)} of the month's "
                   f"{_plain(month.total)}. `claude-spend budgets list` works it all out "
                   "again.")  # fmt: skip


def _edit(place: Place, book: Book) -> None:
    if not context.may(Role.ADMIN):
        return
    rows = all_budgets(place.engine)
    with st.expander("Add, change or remove a budget", icon=":material/edit:", expanded=not rows):
        budget_forms.form(place, book, rows, month_start(context.now().date()))
    with st.expander("Budgets as a CSV file", icon=":material/upload_file:"):
        _files(place, rows)


def _files(place: Place, rows: tuple[BudgetRow, ...]) -> None:
    st.download_button("Download all budgets", written(rows), "budgets.csv", "text/csv",
                       icon=":material/download:", disabled=not rows)  # fmt: skip
    st.caption("A file is kept whole or not at all; a budget with a known name is replaced.")
    st.code(EXAMPLE, language="csv")
    given = st.file_uploader("Upload budgets", type="csv", key="budgets-file")
    if given and st.button("Keep these budgets", type="primary", key="budgets-keep"):
        with findings.explained():
            found = read(text_of(given.getvalue()))
            check_parents(found, rows)
            save_budgets(place.engine, found)
            budget_forms.work_out(place)
            st.rerun()


def _plain(units: int) -> str:
    return formats.plain(formats.figure(units))
