"""Contract prices on a page: what was entered, a form for more, and how to take one back."""

import streamlit as st

from core.access.roles import Role
from core.analysis.reconcile.entry import contract_price, percent, shown_price
from core.errors import SpendError
from core.ledger.prices import PRICED, ContractPrice, add_price, all_prices, delete_price
from core.ui import context, findings, formats
from core.ui.context import Place

_ALL = ""


def show(place: Place, models: list[str]) -> None:
    """Show the contract prices and the form; `models` can be chosen."""
    kept = all_prices(place.engine)
    with st.expander(f"Contract prices ({len(kept)})", icon=":material/contract:",
                     expanded=False):  # fmt: skip
        st.caption(
            "The price list is what everybody pays. If your contract has prices or discounts of "
            "its own, enter them with the day from which they hold: the most specific one decides."
        )
        for price in kept:
            _row(place, price)
        if context.may(Role.ANALYST):
            _form(place, models)


def _row(place: Place, price: ContractPrice) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(_words(price), width="stretch")
        if context.may(Role.ANALYST) and st.button(
            "Delete", icon=":material/delete:", key=f"price-{price.id}", type="tertiary"
        ):
            with findings.explained():
                delete_price(place.engine, price.id)
            context.forget_version()
            st.rerun()


def _words(price: ContractPrice) -> str:
    unit = "1,000 searches" if price.operation == "web_search" else "million tokens"
    what = (
        f"{percent(price.discount)} % off the list price"
        if price.discount is not None
        else f"{formats.exact(shown_price(price))} for a {unit}"
    )
    who = formats.plain(price.model) if price.model else "all models"
    how = formats.value("operation", price.operation) if price.operation else "all operations"
    until = f" up to and without {formats.day(price.end)}" if price.end else ""
    note = f"  \n{formats.plain(price.note)}" if price.note else ""
    return (
        f"**{formats.plain(what)}** · {who} · {how} · from {formats.day(price.first)}{until}{note}"
    )


def _form(place: Place, models: list[str]) -> None:
    with st.form("contract", border=True, enter_to_submit=False):
        row = st.grid(4, min_column_width=190)
        model = row.selectbox("Model", [_ALL, *models], format_func=lambda m: m or "All models")
        operation = row.selectbox(
            "Operation", [_ALL, *PRICED],
            format_func=lambda o: formats.value("operation", o) if o else "All operations",
        )  # fmt: skip
        first = row.date_input("From", value=context.now().date().replace(day=1),
                               format="YYYY-MM-DD")  # fmt: skip
        end = row.date_input("Up to and without (optional)", value=None, format="YYYY-MM-DD")
        discount = row.text_input("Discount in percent", placeholder="12.5")
        price = row.text_input("or price in USD", placeholder="4.25",
                               help="For a million tokens; web searches: for 1,000.")  # fmt: skip
        note = row.text_input("Note (optional)")
        sent = st.form_submit_button("Add", icon=":material/add:")
    if sent:
        try:
            made = contract_price(model, operation, price or None, discount or None,
                                  first.isoformat(), end.isoformat() if end else None,
                                  note)  # fmt: skip
            add_price(place.engine, made)
        except SpendError as error:
            findings.show(error.finding())
            return
        context.forget_version()
        st.rerun()
