"""The step that works out what is ahead of budgets: once for the same facts, kept for pages."""

from datetime import UTC, date, datetime

import pytest

from core.ledger.budgets import BudgetRow, delete_budget, outcomes, save_budgets
from core.ledger.engine import connect
from core.ledger.snapshot import book
from core.settings import Settings
from core.watch import budgets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONTH = NOON.date().replace(day=1)


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url("kept/ledger.sqlite3"))


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


def test_what_is_ahead_is_kept_until_a_budget_changes(engine, settings):
    over = BudgetRow("Old", date(2026, 1, 1), 5, last=date(2026, 1, 1))
    save_budgets(engine, [BudgetRow("All", MONTH, 5), over])
    assert budgets.step(engine, settings, lambda: NOON) == []
    stamp, bodies = outcomes(engine)
    assert list(bodies) == ["All"]
    told = budgets.outlooks(engine, book(engine, settings), NOON)
    assert told.current
    assert (told.ahead["All"].estimate.actual, told.ahead["All"].day) == (0, None)
    assert budgets.step(engine, settings, lambda: NOON) == []
    assert outcomes(engine)[0] == stamp
    save_budgets(engine, [BudgetRow("All", MONTH, 6)])
    assert not budgets.outlooks(engine, book(engine, settings), NOON).current
    budgets.step(engine, settings, lambda: NOON)
    assert outcomes(engine)[0] != stamp


def test_without_budgets_nothing_is_kept(engine, settings):
    save_budgets(engine, [BudgetRow("All", MONTH, 5)])
    budgets.step(engine, settings, lambda: NOON)
    delete_budget(engine, "All")
    assert budgets.step(engine, settings, lambda: NOON) == []
    assert outcomes(engine) == ("", {})
    assert budgets.read(engine, book(engine, settings), NOON).told == ()
