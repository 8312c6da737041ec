"""Anomalies: what stood out, by how much, who drove it, and what was dismissed."""

from datetime import timedelta

import streamlit as st

from core.errors import Finding
from core.ledger.anomalies import all_anomalies, last_run
from core.ui import anomalies, context, findings, formats, shell
from core.watch.anomalies import watched as count_watched

shell.guard()

place = context.place()
now = context.now()
ran, said = last_run(place.engine)
watched = count_watched(place.engine)

st.title("Anomalies")
st.caption(
    "Days that cost more than the days before led to expect, by weekday, holidays left aside. A "
    "day is judged when it is over; a restatement is never an anomaly."
)

if not watched:
    so_far = "No series has history enough yet" if ran else "Nothing has been looked at yet"
    st.info(
        f"{so_far}. Each sync looks for anomalies when it is done; it needs six weeks of history.",
        icon=":material/hourglass_top:",
    )
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

days = (
    st.segmented_control(
        "Days",
        [30, 90, 365],
        default=90,
        required=True,
        format_func=lambda n: f"{n} days",
        key="days",
        bind="query-params",
    )
    or 90
)

rows = all_anomalies(place.engine, now.date() - timedelta(days=days))
standing = [row for row in rows if row.stands]
found = [row for row in standing if row.part_of is None]
waived = [row for row in rows if row.dismissed]
drops = [row for row in rows if row.kind == "drop" and row.state == "found"]
revised = [row for row in rows if row.state != "found"]

anomalies.verdict(found, days, watched)
if found:
    anomalies.listing(found, "found")
    anomalies.show(place, anomalies.choose(found), standing)

if waived:
    with st.expander(f"Dismissed: {len(waived)}", icon=":material/notifications_off:"):
        anomalies.dismissed(place, waived)
if drops:
    with st.expander(f"Is data missing? Drops: {len(drops)}", icon=":material/trending_down:"):
        st.caption(
            "These days cost far less than expected. Nothing alerts of them: a report may be "
            "incomplete, or the work was simply not done."
        )
        anomalies.listing(drops, "drops")
        st.page_link(
            "pages/reconciliation.py",
            label="Which days are there",
            icon=":material/event_available:",
            query_params={"see": "Completeness"},
        )
if revised:
    with st.expander(f"Settled by restatements: {len(revised)}", icon=":material/history:"):
        st.caption(
            "Days that stood out until Anthropic restated them, or that stand out only since it "
            "did. Neither is an anomaly."
        )
        anomalies.listing(revised, "revised")

with st.expander("What is watched", icon=":material/visibility:"):
    findings.notes([Finding(**finding) for finding in said])
    st.caption(
        f"Last looked {formats.ago(ran, now)}. Sensitivity: {place.settings.anomalies}; holidays: "
        f"{place.settings.holidays}. People are held against their own dearest days."
    )
    st.code(
        f"claude-spend anomalies --all --from {now.date() - timedelta(days=days)}", language="sh"
    )
