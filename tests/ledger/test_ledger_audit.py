"""The audit log: what is done is written with it, what fails is not, and nothing is forgotten."""

from datetime import date, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import exc, text

from core import calendar
from core.access import acting
from core.access.people import Person, operator
from core.access.roles import Role
from core.calendar import Span
from core.connections import store
from core.connections.vault import Vault
from core.errors import SpendError, UnknownName
from core.ledger import audit, budgets, invoices, prices
from core.ledger.budgets import BudgetRow
from core.ledger.engine import writing
from core.ledger.invoices import InvoiceRow
from core.ledger.prices import ContractPrice

ADA = Person("ada@example.com", Role.ADMIN, "sign-in")
KEY = SecretStr("sk-ant-admin01-" + "canary4711" * 9)
OCTOBER = Span(date(2026, 10, 1), date(2026, 11, 1))


def test_every_change_names_who_what_and_when_and_no_secret(engine, settings):
    before = calendar.now() - timedelta(seconds=1)
    with acting.acting_as(ADA):
        store.add(engine, Vault(settings), "Main", "platform", KEY, organization_id="org-1")
        store.rotate(engine, Vault(settings), "main", KEY)
        budgets.save_budgets(engine, [BudgetRow("All", OCTOBER.start, 125 * 10**8)])
        budgets.save_budgets(engine, [BudgetRow("Whole", OCTOBER.start)], renamed="All")
        prices.add_price(engine, ContractPrice(OCTOBER.start, discount=150_000, note="deal"))
        invoices.save_invoice(engine, InvoiceRow("platform", OCTOBER, 10**12, number="A-1"))
    store.disconnect(engine, "Main", delete_data=True)
    said = tuple(reversed(audit.entries(engine)))
    assert [(e.who, e.action, e.object) for e in said] == [
        (ADA.name, "connected", "Main"),
        (ADA.name, "rotated", "Main"),
        (ADA.name, "set budget", "All"),
        (ADA.name, "set budget", "Whole"),
        (ADA.name, "entered price", "contract price 1"),
        (ADA.name, "entered invoice", "invoice 1"),
        (operator().name, "disconnected", "Main"),
        (operator().name, "deleted data", "Main"),
    ]
    assert {(e.role, e.source) for e in said} == {("admin", "sign-in"), ("admin", "command line")}
    assert all(before <= e.at <= calendar.now() for e in said)
    assert said[0].details == {
        "kind": "platform", "organization": "org-1", "key": "sk-ant-admin01-…4711",
    }  # fmt: skip
    assert said[2].details == {"amount": "1.25", "first": "2026-10-01"}
    assert said[3].details == {"was": "All", "first": "2026-10-01"}
    assert said[4].details == {
        "first": "2026-10-01", "note": "deal", "discount_millionths": 150_000,
    }  # fmt: skip
    assert said[5].details["total"] == "100.00"
    assert "canary" not in str([e.as_dict() for e in said])


def test_what_fails_is_not_written(engine):
    with pytest.raises(UnknownName):
        budgets.delete_budget(engine, "nothing of that name")
    child = BudgetRow("Child", OCTOBER.start, parent="nobody")
    with pytest.raises(UnknownName):
        budgets.save_budgets(engine, [BudgetRow("All", OCTOBER.start), child])
    assert audit.entries(engine) == ()


def test_only_so_many_and_only_since(engine):
    for number in range(4):
        audit.record(engine, "exported", f"file {number}")
    assert [e.object for e in audit.entries(engine, 2)] == ["file 3", "file 2"]
    second = audit.entries(engine)[2]
    assert [e.object for e in audit.entries(engine, since=second.at)][-1] == "file 1"
    assert audit.entries(engine, since=calendar.now() + timedelta(hours=1)) == ()


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET who = 'mallory'",
                                    "DELETE FROM audit_entry"])  # fmt: skip
def test_the_database_refuses_to_change_or_forget_an_entry(engine, change):
    audit.record(engine, "exported", "file")
    with pytest.raises((exc.DBAPIError, SpendError)), writing(engine) as session:
        session.execute(text(change))
    assert [(e.who, e.object) for e in audit.entries(engine)] == [(operator().name, "file")]


def test_texts_are_cut_cleaned_and_free_of_keys(engine):
    key = KEY.get_secret_value()
    audit.record(engine, "exported", "x" * 600, note=f"a\0b {key}", parts=["a", 2, True], of=None)
    entry = audit.entries(engine)[0]
    assert len(entry.object) == audit.LONGEST
    assert entry.details["parts"] == ["a", 2, True]
    assert "of" not in entry.details
    assert "\0" not in entry.details["note"]
    assert key not in str(entry)


def test_somebody_else_than_who_acts_can_be_named(engine):
    audit.record(engine, "refused", by="eve@example.com", why="no rule lets them in")
    entry = audit.entries(engine)[0]
    assert (entry.who, entry.role, entry.action) == ("eve@example.com", "", "refused")
    assert entry.as_dict()["details"] == {"why": "no rule lets them in"}
