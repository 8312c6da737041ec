"""Budgets on the page Forecast & budgets: shown, added, removed, uploaded; limits beside them."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

import pytest
from ui_desk import Dashboard, words

from core.analysis.budgets.outcome import Told
from core.analysis.budgets.pace import Ahead
from core.analysis.budgets.tree import Node
from core.analysis.forecast import weeks
from core.analysis.forecast.outlook import Estimate
from core.analysis.receipt_text import read
from core.analysis.replay import replay
from core.calendar import Span, month_start, next_month, now
from core.ledger.budgets import BudgetRow, all_budgets, save_budgets
from core.ledger.limits import all_limits
from core.ledger.snapshot import book
from core.ui import formats
from core.ui.budgets import crossing
from core.watch import budgets

MONTH = month_start(now().date())
SPAN = Span(MONTH, next_month(MONTH))


@pytest.fixture(autouse=True)
def quick(filled: Dashboard, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What follows a change beside the pages fits nothing heavy, and has ended with the test."""
    monkeypatch.setattr(weeks, "_modelled", lambda runs: {k: r[-7:] for k, r in runs.items()})
    yield
    settle(filled)


def settle(filled: Dashboard) -> None:
    assert filled.settle(f"budgets of {filled.settings.url}").error is None


def test_an_empty_page_offers_to_add_one_and_keeps_it(filled: Dashboard) -> None:
    at = filled.open("forecast")
    assert "No budget holds this month" in words(at)
    at.text_input(key="budget-name-").input("Everything")
    at.text_input(key="budget-amount-").input("1,000,000.00")
    next(b for b in at.button if b.label == "Keep").click().run()
    assert not at.exception
    assert all_budgets(filled.engine) == (BudgetRow("Everything", MONTH, 10**16),)
    assert "**Everything**" in words(at)
    assert f"No budget covers {formats.plain('$0.00')}" in words(at)
    settle(filled)
    later = words(filled.open("forecast"))
    assert "the next sync does it" not in later
    assert "not expected to be crossed this month" in later


def test_a_form_that_is_off_keeps_nothing_and_says_why(filled: Dashboard) -> None:
    at = filled.open("forecast")
    at.text_input(key="budget-name-").input("X")
    at.text_input(key="budget-amount-").input("many")
    next(b for b in at.button if b.label == "Keep").click().run()
    assert "is no amount" in words(at)
    assert all_budgets(filled.engine) == ()


@pytest.mark.parametrize(
    ("name", "kept"), [("Café".encode("latin-1"), []), ("Café".encode(), ["Café"])]
)
def test_an_upload_that_is_not_utf8_keeps_no_spoilt_name(
    filled: Dashboard, name: bytes, kept: list[str]
) -> None:
    at = filled.open("forecast")
    data = b"name,amount,from\n" + name + b",5,2026-01\n"
    at.file_uploader[0].set_value(("budgets.csv", data, "text/csv")).run()
    at.button(key="budgets-keep").click().run()
    assert (formats.plain("The file is not UTF-8 text") in words(at)) is (not kept)
    assert [row.name for row in all_budgets(filled.engine)] == kept


def test_who_is_over_and_what_is_handed_down_is_said(
    filled: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [BudgetRow("All", MONTH, 0), BudgetRow("Part", MONTH, 10**10, "All",
                                                 (("source", "platform"),))]  # fmt: skip
    save_budgets(filled.engine, rows)
    before = words(filled.open("forecast"))
    assert "the next sync does it" in before
    assert f"**All** hands down {formats.plain('$1.00')} more than it has" in before
    budgets.step(filled.engine, filled.settings, now)
    monkeypatch.setattr(weeks, "weeks_after", None)  # a page reads, it fits nothing
    after = words(filled.open("forecast"))
    assert "the next sync does it" not in after


def test_what_a_budget_has_spent_has_a_receipt(filled: Dashboard) -> None:
    rows = [BudgetRow("All", MONTH), BudgetRow("Part", MONTH, 10**10, "All",
                                              (("source", "platform"),))]  # fmt: skip
    save_budgets(filled.engine, rows)
    at = filled.open("forecast")
    at.session_state["receipt-budgets"] = True
    at.run()
    assert not at.exception, at.exception
    # All only holds its children together: their receipts are its own.
    text = next(str(code.value) for code in at.code if "Receipt: " in str(code.value))
    asked = read(text).query
    assert (asked.where, asked.span) == ((("source", "platform"),), SPAN)
    made = book(filled.engine, filled.settings)
    assert replay(made, text).same
    told = budgets.read(filled.engine, made, now()).told
    assert {t.node.budget.name: t.spent for t in told}["Part"] == read(text).total


def test_limits_that_the_sync_read_are_shown(filled: Dashboard) -> None:
    limits = all_limits(filled.engine)
    assert limits
    assert {row.currency for row in limits} == {"USD"}
    assert any(row.amount is None for row in limits)
    assert f"{len(limits)} were read" in words(filled.open("forecast"))


def test_a_crossing_is_said_in_words() -> None:
    told = Told(Node(BudgetRow("x", MONTH, 5), 0, 5, 0, ()), 1)
    whole = Estimate(SPAN, 1, 9)
    day = MONTH + timedelta(days=20)
    said = crossing(told, Ahead(whole, Fraction(3, 4), day, day - timedelta(days=2), None))
    assert "expected to be crossed on" in said
    assert "and after the month (80 %) (chance of crossing 75%)" in said
    never = crossing(told, Ahead(whole, Fraction(0)))
    assert never.startswith("not expected")
    assert never.endswith("(chance of crossing under 1%)")
    assert "crossing over 99%" in crossing(told, Ahead(whole, Fraction(1), day))
    assert crossing(told, None) == ""
