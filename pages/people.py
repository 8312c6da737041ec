"""People and audit: who may do what, what viewers see of people, and who did what."""

import streamlit as st

from core.ui import context, oversight, shell

shell.guard()

st.title("People and audit")

oversight.section(context.real(), context.settings())
