"""Invoices on a page: does each tie to the ledger, the walk of one, and the ways to enter them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from core import money
from core.access.roles import Role
from core.analysis.query import Query
from core.analysis.reconcile.invoicefile import EXAMPLE, HEADER, invoice_of, read
from core.analysis.reconcile.invoices import STEPS, TieOut, about, tie_out
from core.calendar import month_start
from core.errors import Finding, SpendError
from core.ledger.book import Book
from core.ledger.cuts import Kind
from core.ledger.invoices import (
    InvoiceRow,
    all_invoices,
    delete_invoice,
    save_invoice,
    save_invoices,
)
from core.ledger.restatements import log
from core.ui import context, findings, formats, receipt, reconciliation, waterfall
from core.ui.context import Place
from core.ui.waterfall import Step

CHOSEN = "inv"
_SHOWN = 20
"""How many findings of one file are shown; a file of another kind has one a line."""

_WHY = {
    "metered": "What the connection's own reports say of these days, before credits.",
    "seat_fees": "As you entered them: the API does not know seats' prices.",
    "other_fees": "As you entered them.",
    "tax": "As you entered it.",
    "credits": "As you entered them; they are taken off.",
    "expected": "What the invoice should ask for.", "difference": "What nothing above explains.",
    "total": "What the invoice asks for.",
}  # fmt: skip


def section(place: Place, book: Book) -> None:
    """Show all invoices, one of them in full, and the forms."""
    found = [_tied(place, book, invoice) for invoice in all_invoices(place.engine)]
    if found:
        chosen = st.selectbox(
            "Invoice", [t.invoice.id for t in found], format_func=_namer(found, book),
            key=CHOSEN, bind="query-params",
        )  # fmt: skip
        one = next((t for t in found if t.invoice.id == chosen), found[0])
        _show(place, book, one)
    else:
        st.info(
            "No invoices yet. Enter one below, or upload a file: the page walks from the ledger "
            "to its total and says whether it ties.",
            icon=":material/receipt_long:",
        )
    if not context.may(Role.ANALYST):
        return
    with st.expander("Enter an invoice", icon=":material/add:", expanded=not found):
        _form(place, book, None)
    with st.expander("Upload invoices", icon=":material/upload_file:"):
        _upload(place, book)


def _tied(place: Place, book: Book, invoice: InvoiceRow) -> TieOut:
    period = invoice.period
    since = log(place.engine, period.start, period.end, invoice.entered_at)
    return tie_out(book, invoice, since)


def _namer(found: Sequence[TieOut], book: Book) -> Callable[[int], str]:
    names = {t.invoice.id: _name(t.invoice, book) for t in found}
    return lambda id_: names.get(id_, str(id_))


def _name(invoice: InvoiceRow, book: Book) -> str:
    period = formats.days(invoice.period.start, invoice.period.end)
    number = invoice.number or f"Invoice {invoice.id}"
    return f"{number} · {_source(invoice, book)} · {period}"


def _source(invoice: InvoiceRow, book: Book) -> str:
    named = [c.name for c in book.connections if c.id == invoice.connection_id]
    return named[0] if named else formats.value("source", invoice.source)


def _show(place: Place, book: Book, found: TieOut) -> None:
    colour, icon, word = (
        ("green", "check_circle", "Ties")
        if found.ties
        else ("red", "error", f"Off by {formats.plain(formats.figure(found.difference))}")
    )
    with st.container(border=True):
        st.markdown(f"## :{colour}[:material/{icon}: {word}]")
        st.markdown(
            f"The invoice asks for **{formats.plain(formats.figure(found.steps['total']))}**; "
            f"the ledger expects **{formats.plain(formats.figure(found.steps['expected']))}**."
            + (f" {formats.plain(formats.figure(found.provisional))} of it may still be revised."
               if found.provisional else "")
        )  # fmt: skip
    made = steps(found)
    st.altair_chart(waterfall.waterfall(made), alt=waterfall.takeaway(made))
    asked = behind(book, found.invoice)
    if asked:
        kind: Kind = "platform" if found.invoice.source == "platform" else "enterprise"
        receipt.receipt_button(asked, f"invoice-{found.invoice.id}", kind)
    with st.expander("The same in figures", icon=":material/table:"):
        reconciliation.table(made)
    if found.findings:
        st.markdown("**Likely causes**")
        findings.show_all(found.findings)
    _actions(place, book, found.invoice)


def behind(book: Book, invoice: InvoiceRow) -> Query | None:
    """Return the question behind an invoice's metered usage; None where nothing is connected."""
    names = tuple(c.name for c in about(book, invoice))
    basis = "reported" if len(names) == 1 else "counted_once"
    return Query((), "cost", invoice.period, (), names, basis) if names else None


def steps(found: TieOut) -> list[Step]:
    """Return the walk from metered usage to the invoice's total."""
    kinds = {"metered": "total", "expected": "total", "total": "total", "difference": "open"}
    return [
        Step(title, found.steps[name], kinds.get(name, "step"), _WHY[name])  # type: ignore[arg-type]
        for name, title in STEPS.items()
        if name in ("metered", "expected", "total") or found.steps[name]
    ]


