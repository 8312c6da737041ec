"""Reconciliation: the verdict and its walk, invoices, restatements with closes, completeness."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from ui_desk import Dashboard, words

from core import demo
from core.analysis.receipt import receipt
from core.analysis.reconcile.adjustments import adjusted
from core.analysis.reconcile.computed import compare
from core.analysis.reconcile.invoices import tie_out
from core.calendar import Span, month_start, next_month, now
from core.ledger import snapshot
from core.ledger.closes import all_closes, close_month
from core.ledger.cuts import Kind
from core.ledger.invoices import InvoiceRow, all_invoices, save_invoice
from core.ledger.prices import all_prices
from core.ledger.restatements import log
from core.money import from_dollars
from core.ui import changes, formats, invoices, reconciliation

LAST = now().date() - timedelta(days=1)
TEN = {"d": [(LAST - timedelta(days=9)).isoformat(), LAST.isoformat()]}
SPAN = Span(LAST - timedelta(days=9), LAST + timedelta(days=1))
MONTH = month_start(month_start(now().date()) - timedelta(days=1))
WHOLE = Span(MONTH, next_month(MONTH))


def billed(company: demo.Organisation, side: str, span: Span) -> int:
    return int(company.truth(side, span=span)["amount"].item())


def test_the_bill_follows_from_the_usage(filled: Dashboard, company: demo.Organisation) -> None:
    at = filled.open("reconciliation", **TEN)
    said = words(at)
    total = billed(company, "platform", SPAN) + billed(company, "enterprise", SPAN)
    assert f"Billed **{formats.plain(formats.figure(total))}**" in said
    assert ":green[:material/check_circle: Explained" in said
    walk = at.dataframe[0].value
    assert (walk["step"].iloc[0], walk["step"].iloc[-1]) == ("At list prices", "Billed")
    assert walk["amount"].iloc[-1] == formats.exact(total)
    exact = [from_dollars(re.sub("[$,]", "", text)) for text in walk["amount"]]
    assert sum(exact[:-1]) == exact[-1] == total


def test_one_connection_is_compared_within_its_own_books(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("reconciliation", conn="Console", **TEN)
    assert formats.plain(formats.figure(billed(company, "platform", SPAN))) in words(at)


def test_a_contract_price_can_be_added_and_taken_back(filled: Dashboard) -> None:
    at = filled.open("reconciliation", **TEN)
    box = {i.label: i for i in at.text_input}
    box["Discount in percent"].input("7.5")
    next(i for i in at.date_input if i.label == "From").set_value(SPAN.start)
    at = next(b for b in at.button if b.label == "Add").click().run()
    assert not at.exception
    assert [p.discount for p in all_prices(filled.engine)] == [75_000]
    assert "7\\.5 % off the list price" in words(at)
    assert "Anthropic discounts" in words(at)
    at = next(b for b in at.button if b.label == "Delete").click().run()
    assert all_prices(filled.engine) == ()


def test_a_contract_price_that_says_nothing_is_refused_in_words(filled: Dashboard) -> None:
    at = filled.open("reconciliation", **TEN)
    at = next(b for b in at.button if b.label == "Add").click().run()
    assert "This contract price cannot be kept" in at.error[0].value
    assert all_prices(filled.engine) == ()


def test_an_invoice_that_ties_is_said_to_tie(filled: Dashboard, company: demo.Organisation) -> None:
    metered = billed(company, "platform", WHOLE)
    at = filled.open("reconciliation", see="Invoices")
    assert "No invoices yet" in at.info[0].value
    fields = {i.label: i for i in at.text_input}
    cents = 10**8
    total = (metered + 25 * 10**10 + cents // 2) // cents * cents
    fields["Invoice total (USD)"].input(formats.exact(total))
    fields["Tax (USD)"].input("25")
    at = next(b for b in at.button if b.label == "Save").click().run()
    assert not at.exception
    assert [i.total for i in all_invoices(filled.engine)] == [total]
    assert ":green[:material/check_circle: Ties]" in words(at)


def test_an_invoice_that_is_off_says_by_how_much_and_why(
    filled: Dashboard, company: demo.Organisation
) -> None:
    metered = billed(company, "platform", WHOLE)
    wrong = InvoiceRow("platform", WHOLE, metered - 40 * 10**10, tax=40 * 10**10, number="INV-9")
    save_invoice(filled.engine, wrong)
    at = filled.open("reconciliation", see="Invoices")
    said = words(at)
    assert "Off by \\-\\$80\\.00" in said
    assert "The difference is twice the tax" in said
    at = next(b for b in at.button if b.label == "Delete").click().run()
    assert all_invoices(filled.engine) == ()


def test_an_unreadable_amount_is_a_finding_and_nothing_is_kept(filled: Dashboard) -> None:
    at = filled.open("reconciliation", see="Invoices")
    {i.label: i for i in at.text_input}["Invoice total (USD)"].input("1.204,50")
    at = next(b for b in at.button if b.label == "Save").click().run()
    assert "is no amount" in at.error[0].value
    assert all_invoices(filled.engine) == ()


def test_a_month_can_be_closed_and_opened_again(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("reconciliation", see="Restatements")
    assert "Nothing has changed" in words(at)
    assert "No month is closed yet" in at.info[0].value
    at = next(b for b in at.button if b.label == "Close").click().run()
    assert not at.exception
    assert {c.month for c in all_closes(filled.engine)} == {MONTH}
    said = words(at)
    assert formats.plain(formats.figure(billed(company, "platform", WHOLE))) in said
    assert f"**{MONTH:%B %Y}** · Console" in said
    at = next(b for b in at.button if b.label == "Reopen").click().run()
    assert len(all_closes(filled.engine)) == 1


def test_the_calendar_counts_what_is_there(filled: Dashboard) -> None:
    at = filled.open("reconciliation", see="Completeness", **TEN)
    assert "No day is missing" in words(at)
    assert "40 of 40 reports are there" in words(at)


@pytest.mark.parametrize("see", ["Computed and billed", "Invoices"])
def test_an_empty_ledger_leads_to_connections(start: Callable[..., Dashboard], see: str) -> None:
    at = start().open("reconciliation", see=see)
    assert "first sync" in at.info[0].value


def test_the_figures_have_receipts_that_give_them(filled: Dashboard) -> None:
    book = snapshot.book(filled.engine, filled.settings)
    for names in ((), ("Console",)):
        basis = "reported" if names else "counted_once"
        found = compare(book, SPAN, names=names, basis=basis)
        asked = reconciliation.behind(found, names)
        assert receipt(book, asked["Billed"]).total == found.totals["billed"]
    for invoice in (InvoiceRow("platform", WHOLE, 0), InvoiceRow("enterprise", WHOLE, 0)):
        query = invoices.behind(book, invoice)
        side: Kind = "platform" if invoice.source == "platform" else "enterprise"
        assert query is not None
        metered = tie_out(book, invoice).steps["metered"]
        assert receipt(book, query, side=side).total == metered > 0
    for connection in book.connections:
        close = close_month(filled.engine, connection.id, MONTH)
        (found_close,) = adjusted(
            book, [close], log(filled.engine), log(filled.engine, reread=True)
        )
        assert receipt(book, changes.behind(found_close)).total == close.total


def test_what_changed_can_be_asked_again_on_the_command_line() -> None:
    since = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
    wanted = "claude-spend restatements --since 2026-11-05T09:30:00.000000Z"
    assert changes.command(since) == wanted
    assert changes.command(None) == "claude-spend restatements"


def test_the_walk_can_be_asked_again_on_the_command_line(filled: Dashboard) -> None:
    said = f"claude-spend reconcile --from {SPAN.start} --to {SPAN.end}"
    assert said in [code.value for code in filled.open("reconciliation", **TEN).code]
    assert reconciliation.command(SPAN, ("My seats",)) == f"{said} --connection 'My seats'"
