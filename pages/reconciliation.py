"""Reconciliation: usage against the bill, invoices, what changed, and which days are there."""

from datetime import timedelta

import streamlit as st

from core.analysis import choices
from core.analysis.reconcile.calendar import completeness
from core.analysis.reconcile.computed import compare
from core.ledger.prices import all_prices
from core.ui import (
    changes,
    context,
    contract,
    explorer,
    formats,
    invoices,
    reconciliation,
    shell,
)
from core.ui import (
    completeness as calendar,
)

shell.guard()

place = context.place()
book = context.book(place)
held = choices.span_of(book)

SECTIONS = {
    "computed": "Computed and billed",
    "invoices": "Invoices",
    "changes": "Restatements",
    "days": "Completeness",
}

st.title("Reconciliation")
st.caption(
    "Does the bill follow from the usage, does the invoice follow from the ledger, what has "
    "changed since, and is every day there? Each walk sums to the last digit."
)

if held is None:
    st.info("No figures yet; the first sync brings them.", icon=":material/hourglass_top:")
    st.page_link("pages/connections.py", label="Open Connections", icon=":material/cable:")
    st.stop()

section = st.segmented_control(
    "What to reconcile",
    list(SECTIONS),
    default="computed",
    required=True,
    format_func=SECTIONS.__getitem__,
    key="see",
    bind="query-params",
    label_visibility="collapsed",
)

if section == "invoices":
    invoices.section(place, book)
    st.stop()

if section == "changes":
    changes.section(place, book)
    st.stop()

default = explorer.last_days(held, context.now().date(), 60 if section == "days" else 30)
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
    names = [c.name for c in book.connections]
    name = st.selectbox(
        "Connection",
        ["", *names],
        format_func=lambda n: n or "All, each dollar once",
        key="conn",
        bind="query-params",
        width=270,
    )
span = explorer.span_of(chosen, default)
one = (name,) if name else ()

if section == "days":
    calendar.show(completeness(book, span, context.now(), connections=one))
    st.stop()

found = compare(
    book,
    span,
    all_prices(place.engine),
    names=one,
    basis="reported" if one else "counted_once",
)
reconciliation.verdict(found)
reconciliation.walk(found)
reconciliation.receipts(found, one)

st.subheader("Where the rest is")
by = st.segmented_control(
    "Divided by",
    reconciliation.DIVIDED,
    default="model",
    required=True,
    format_func=formats.title,
    key="rest",
    bind="query-params",
)
reconciliation.rest(found, by or "model")

contract.show(place, sorted(set(found.frame["model"]) - {""}))
