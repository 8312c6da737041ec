"""Usage and activity: tokens by type, the cache's share, what people did, cost beside it."""

from datetime import timedelta

import streamlit as st

from core.analysis import activity, choices
from core.analysis.explore import Query, ask
from core.analysis.gaps import gaps
from core.analysis.top import top
from core.ui import (
    charts,
    context,
    explorer,
    findings,
    formats,
    people,
    receipt,
    shell,
    source,
    tables,
)

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)

st.title("Usage and activity")

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

default = explorer.last_days(held, context.now().date())
names = tuple(c.name for c in book.connections)

with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = st.date_input(
        "Days (UTC)",
        value=default,
        min_value=held.start,
        max_value=held.end - timedelta(days=1),
        format="YYYY-MM-DD",
        key="days",
        bind="query-params",
        width=260,
    )
    only = st.multiselect(
        "Connections", names, key="only", bind="query-params", placeholder="all", width=320
    )
span = explorer.span_of(chosen, default)
connections = tuple(only)

tokens = activity.tokens_by_type(book, span, connections=connections)
cache = activity.cache_share(book, span, connections=connections)
cost = ask(book, Query((), "cost", span, connections=connections))
requests = ask(book, Query((), "requests", span, connections=connections))

cards = st.grid(4, min_column_width=150)
cards.metric("Tokens", formats.short(tokens.total, "tokens"), border=True, height="stretch")
cards.metric("Cost of the same days", formats.short(cost.total), border=True, height="stretch")
cards.metric(
    "Input served from the cache",
    formats.share(cache.read, cache.all_input),
    help="Tokens read from the prompt cache, of all input tokens: uncached, read and written.",
    border=True,
    height="stretch",
)
cards.metric(
    "Requests",
    formats.short(requests.total, "requests"),
    help="Only where the API gives them.",
    border=True,
    height="stretch",
)

receipt.receipt_button(activity.behind(book, span, connections), "cards")

st.subheader("Tokens by type")
st.altair_chart(
    charts.over_time(tokens, "token_type", gaps=gaps(book, tokens.query)),
    alt=charts.takeaway(tokens, "token_type"),
)
source.line(tokens)
findings.notes([*tokens.findings, *requests.findings])

left, right = st.columns(2)
with left.container(border=True):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Tokens by model**", width="stretch")
        receipt.receipt_button(Query(("model",), "tokens", span, connections=connections), "tokens")
    by_model = top(
        ask(book, Query(("model",), "tokens", span, connections=connections)), "model", 8
    )
    st.altair_chart(charts.ranked(by_model, "model"), alt=charts.takeaway(by_model, "model"))
with right.container(border=True):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Cost by model**", width="stretch")
        receipt.receipt_button(Query(("model",), "cost", span, connections=connections), "cost")
    costs = top(ask(book, Query(("model",), "cost", span, connections=connections)), "model", 8)
    st.altair_chart(charts.ranked(costs, "model"), alt=charts.takeaway(costs, "model"))

st.subheader("People")
found = activity.people(book, span, connections=connections)
people.show(found, span)
with st.expander("Tokens by type, as a table", icon=":material/table_rows:"):
    tables.show(tokens, key="tokens")
