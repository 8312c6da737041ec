"""Connections: which Anthropic one has, the two forms, and how each connection is doing."""

import streamlit as st

from core.access.roles import Role
from core.connections import store
from core.ui import connect, connection_card, context, guide, progress, shell

shell.guard()

here, place = context.real(), context.place()
connections = store.all_connections(here.engine)

st.title("Connections")

if not connections:
    st.markdown(
        "Connect Anthropic in three steps: find out which version you have, create a key, enter "
        "it below. Until then the pages show a simulated organisation."
        if context.settings().demo is None
        else "Connect Anthropic in three steps: find out which version you have, create a key, "
        "enter it below."
    )

progress.running(here.key, "Syncing")
connect.last_result()

for connection in connections:
    connection_card.show(here, connection)

if place.simulated:
    with st.expander("The simulated organisation's connections", icon=":material/science:"):
        for connection in store.all_connections(place.engine):
            connection_card.show(place, connection, actions=False)

with st.expander(guide.QUESTION, icon=":material/help:", expanded=not connections, key="guide"):
    guide.show()

if not context.may(Role.ADMIN):
    st.info("Connecting, rotating and disconnecting need the role admin.", icon=":material/lock:")
    st.stop()

st.subheader("Add a connection" if connections else "Enter the key")
platform, enterprise = st.tabs(["Anthropic (Platform)", "Anthropic Enterprise"])
with platform:
    connect.form(here, "platform")
with enterprise:
    connect.form(here, "enterprise")
