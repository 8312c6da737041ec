"""Sources: which source for which question, the answer itself, and what the other one lacks."""

from datetime import timedelta

import streamlit as st

from core.analysis import choices
from core.analysis.questions.answers import answer
from core.analysis.questions.catalogue import QUESTIONS
from core.analysis.questions.matrix import matrix
from core.analysis.questions.possible import able, possible
from core.calendar import Span
from core.ui import context, explorer, findings, formats, shell, sources

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)
today = context.now().date()

st.title("Sources")
st.caption(
    "Two sources know different things of the same organisation. Each question has one that is "
    "right for it; it is answered from that one's own books, and never from the other's."
)

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.subheader("Which source for which question")
    sources.show_matrix(matrix(book, Span(today, today)))
    st.stop()

default = explorer.last_days(held, today)
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.selectbox(
        "Question",
        [q.id for q in QUESTIONS],
        format_func=sources.label,
        key=sources.QUESTION,
        bind="query-params",
        width=270,
    )
    chosen = st.date_input(
        "Days (UTC)",
        value=default,
        min_value=held.start,
        max_value=held.end - timedelta(days=1),
        format="YYYY-MM-DD",
        key="d",
        bind="query-params",
        width=270,
    )
span = explorer.span_of(chosen, default)

said = answer(book, name, span)
st.subheader(said.question.title)
sources.show(said)

st.subheader("Which source for which question")
st.caption(
    "By the reports that these days were read with. Choose a row to ask it; the command line "
    "knows the same questions: claude-spend ask."
)
sources.show_matrix(matrix(book, span))

st.subheader("Can these be combined?")
with st.container(horizontal=True, vertical_alignment="bottom"):
    dims = st.multiselect(
        "Divide by all of",
        sources.COMBINED,
        default=["user", "workspace"],
        format_func=formats.title,
        key="dims",
        bind="query-params",
        width=420,
    )
    measure = st.segmented_control(
        "Measure",
        ["cost", "tokens"],
        default="cost",
        required=True,
        format_func=formats.title,
        key="m",
        bind="query-params",
    )
refused = possible(book, dims, span, measure or "cost")
if refused:
    findings.show(refused)
elif dims:
    sources.show_able(able(book, dims, span, measure or "cost"))
    st.page_link("pages/explorer.py", label="Open Explorer", icon=":material/query_stats:",
                 query_params=explorer.address(dims[0]))  # fmt: skip
