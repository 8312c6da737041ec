"""Overview: this month so far, what it is made of, how current it is, what needs attention."""

import streamlit as st

from core.analysis import overview
from core.analysis.explore import Query, ask
from core.analysis.gaps import gaps
from core.analysis.top import top
from core.ledger.anomalies import open_anomalies
from core.ui import (
    charts,
    context,
    explorer,
    findings,
    formats,
    history,
    receipt,
    shell,
    source,
    tables,
)

shell.guard()

place = context.place()
book = context.book(place)
now = context.now()

st.title("Overview")

if book.days.is_empty():
    st.info(
        "No figures yet. The first sync reads the newest days first, so they appear within "
        "seconds of its start.",
        icon=":material/hourglass_top:",
    )
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

basis = (
    st.segmented_control(
        "Books",
        ["counted_once", "reported"],
        default="counted_once",
        required=True,
        format_func=formats.title,
        key="basis",
        bind="query-params",
        help="Counted once: what both sources report of the same usage is in the total once. "
        "As reported: the raw books side by side.",
    )
    or "counted_once"
)

syncs = history.last_syncs(place.engine, book)
unusual = open_anomalies(place.engine, now.date())
seen = overview.overview(
    book,
    now,
    basis=basis,
    syncs=syncs,
    sync_findings=history.last_findings(place.engine, syncs),
    anomalies=unusual,
)
month = seen.month
span = month.now.query.span
before = month.earlier.query.span
twice = ask(book, Query((), "cost", span, basis="counted_twice")).total
known = not month.earlier.frame.is_empty()
growth = formats.change(month.now.total, month.earlier.total)

cards = st.grid(4, min_column_width=150)
cards.metric(
    f"{span.start:%B} so far",
    formats.short(month.now.total),
    delta=growth,
    delta_color="inverse",
    help=f"{formats.days(span.start, span.end)}, UTC: "
    f"{formats.plain(formats.exact(month.now.total))}",
    border=True,
    height="stretch",
)
cards.metric(
    f"{before.start:%B} by then",
    formats.short(month.earlier.total) if known else "not read yet",
    help=f"{formats.days(before.start, before.end)}, UTC: "
    f"{formats.plain(formats.exact(month.earlier.total))}",
    border=True,
    height="stretch",
)
cards.metric(
    "Of it provisional",
    formats.short(seen.provisional),
    help="Anthropic may revise a day for about 30 days. "
    + (
        f"Days from {formats.day(seen.provisional_from)} on are not final."
        if seen.provisional_from
        else "All days are final."
    ),
    border=True,
    height="stretch",
)
cards.metric(
    "In both books",
    formats.short(twice) if len(seen.freshness) > 1 else "one source",
    help="What both sources report of the same usage. Counted once, it is in the total once; as "
    "reported, twice. With one source connected there is nothing to compare.",
    border=True,
    height="stretch",
)
source.line(month.now, receipts=overview.behind(seen))
if twice:
    st.page_link(
        "pages/overlap.py",
        label=f"{formats.plain(formats.figure(twice))} in both books, "
        f"{'counted once' if basis == 'counted_once' else 'here twice'}: why",
        icon=":material/join_inner:",
    )

if seen.attention:
    with st.expander(
        f"{len(seen.attention)} to look at",
        icon=":material/notifications:",
        expanded=any(f.severity != "info" for f in seen.attention),
    ):
        findings.show_all(seen.attention)
        if unusual:
            st.page_link(
                "pages/anomalies.py", label="Open Anomalies", icon=":material/troubleshoot:"
            )

with st.container(horizontal=True, vertical_alignment="bottom"):
    by = st.segmented_control(
        "Run of days by",
        ["source", "product", "model", "workspace"],
        default="source",
        required=True,
        format_func=formats.title,
        key="by",
        bind="query-params",
    )
    days = st.segmented_control(
        "Days",
        [30, 90, 365],
        default=30,
        required=True,
        format_func=lambda n: f"{n} days",
        key="days",
        bind="query-params",
    )

run = overview.run_of_days(book, now.date(), days or 30, by or "source", basis=basis)
st.altair_chart(
    charts.over_time(run, by or "source", gaps=gaps(book, run.query)), alt=charts.takeaway(run, by)
)
source.line(run)
findings.notes(run.findings)

st.subheader(f"What {span.start:%B} is made of")
columns = st.grid(2, min_column_width=380)
for dim in ("source", "product", "model", "workspace"):
    view = ask(book, Query((dim,), "cost", span, basis=basis))
    with columns.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**By {formats.title(dim).lower()}**", width="stretch")
            with st.popover("Table", type="tertiary"):
                tables.show(view, key=f"table-{dim}", height=420)
                source.line(view, inside=True)
            receipt.receipt_button(view.query, f"by-{dim}")
            st.page_link(
                "pages/explorer.py", label="Explore", query_params=explorer.address(dim, basis)
            )
        st.altair_chart(charts.ranked(top(view, dim, 7), dim), alt=charts.takeaway(view, dim))

st.subheader("How current it is")
fresh = st.grid(2, min_column_width=380)
for item in seen.freshness:
    with fresh.container(border=True):
        st.markdown(f"**{formats.plain(item.connection)}**")
        st.caption(
            f"{formats.value('source', item.kind)}, "
            f"{item.protocol or 'not negotiated'} protocol.  \n"
            f"Data from {formats.day(item.history_from)} through {formats.day(item.data_through)}; "
            f"final through {formats.day(item.final_through)}.  \n"
            f"Synced {formats.ago(item.fetched_at, now)}; Anthropic's data as of "
            f"{formats.ago(item.data_refreshed_at, now)}."
        )
