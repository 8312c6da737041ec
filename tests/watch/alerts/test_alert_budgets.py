"""Budgets that are passed, and budgets that the forecast passes: once a month, without flicker."""

from datetime import UTC, date, datetime
from fractions import Fraction

import factory as f
import pytest

from core.analysis.budgets.outcome import Month, Told
from core.analysis.budgets.pace import Ahead
from core.analysis.budgets.tree import Node
from core.analysis.forecast.outlook import Estimate
from core.ledger.budgets import BudgetRow, save_budgets
from core.ledger.engine import connect
from core.settings import Settings
from core.watch import budgets
from core.watch.alerts import spending
from core.watch.alerts.scene import Scene
from core.watch.alerts.standing import observe
from core.watch.budgets import Outlooks

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOV = date(2026, 11, 1)
USD = 10**10
BILL = "platform/reports/cost/bill"


@pytest.fixture
def scene(tmp_path, monkeypatch):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    engine = connect(settings)
    made = Scene(engine, settings, NOON)
    # 10 dollars a day from the 1st to the 18th, by two workspaces.
    rows = [f.fact(1, BILL, f"11-{n:02}", workspace=w, amount=a * USD, model="opus")
            for n in range(1, 19) for w, a in (("w1", 7), ("w2", 3))]  # fmt: skip
    states = [f.state(1, BILL, f"11-{n:02}") for n in range(1, 19)]
    monkeypatch.setitem(made.__dict__, "book", f.book(rows, [f.platform()], states))
    yield made
    engine.dispose()


def titled(alerts):
    return [(alert.key, alert.title, alert.amount) for alert in alerts]


def test_a_budget_that_is_passed_is_told_with_the_day(scene):
    save_budgets(scene.engine, [
        BudgetRow("All", NOV, 179 * USD), BudgetRow("Enough", NOV, 180 * USD),
        BudgetRow("Research", NOV, 100 * USD, where=(("workspace", "w1"),)),
        BudgetRow("Later", date(2026, 12, 1), 1 * USD), BudgetRow("Open", NOV),
    ])  # fmt: skip
    one, other = spending.budget(scene)
    assert titled([one, other]) == [
        ("budget/All/2026-11", "The budget All is used up.", 1 * USD),
        ("budget/Research/2026-11", "The budget Research is used up.", 26 * USD),
    ]
    assert one.text == (
        "$180.00 of $179.00 were spent in November 2026, passed on 2026-11-18."
    )  # 7 a day pass 100 on the 15th
    assert other.text.endswith("$126.00 of $100.00 were spent in November 2026, passed on "
                               "2026-11-15.")  # fmt: skip


def month(amount=300 * USD):
    node = Node(BudgetRow("All", NOV, amount), 0, amount, 0, ())
    return Month(NOV, (Told(node, 180 * USD),), (), 180 * USD, 0)


def ahead(day=None, early=None, late=None, expected=320 * USD, **more):
    whole = Estimate(f.span("11-01", "12-01"), 180 * USD, expected)
    return Ahead(whole, Fraction(1, 2), day, early, late, **more)


def seen(monkeypatch, scene, one, *, current=True, amount=300 * USD):
    monkeypatch.setattr(budgets, "read", lambda *_: month(amount))
    monkeypatch.setattr(budgets, "outlooks", lambda *_: Outlooks({"All": one} if one else {},
                                                                 current))  # fmt: skip
    found = list(spending.budget_forecast(scene))
    observe(scene.engine, found, ["budget_forecast"], NOON)
    return found


DAY, EARLY, LATE = date(2026, 11, 28), date(2026, 11, 26), date(2026, 11, 30)
KEY = "budget_forecast/All/2026-11"


def test_a_budget_that_the_forecast_passes_is_told_with_when_and_how_sure(scene, monkeypatch):
    (alert,) = seen(monkeypatch, scene, ahead(DAY, EARLY, LATE))
    title = "The budget All will probably be passed this month."
    assert titled([alert]) == [(KEY, title, 20 * USD)]
    assert alert.text == (
        "By the forecast on 2026-11-28 (80 %: 2026-11-26 to 2026-11-30). $300.00 may be spent in "
        "November 2026. $320.00 are expected."
    )
    (alert,) = seen(monkeypatch, scene, ahead(DAY, EARLY))
    assert "(80 %: 2026-11-26 to after this month)" in alert.text


def test_a_forecast_that_moves_a_little_heals_only_when_its_band_does(scene, monkeypatch):
    near = ahead(None, EARLY, expected=299 * USD)
    assert seen(monkeypatch, scene, near) == []
    assert len(seen(monkeypatch, scene, ahead(DAY, EARLY))) == 1
    (alert,) = seen(monkeypatch, scene, near)
    assert (alert.key, alert.amount) == (KEY, None)
    assert seen(monkeypatch, scene, ahead(expected=250 * USD)) == []
    assert seen(monkeypatch, scene, near) == []


def test_what_is_passed_already_or_has_no_amount_is_not_forecast(scene, monkeypatch):
    assert seen(monkeypatch, scene, ahead(DAY, DAY, DAY, crossed=True)) == []
    assert seen(monkeypatch, scene, ahead(DAY), amount=None) == []
    assert seen(monkeypatch, scene, None) == []


def test_what_was_not_worked_out_anew_stands_as_it_was(scene, monkeypatch):
    assert seen(monkeypatch, scene, ahead(DAY, EARLY), current=False) == []
    (before,) = seen(monkeypatch, scene, ahead(DAY, EARLY))
    assert seen(monkeypatch, scene, None, current=False) == [before]
    december = Scene(scene.engine, scene.settings, datetime(2026, 12, 1, tzinfo=UTC))
    monkeypatch.setitem(december.__dict__, "book", scene.book)
    assert seen(monkeypatch, december, None, current=False) == []
