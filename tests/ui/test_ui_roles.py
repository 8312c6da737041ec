"""What each role is offered on the pages, and what admins see of people and of what was done."""

from datetime import date

import pytest
from test_ui_entrance import LISTS, keys, open_as, said
from ui_desk import words

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.analysis.explore import Query, ask
from core.calendar import Span
from core.errors import NotAllowed
from core.ledger import audit, pseudonyms
from core.ledger.invoices import InvoiceRow, save_invoice
from core.ui import context, exports

CHANGES = {
    "connections": {
        Role.ANALYST: {"sync-1", "full-1", "check-1"},
        Role.ADMIN: {"rotate-1", "disconnect-1", "connect-go-platform", "connect-go-enterprise"},
    },
    "alerts": {Role.ADMIN: {"add-slack", "add-email"}},
    "forecast": {Role.ADMIN: {"Keep", "Remove"}},
    "overlap": {},
}


@pytest.mark.parametrize("page", CHANGES)
@pytest.mark.parametrize("who", ["vera", "anna", "ada"])
def test_what_changes_something_is_offered_to_whom_it_is_allowed(filled, start, page, who):
    start(**LISTS)
    at = open_as(page, f"{who}@example.com")
    role = {"vera": Role.VIEWER, "anna": Role.ANALYST, "ada": Role.ADMIN}[who]
    for needed, buttons in CHANGES[page].items():
        there = {key for key in buttons if any(key in k for k in keys(at))}
        assert there == (buttons if role >= needed else set())


def test_a_viewer_is_offered_no_form_of_the_reconciliation(filled, start):
    start(**LISTS)
    period = Span(date(2026, 9, 1), date(2026, 10, 1))
    save_invoice(filled.engine, InvoiceRow("platform", period, 10**12))
    viewer, analyst = (
        open_as("reconciliation", f"{who}@example.com", query={"see": "Invoices"})
        for who in ("vera", "anna")
    )
    offered = [{key for key in keys(at) if "invoice" in key or "upload" in key}
               for at in (viewer, analyst)]  # fmt: skip
    assert offered[0] == set()
    assert len(offered[1]) >= 3


def test_an_export_is_written_down_and_refused_to_viewers(filled):
    person = Person("anna@example.com", Role.ANALYST, "sign-in")
    with acting.acting_as(person):
        place = context.place()
        book = context.book(place)
        days = Span(book.facts["day"].min(), book.facts["day"].max())
        query = Query(("model",), "cost", days)
        made = exports.csv(place, ask(book, query), query)
    with acting.acting_as(None):  # as in the thread that makes the file
        assert made().startswith("model,")
    entry = audit.entries(filled.engine)[0]
    assert (entry.who, entry.action, entry.details["divided_by"]) == (
        person.name,
        "exported",
        ["model"],
    )
    with acting.acting_as(Person("vera@example.com", Role.VIEWER, "sign-in")):
        place = context.place()
        made = exports.csv(place, ask(context.book(place), query), query)
    with pytest.raises(NotAllowed, match="Exporting needs the role analyst"):
        made()


def test_a_sync_that_somebody_starts_is_written_down(filled, start):
    start(**LISTS)
    at = open_as("connections", "anna@example.com")
    at.button(key="sync-1").click().run()
    assert not at.exception
    filled.settle()
    entry = audit.entries(filled.engine)[0]
    assert (entry.who, entry.action, entry.details) == (
        "anna@example.com",
        "synced",
        {"full": False},
    )


def test_an_admin_sees_the_lists_the_log_and_the_switch(filled, start):
    start(**LISTS)
    at = open_as("people", "ada@example.com")
    assert "You are ada@example.com" in said(at).replace("*", "")
    assert all(f"Who: {who}@example.com" in said(at) for who in ("vera", "anna", "ada"))
    assert "connected" in set(at.dataframe[0].value["action"])
    at.toggle(key="viewers-see-names").set_value(True).run()
    assert pseudonyms.viewers_see_names(filled.engine)
    assert at.dataframe[0].value["action"].iloc[0] == "showed names"
    assert at.dataframe[0].value["who"].iloc[0] == "ada@example.com"


@pytest.mark.parametrize("who", ["vera", "anna"])
def test_others_see_their_role_and_neither_lists_nor_log(filled, start, who):
    start(**LISTS)
    at = open_as("people", f"{who}@example.com")
    assert "The audit log is shown to admins" in words(at)
    assert "**viewer**: look" in words(at)
    assert "Who:" not in words(at)
    assert len(at.dataframe) == 0
    assert len(at.toggle) == 0


def test_on_this_machine_it_says_how_people_are_known(filled):
    at = filled.open("people")
    assert "Nobody signs in" in said(at)
    assert len(at.dataframe) == 1
