"""Alerts: what stands, who is told of what, and what was sent when."""

import streamlit as st

from core.access.roles import Role
from core.ui import alert_forms, alerts, context, findings, shell
from core.watch.alerts import sent, standing, targets

shell.guard()

here, place = context.real(), context.place()
known = targets.all_targets(here.engine)

st.title("Alerts")
st.caption(
    "After every sync, also after one that failed, each target is told once of what stands then. "
    "What healed and came back is told again."
)

if place.simulated:
    st.info(
        "The figures are those of a simulated organisation: nobody is told of them. A target that "
        "you add is told as soon as Anthropic is connected.",
        icon=":material/science:",
    )

alert_forms.last_result()

st.subheader("Who is told")
if not known:
    st.markdown("Nobody yet. Add a mailbox, a channel or a program below.")
for target in known:
    alerts.card(here, target)
if context.may(Role.ADMIN):
    with st.expander("Add a target", icon=":material/add:", expanded=not known):
        alert_forms.forms(here)
else:
    st.caption(":material/lock: Targets are set up by admins.")

st.subheader("What stands")
looked, said = standing.last_look(place.engine)
findings.show_all(said)
alerts.stands(standing.standing(place.engine), looked, context.now())

st.subheader("What was sent")
alerts.log(sent.log(here.engine))
