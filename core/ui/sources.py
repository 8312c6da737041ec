"""The page Sources in pieces: an answer, its caveats, the other source beside it, the matrix."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from core.analysis.activity import Count
from core.analysis.query import NAMED, TIMES
from core.analysis.questions.answers import Answer
from core.analysis.questions.catalogue import QUESTIONS
from core.analysis.questions.matrix import KINDS, Cell
from core.analysis.questions.other import noun, unassigned
from core.analysis.questions.sides import NAMES
from core.analysis.top import top
from core.ledger.cuts import DIMENSIONS, Kind
from core.ui import charts, formats, receipt, source, tables
from core.ui.grid import grid

QUESTION = "q"
"""The address's parameter that names the question."""

COMBINED = (
    "user", "workspace", "api_key", "product", "model", "operation", "service_tier",
    "context_window", "inference_geo", "speed",
)  # fmt: skip
"""The dimensions whose combinations people ask for."""

_WORDS = {"recommended": "ask here", "can": "can", "cannot": "cannot"}
_COLOURS = {"ask here": "green", "can": "blue", "cannot": "gray", "not connected": "orange"}
_ROWS = 9


def label(name: str) -> str:
    """Return a question's id as people read it: `Per API key`."""
    words = name.replace("-", " ").capitalize()
    for plain, spoken in (("api", "API"), ("Claude code", "Claude Code")):
        words = words.replace(plain, spoken)
    return words


def unanswered(said: Answer) -> None:
    """Say that the source of a question is not connected, and lead to Connections."""
    st.info(formats.commands(said.why), icon=":material/cable:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")


def show(said: Answer) -> None:
    """Show an answer: who gives it, its figures, chart, caveats, the other source, its table."""
    view = said.view
    if view is None:
        unanswered(said)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(f"Answered by {NAMES[said.question.source]}", icon=":material/verified:",
                 color="green")  # fmt: skip
        st.caption(formats.plain(", ".join(said.connections)))
    st.caption(formats.plain(said.why))
    _figures(said)
    _chart(said)
    # The source's own books: nothing is left out because the other one reports it too.
    source.line(
        replace(view, query=replace(view.query, basis="reported")),
        receipts=behind(said),
        side=said.question.source,
    )
    both = st.grid(2, min_column_width=340)
    with both.container(border=True, height="stretch"):
        st.markdown("**Before you pass it on**")
        _list([*said.caveats, *_without_cost(said)])
    with both.container(border=True, height="stretch"):
        st.markdown(f"**What {NAMES[said.other.kind]} would have said**")
        _list(said.other.why)
        if said.other.total is not None:
            receipt.receipt_button(view.query, "other", said.other.kind)
    _table(said)


def behind(said: Answer) -> dict[str, receipt.Asked]:
    """Return the questions whose totals are the answer's figures, by the figures' titles."""
    view, own = said.view, said.question.source
    if view is None:
        return {}
    asked: dict[str, receipt.Asked]
    asked, dim = {"The answer": view.query}, said.question.by[0]
    if dim in DIMENSIONS and said.figure is None:
        none = replace(view.query, by=(), where=(*view.query.where, (dim, None)))
        asked[f"Of it no {noun(said.question)}"] = none
    if said.figure is not None and said.figure.name == "pull_request":
        asked["Pull requests"] = Count("pull_requests", view.query.span, said.connections)
    if said.platform_parts:
        asked["Of it Platform usage"] = tuple(
            receipt.Part(sign, title, query, own) for sign, title, query in said.platform_parts
        )
    if said.other.total is not None:
        asked["Difference"] = (
            receipt.Part(1, f"{said.other.kind.capitalize()}'s total", view.query, said.other.kind),
            receipt.Part(-1, "The answer", view.query, own),
        )
    return asked


def _figures(said: Answer) -> None:
    view, other = said.view, said.other
    if view is None:
        return
    measure = said.question.measure
    cards = st.grid(4, min_column_width=150)
    _card(cards, "The answer", view.total, measure)
    if said.figure is not None:
        _point(cards, said)
    elif noun(said.question):
        _card(cards, f"Of it no {noun(said.question)}", unassigned(view), measure)
    elif said.platform_usage:
        _card(cards, "Of it Platform usage", said.platform_usage, measure)
    if other.total is not None and other.difference is not None:
        _card(cards, f"{other.kind.capitalize()}'s total", other.total, measure)
        _card(cards, "Difference", other.difference, measure)


def _card(cards: Any, title: str, value: int, measure: str) -> None:
    cards.metric(
        title,
        formats.short(value, measure),
        help=f"{formats.plain(formats.exact(value, measure))}, exactly.",
        border=True,
        height="stretch",
    )


def _point(cards: Any, said: Answer) -> None:
    """Show the one number that the answer comes to."""
    figure = said.figure
    if figure is None:
        return
    value = figure.value
    if figure.name == "pull_request":
        shown = formats.short(round(value)) if value is not None else "none made"
        title, about = "A pull request", f"{figure.whole:,} pull requests were counted."
    else:
        shown = formats.share(figure.part, figure.whole)
        title = "Input from the cache"
        about = f"{figure.part:,} of {figure.whole:,} input tokens."
    cards.metric(title, shown, help=about, border=True, height="stretch")


