"""Forecast & budgets: what the month, the quarter and twelve months will come to, and how sure."""

import streamlit as st

from core.analysis.forecast.forecast import DIMENSIONS
from core.ui import budgets, context, findings, forecast, formats, shell
from core.watch import forecasts

shell.guard()

place = context.place()
book = context.book(place)
now = context.now()
today = now.date()

st.title("Forecast & budgets")

if book.days.is_empty():
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

kept = forecasts.read(place.engine)
findings.notes(forecasts.said(place.engine))

if kept.outlooks:
    (whole,) = kept.outlooks
    month = forecast.this_month(whole, today)
    st.caption(
        f"Data complete through {formats.day(forecast.through(whole))} (UTC), worked out "
        f"{formats.ago(kept.issued_at, now)}. Days that are missing or not whole yet are left out "
        "of the past and are part of what is to come: they are never taken for a drop."
    )
    sides = st.grid(2, min_column_width=380)
    with sides.container():
        forecast.headline(whole, month)
    with sides.container():
        forecast.record(whole, forecasts.issued_record(place.engine, book, now))
    st.subheader(f"{month.span.start:%B} as it adds up")
    forecast.chart(whole, month, book, today)

    st.subheader("Further ahead")
    forecast.ahead(whole, book)

    st.subheader("By dimension")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Divided by",
            DIMENSIONS,
            default="workspace",
            required=True,
            format_func=formats.title,
            key="by",
            bind="query-params",
        )
        span = st.segmented_control(
            "Time",
            list(forecast.SPANS),
            default="month",
            required=True,
            format_func=forecast.SPANS.__getitem__,
            key="time",
            bind="query-params",
        )
    parts = forecasts.read(place.engine, by or "workspace")
    forecast.table(parts.outlooks, whole, by or "workspace", span or "month", today)
    findings.notes(forecasts.together(parts))
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(f"claude-spend forecast --by {by}", language="sh")
else:
    st.info(
        "No forecast has been worked out yet. Each sync does it; `claude-spend forecast` does it "
        "now.",
        icon=":material/hourglass_top:",
    )
    st.page_link("pages/connections.py", label="Sync now", icon=":material/sync:")

budgets.section(place, book)