def _actions(place: Place, book: Book, invoice: InvoiceRow) -> None:
    if not context.may(Role.ANALYST):
        return
    with st.container(horizontal=True):
        if st.button("Edit", icon=":material/edit:", key=f"edit-{invoice.id}"):
            _edit(place, book, invoice)
        if st.button("Delete", icon=":material/delete:", key=f"delete-invoice-{invoice.id}"):
            with findings.explained():
                delete_invoice(place.engine, invoice.id)
            _changed()


@st.dialog("Edit the invoice", width="large")
def _edit(place: Place, book: Book, invoice: InvoiceRow) -> None:
    _form(place, book, invoice)


def _form(place: Place, book: Book, invoice: InvoiceRow | None) -> None:
    sources = ["platform", "enterprise", *(c.name for c in book.connections)]
    with st.form(f"invoice-{invoice.id if invoice else 'new'}", border=False,
                 enter_to_submit=False):  # fmt: skip
        row = st.grid(3, min_column_width=200)
        number = row.text_input("Number", value=invoice.number if invoice else "")
        source = row.selectbox(
            "Source or connection", sources, index=_at(sources, invoice, book),
            format_func=lambda s: formats.value("source", s),
        )  # fmt: skip
        days = row.date_input("First and last day (UTC)", value=_period(invoice),
                              format="YYYY-MM-DD")  # fmt: skip
        texts = {
            name: row.text_input(
                f"{title} (USD)", value=_dollars(invoice, name),
                placeholder="21480.55" if name == "total" else "0.00",
            )
            for name, title in _FIELDS.items()
        }  # fmt: skip
        texts["note"] = row.text_input("Note", value=invoice.note if invoice else "")
        sent = st.form_submit_button("Save", type="primary")
    if sent:
        _save(place, book, {**texts, "number": number, **_named(source), **_days(days)}, invoice)


_FIELDS = {"total": "Invoice total", "credits": "Credits", "tax": "Tax",
           "seat_fees": "Seat fees", "other_fees": "Other fees"}  # fmt: skip


def _named(source: str) -> dict[str, str]:
    return {"source": source} if source in ("platform", "enterprise") else {"connection": source}


def _days(days: object) -> dict[str, str]:
    ends = [d for d in (days if isinstance(days, tuple) else (days,)) if isinstance(d, date)]
    if not ends:
        return {}
    return {"from": ends[0].isoformat(), "to": (ends[-1] + timedelta(days=1)).isoformat()}


def _at(sources: list[str], invoice: InvoiceRow | None, book: Book) -> int:
    if invoice is None:
        return 0
    named = [c.name for c in book.connections if c.id == invoice.connection_id]
    return sources.index(named[0] if named else invoice.source)


def _period(invoice: InvoiceRow | None) -> tuple[date, date]:
    if invoice is not None:
        return invoice.period.start, invoice.period.end - timedelta(days=1)
    last = month_start(context.now().date()) - timedelta(days=1)
    return month_start(last), last


def _dollars(invoice: InvoiceRow | None, name: str) -> str:
    units = getattr(invoice, name) if invoice else 0
    return money.dollars(units) if units else ""


def _save(place: Place, book: Book, texts: dict[str, str], invoice: InvoiceRow | None) -> None:
    try:
        made = invoice_of(texts, book.connections)
        save_invoice(place.engine, replace(made, id=invoice.id) if invoice else made)
    except SpendError as error:
        findings.show(error.finding())
        return
    _changed()


def _upload(place: Place, book: Book) -> None:
    st.caption("CSV with this header, or JSON objects with these keys: " + ", ".join(
        f"`{name}`" for name in HEADER) + ". `to` is the day after the last one; all but `total`, "
        "a period and a source may be left out.")  # fmt: skip
    st.code(EXAMPLE, language="csv")
    with st.form("upload", border=False, clear_on_submit=True):
        sent_file = st.file_uploader("CSV or JSON", type=["csv", "json", "txt"])
        sent = st.form_submit_button("Keep these invoices", type="primary")
    if sent and sent_file is not None:
        _keep(place, book, sent_file.getvalue())


_NO_TEXT = Finding(
    "invoice_unreadable", "error", "The file is no text.", "It is not written in UTF-8.",
    "Save it as CSV in UTF-8.",
)  # fmt: skip


def _keep(place: Place, book: Book, content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        findings.show(_NO_TEXT)
        return
    found, wrong = read(text, book.connections)
    if wrong:
        findings.show_all(wrong[:_SHOWN])
        if len(wrong) > _SHOWN:
            st.caption(f"And {len(wrong) - _SHOWN:,} more lines that cannot be read.")
        st.caption("Nothing of the file was kept: correct it and upload it again.")
        return
    save_invoices(place.engine, found)
    _changed()


def _changed() -> None:
    context.forget_version()
    st.rerun()
