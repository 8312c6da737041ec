"""Explorer: any figure by any two dimensions and any filters; the address holds the view."""

from datetime import timedelta

import streamlit as st

from core.access.roles import Role
from core.analysis import choices, compare
from core.analysis.explore import Query, ask
from core.analysis.gaps import gaps
from core.analysis.query import DIMS, TIMES
from core.analysis.top import top
from core.ui import (
    charts,
    context,
    explorer,
    exports,
    findings,
    formats,
    receipt,
    shell,
    source,
    tables,
)

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)

st.title("Explorer")

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

DIMENSIONS = [d for d in DIMS if d not in TIMES and d != "basis"]
default = explorer.last_days(held, context.now().date())

with st.container(border=True):
    divided = st.grid(4, min_column_width=130)
    measure = divided.selectbox(
        "Measure",
        ["cost", "list_cost", "tokens", "requests"],
        format_func=formats.title,
        key="m",
        bind="query-params",
    )
    one = divided.selectbox(
        "By",
        DIMENSIONS,
        index=DIMENSIONS.index("model"),
        format_func=formats.title,
        key="a",
        bind="query-params",
    )
    two = divided.selectbox(
        "And by",
        ["nothing", *DIMENSIONS],
        format_func=lambda d: "Nothing" if d == "nothing" else formats.title(d),
        key="b",
        bind="query-params",
    )
    most = divided.selectbox(
        "Largest in the chart", [3, 5, 7], index=2, key="n", bind="query-params"
    )
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
        grain = st.segmented_control(
            "Over time by",
            list(TIMES),
            default="day",
            required=True,
            format_func=formats.title,
            key="g",
            bind="query-params",
        )
        basis = st.segmented_control(
            "Books",
            ["counted_once", "reported"],
            default="counted_once",
            required=True,
            format_func=formats.title,
            key="basis",
            bind="query-params",
            help="Counted once: what both sources report of the same usage is counted on the "
            "Platform side only. As reported: the raw books side by side.",
        )
        against = st.toggle("Compare with the days before", key="c", bind="query-params")
    filters = explorer.filters(book, held, measure or "cost", DIMENSIONS)

span = explorer.span_of(chosen, default)
where = tuple((dim, value) for dim, value in filters)
by = tuple(dict.fromkeys([one or "model", *([two] if two and two != "nothing" else [])]))
query = Query(by, measure or "cost", span, where=where, basis=basis or "counted_once")
view = ask(book, query)

with st.container(horizontal=True, vertical_alignment="center"):
    if against:
        earlier = compare.before(span)
        both = compare.compare(book, query, earlier)
        st.metric(
            f"{formats.title(query.measure)}, {formats.days(span.start, span.end)}",
            formats.short(view.total, query.measure),
            delta=formats.change(view.total, both.earlier.total) or "nothing before",
            delta_color="inverse" if formats.is_money(query.measure) else "normal",
            delta_description=f"from {formats.days(earlier.start, earlier.end)}: "
            f"{formats.figure(both.earlier.total, query.measure)}",
        )
        receipt.receipt_button({"This period": query, "Before": both.earlier.query}, "figures")
    else:
        st.metric(
            f"{formats.title(query.measure)}, {formats.days(span.start, span.end)}",
            formats.short(view.total, query.measure),
        )
        receipt.receipt_button(query, "figure")

timed = Query((grain or "day", by[0]), query.measure, span, where=where, basis=query.basis)
run = top(ask(book, timed), by[0], most or 7)
picked = st.altair_chart(
    charts.over_time(run, by[0], gaps=gaps(book, run.query), pick="pick"),
    key="run",
    on_select="rerun",
    selection_mode="pick",
    alt=charts.takeaway(run, by[0]),
)
source.line(run)
explorer.drill(picked, run, by[0], [d for d in DIMENSIONS if d not in by], book, held)
findings.notes(view.findings)

if against:
    tables.show_comparison(both)
else:
    tables.show(view, key="rows", height=420)
if context.may(Role.ANALYST):
    st.download_button(
        "Download these rows",
        data=exports.csv(place, view, query),
        file_name=f"claude-spend {query.measure} {span.start} to {max(span)}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