def _chart(said: Answer) -> None:
    view = said.view
    if view is None or view.frame.is_empty():
        st.info("Nothing was reported for these days.", icon=":material/hourglass_empty:")
        return
    dim = view.query.by[-1]
    largest = top(view, dim, _ROWS)
    timed = view.query.by[0] in TIMES
    # Bars over one month would be a single bar, which says less than its parts side by side.
    if timed and view.frame[view.query.by[0]].n_unique() > 1:
        st.altair_chart(charts.over_time(top(view, dim, 7), dim), alt=charts.takeaway(view, dim))
    else:
        st.altair_chart(charts.ranked(largest, dim, rows=_ROWS + 1),
                        alt=charts.takeaway(view, dim))  # fmt: skip


def _without_cost(said: Answer) -> list[str]:
    return [
        f"{tokens:,} tokens stand in no row of the bill: {line}." for line, tokens in said.unbilled
    ]


def _list(sentences: Sequence[str]) -> None:
    st.markdown("\n".join(f"- {formats.plain(sentence)}" for sentence in sentences))


def _table(said: Answer) -> None:
    view, extra = said.view, said.extra
    if view is None or view.frame.is_empty():
        return
    if extra is None:
        tables.show(view, key="answer", height=420, side=said.question.source)
        return
    dim = view.query.by[0]
    frame, settings = tables.rows(view)
    counts = extra.rename({dim: f"{dim} id"}) if dim in NAMED else extra
    joined = frame.join(counts, on=f"{dim} id", how="left", nulls_equal=True,
                        maintain_order="left")  # fmt: skip
    more = {c: tables.number(formats.title(c), "tokens") for c in extra.columns if c != dim}
    event: Any = grid(
        joined, hide_index=True, column_config={**settings, **more}, height=420, key="answer",
        on_select="rerun", selection_mode="single-cell", alt=charts.takeaway(view),
    )  # fmt: skip
    st.caption(
        f"Total {formats.plain(formats.exact(view.total))}, exactly. "
        "Choose a figure for its receipt."
    )
    tables.behind(view, event, said.question.source)


def show_matrix(cells: Sequence[Cell]) -> None:
    """Show every question against both sources; a click on a row asks it."""
    some = any(cell.connected for cell in cells)
    by_kind = {kind: [cell for cell in cells if cell.kind == kind] for kind in KINDS}
    chips: dict[str, list[Any]] = {
        kind: [_chips(cell, some=some) for cell in by_kind[kind]] for kind in KINDS
    }
    why = {cell.question.id: cell.why for cell in cells if cell.verdict == "recommended"}
    other = {cell.question.id: cell.why for cell in cells if cell.verdict != "recommended"}
    columns: dict[str, list[Any]] = {
        "question": [label(q.id) for q in QUESTIONS],
        **chips,
        "title": [q.title for q in QUESTIONS],
        "why": [why[q.id] for q in QUESTIONS],
        "other": [other[q.id] for q in QUESTIONS],
    }
    verdicts: dict[str, Any] = {
        kind: st.column_config.MultiselectColumn(
            kind.capitalize(), options=list(_COLOURS), color=list(_COLOURS.values()),
            help="Ask here: the right source. Can: it divides usage so, but its own.",
            width=190 if any(len(c) > 1 for c in chips[kind]) else 88,
        )
        for kind in KINDS
    }  # fmt: skip
    grid(
        pl.DataFrame(columns),
        hide_index=True,
        on_select=asked,
        selection_mode="single-row",
        key="matrix",
        height="content",
        column_config={
            "question": st.column_config.TextColumn("Question", width=140),
            **verdicts,
            "title": st.column_config.TextColumn("What it asks", width="large"),
            "why": st.column_config.TextColumn("Why this source", width="large"),
            "other": st.column_config.TextColumn("What the other one sees", width="large"),
        },
        alt="Each question, and whether Platform or Enterprise is the right source for it.",
    )


def show_able(able: Sequence[Kind]) -> None:
    """Say which sources know the chosen dimensions together."""
    names = [NAMES[source] for source in able] or ["A connected source"]
    verb = "know" if len(names) > 1 else "knows"
    st.success(f"Yes: {' and '.join(names)} {verb} them together.", icon=":material/check:")


def _chips(cell: Cell, *, some: bool) -> list[str]:
    """Return a cell's words; where nothing is connected at all, that need not be said each time."""
    return [_WORDS[cell.verdict], *([] if cell.connected or not some else ["not connected"])]


def asked() -> None:
    """Choose the question whose row of the matrix was clicked; runs before the widgets do."""
    event = st.session_state["matrix"]
    rows = event["selection"]["rows"]
    if rows:
        st.session_state[QUESTION] = QUESTIONS[rows[0]].id
