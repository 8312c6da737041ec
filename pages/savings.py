"""Savings: what each lever would save, what it assumes, and the bill under all of them together."""

from datetime import timedelta

import streamlit as st

from core.analysis import choices
from core.analysis.query import DIMS, TIMES, Query
from core.analysis.savings.answer import savings as worked_out
from core.ledger.prices import all_prices
from core.ui import context, explorer, formats, levers, savings, shell, source

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)

st.title("Savings")
st.caption(
    "What would the same tokens have cost, asked for in another way? Each lever says its dollars, "
    "its assumption and where to begin; together they are one bill worked out again, not a sum."
)

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

default = explorer.last_days(held, context.now().date())
with st.container(horizontal=True, vertical_alignment="bottom"):
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
    basis = (
        st.segmented_control(
            "Books",
            ["counted_once", "reported"],
            default="counted_once",
            required=True,
            format_func=formats.title,
            key="basis",
            bind="query-params",
            help="Counted once: what both sources report of the same usage is in the bill once.",
        )
        or "counted_once"
    )
span = explorer.span_of(chosen, default)
filters = explorer.filters(
    book, held, "cost", [d for d in DIMS if d not in TIMES and d not in ("basis", "description")]
)
where = tuple((dim, value) for dim, value in filters)

top = st.container()
st.subheader("Levers")
plan, cards = levers.cards(book, span)
found = worked_out(
    book, Query((), "cost", span, where=where, basis=basis), plan, all_prices(place.engine)
)

with top:
    savings.verdict(found)
    savings.chart(found)
    source.line(found.view)
    savings.notes(found)
savings.fill(found, cards)

st.subheader("All together")
st.caption(
    "Levers meet: what goes to a cheaper model has less left to batch. So the bill is worked out "
    "again with every change at once, and the difference to their sum is a line of its own."
)
savings.together(found)

st.subheader("The lines of the bill")
savings.lines(found)

with st.expander("From which hit rate on does a cache pay?", icon=":material/cached:"):
    savings.break_evens(found)
with st.expander("The same on the command line", icon=":material/terminal:"):
    st.code(savings.command(plan, span, where, basis), language="sh", wrap_lines=True)
