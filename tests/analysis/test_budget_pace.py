"""Pace, expectation and crossing of a budget, worked out by hand."""

from datetime import date, timedelta
from fractions import Fraction

import factory as f
import pytest

from core.analysis.budgets import outcome
from core.analysis.budgets.pace import Pace, ahead, crossed_on, pace
from core.analysis.forecast import weeks
from core.analysis.forecast.fit import fit_all, unfit
from core.analysis.forecast.known import Known
from core.analysis.forecast.series import Part, learned
from core.calendar import Span
from core.ledger.budgets import BudgetRow
from core.ledger.cuts import cuts_of

USD = 10**10
NOV = Span(date(2026, 11, 1), date(2026, 12, 1))
TENTH = date(2026, 11, 11)
FIRST = TENTH - timedelta(days=140)


@pytest.fixture(autouse=True)
def _repeats(monkeypatch):
    """The model repeats the last week."""
    monkeypatch.setattr(weeks, "_modelled", lambda runs: {k: r[-7:] for k, r in runs.items()})


def steady(amount=10 * USD):
    """A part that cost the same on each day known, the tenth of November being the last."""
    known = Known(FIRST, TENTH, frozenset(), ("console",))
    cost = dict.fromkeys(Span(FIRST, TENTH), amount)
    part = Part(None, "", "x", cost, cost)
    return part, fit_all(learned([part], known), TENTH, until=NOV.end)[part.key], known


def test_an_even_pace_allows_the_share_of_complete_days():
    part, _, known = steady()
    assert pace(part.cost, known, NOV, 240 * USD) == Pace(10, 30, 100 * USD, 80 * USD)
    assert pace(part.cost, known, NOV, 240 * USD).ahead == 20 * USD
    assert pace(part.cost, known, NOV, 600 * USD).ahead == -100 * USD


def test_the_day_that_passes_the_amount_is_the_one_whose_cost_is_too_much():
    part, fit, known = steady()
    told = ahead(part, fit, known, NOV, 240 * USD)
    assert (told.estimate.actual, told.estimate.expected) == (100 * USD, 300 * USD)
    # After the 24th it is exactly used up; the 25th passes it. A steady past leaves no doubt.
    assert told.day == told.early == told.late == date(2026, 11, 25)
    assert (told.chance, told.crossed) == (Fraction(1), False)
    assert ahead(part, fit, known, NOV, 300 * USD).chance == 0
    assert ahead(part, fit, known, NOV, 300 * USD).day is None


def test_a_budget_that_is_passed_says_when():
    part, fit, known = steady()
    told = ahead(part, fit, known, NOV, 95 * USD)
    assert (told.crossed, told.day, told.chance) == (True, date(2026, 11, 10), 1)
    assert crossed_on({date(2026, 11, 1): 5, date(2026, 11, 2): -3}, NOV, 4) is None


def test_a_day_that_has_begun_counts_for_what_it_cost():
    part, fit, known = steady()
    cost = part.cost | {TENTH: 35 * USD}
    told = ahead(Part(None, "", "x", cost, cost), fit, known, NOV, 324 * USD)
    assert told.estimate.expected == 325 * USD
    assert (told.day, told.chance) == (date(2026, 11, 30), 1)
    assert ahead(Part(None, "", "x", cost, cost), fit, known, NOV, 325 * USD).chance == 0


def test_without_a_method_nothing_is_expected():
    part, _, known = steady()
    told = ahead(part, unfit(TENTH, NOV.end), known, NOV, 240 * USD)
    assert (told.estimate.expected, told.chance, told.day) == (None, None, None)


def test_a_month_tells_spent_overlap_and_what_no_budget_covers():
    rows = []
    facts = [("11-02", "w1", "m1", 70), ("11-03", "w1", "m2", 20), ("11-03", "w2", "m1", 8),
             ("11-03", "w3", "m2", 1)]  # fmt: skip
    for when, space, model, amount in facts:
        for cut in cuts_of("platform", "unified", "cost"):
            rows.append(f.fact(1, cut.name, when, workspace=space, model=model, amount=amount))
    book = f.book(rows, [f.platform()])
    known = Known(f.day("11-02"), f.day("11-04"), frozenset(), ("console",))
    budgets = [
        BudgetRow("Teams", NOV.start),
        BudgetRow("One", NOV.start, 60, "Teams", (("workspace", "w1"),)),
        BudgetRow("M1", NOV.start, 300, "Teams", (("model", "m1"),)),
        BudgetRow("Lost", NOV.start, 5, "", (("workspace", "nowhere"),)),
    ]  # fmt: skip
    month = outcome.month_of(book, budgets, known, NOV.start)
    told = {t.node.budget.name: t for t in month.told}
    assert {n: t.spent for n, t in told.items()} == {"Teams": 168, "One": 90, "M1": 78, "Lost": 0}
    assert (told["One"].left, told["One"].crossed) == (-30, f.day("11-02"))
    assert told["M1"].pace == Pace(2, 30, 78, 20)
    assert "nowhere" in told["Lost"].problem
    assert [(o.one, o.other, o.amount) for o in month.overlaps] == [("One", "M1", 70)]
    assert (month.total, month.uncovered) == (99, 1)
    found = outcome.ahead_of(book, budgets, known, NOV.start, NOV)
    assert set(found) == {"Teams", "One", "M1"}
    assert found["One"].crossed
