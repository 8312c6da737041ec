"""The schedule of a dashboard, of which there may be several on one ledger."""

from datetime import timedelta

import pytest

from core import calendar
from core.errors import SyncInProgress
from core.ledger.engine import connect
from core.ledger.runs import finish_run, start_run
from core.settings import Settings
from core.sync import schedule
from core.sync.report import SyncReport

pytestmark = pytest.mark.both


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url(), sync_every_minutes=60)


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


@pytest.fixture
def done(engine, settings):
    """Give `done()`: how often a dashboard whose turn it is begins a sync."""
    begun = []

    def work(engine, settings, *, trigger):
        begun.append(trigger)
        return SyncReport(())

    def turn() -> int:
        schedule.sync_quietly(engine, settings, work)
        return len(begun)

    return turn


def ran(engine, minutes: int, *, trigger: str = "schedule", outcome: str = "complete") -> None:
    began = calendar.now() - timedelta(minutes=minutes)
    finish_run(engine, start_run(engine, [1], trigger, now=began), outcome, now=began)


def test_an_empty_log_leaves_the_first_sync_to_whoever_comes(done):
    assert done() == 1


def test_what_another_dashboard_has_just_done_is_not_done_again(engine, done):
    ran(engine, 20)
    assert done() == 0


@pytest.mark.parametrize(
    "run",
    [{"minutes": 45}, {"minutes": 5, "trigger": "cli"}, {"minutes": 5, "outcome": "partial"},
     {"minutes": 5, "outcome": "failed"}],
    ids=["long ago", "by hand", "partly", "failed"],
)  # fmt: skip
def test_any_other_run_keeps_nobody_from_syncing(engine, done, run):
    ran(engine, **run)
    assert done() == 1


def test_a_sync_that_runs_elsewhere_is_left_alone(engine, settings):
    def work(engine, settings, *, trigger):
        raise SyncInProgress("Another sync of this ledger is running.", "a", "b")

    schedule.sync_quietly(engine, settings, work)


def test_without_an_interval_there_is_no_schedule(engine, settings):
    assert schedule.start(engine, settings.model_copy(update={"sync_every_minutes": 0})) is None
