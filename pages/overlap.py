"""Overlap: what both sources book, by which rule, and the total with each dollar once."""

from datetime import timedelta

import streamlit as st

from core.analysis import choices, pairs
from core.analysis.overlap_lines import overlap as between
from core.analysis.query import Query
from core.ui import context, explorer, formats, overlap, shell, source
from core.ui import pairs as cards

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)

st.title("Overlap")
st.caption(
    "Claude Enterprise reports can hold the same usage that the Platform bills. Each amount below "
    "is in one class, decided by one rule: identity first, then equal amounts, then your word."
)

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

default = explorer.last_days(held, context.now().date())
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
query = Query((), "cost", span)
found = between(book, query)

overlap.cards(found, {connection.kind for connection in book.connections})
st.caption(overlap.equation(found))
st.altair_chart(overlap.chart(found), alt=overlap.takeaway(found))
source.line(found.view, receipts=overlap.behind(query))

if len({c.kind for c in book.connections}) < 2:
    st.info(
        "Only one of the two sources is connected, so nothing can be booked by both. Of two "
        "connections to the same organization, one is counted.",
        icon=":material/info:",
    )
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")

if found.unmatched:
    st.warning(
        f"{formats.plain(formats.figure(found.unmatched))} cannot be matched for certain and stays "
        "in the total. What decided, below, says why. Sync both sides; what then still differs is "
        "yours to decide, under Side by side.",
        icon=":material/help:",
    )

connected = list(pairs.pairs(book, span))
if connected:
    st.subheader("Side by side")
for pair in connected:
    cards.show(place, book, pair, query)

st.subheader("What decided")
overlap.rules(found)

st.subheader("Line by line")
overlap.table(found)
with st.container(horizontal=True):
    st.page_link(
        "pages/explorer.py",
        label="The books as reported, in Explorer",
        icon=":material/query_stats:",
        query_params={"a": formats.title("source"), "basis": formats.title("reported")},
    )
