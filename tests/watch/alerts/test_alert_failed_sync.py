"""A sync that fails as a whole still tells: of itself, and of figures that grow old meanwhile."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sinks import web_sink

from core.connections import store
from core.connections.vault import Vault
from core.errors import DatabaseUnusable, SyncInProgress
from core.ledger.engine import connect, reading
from core.ledger.tables import WatchStep
from core.settings import Settings
from core.sync.schedule import sync_quietly
from core.watch import after
from core.watch.alerts import targets
from core.watch.alerts.places import hook

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


@pytest.fixture
def sink(engine, settings):
    """Where alerts of a connection that was never read go."""
    with web_sink() as served:
        url = SecretStr(served.url)
        targets.add(engine, Vault(settings), "team", hook("slack", url), clock=lambda: NOON)
        key = SecretStr("sk-ant-admin01-" + "larkspur" * 11)
        long_ago = datetime.now(UTC) - timedelta(days=2)
        store.add(engine, Vault(settings), "Console", "platform", key, clock=lambda: long_ago)
        yield served


def failing(monkeypatch, error):
    def sync(*_, **__):
        raise error

    monkeypatch.setattr(after, "sync", sync)


@pytest.mark.parametrize("error", [SyncInProgress("Busy."), ZeroDivisionError("no days")])
def test_what_stands_is_told_though_the_sync_raises(engine, settings, sink, monkeypatch, error):
    failing(monkeypatch, error)
    with pytest.raises(type(error)):
        after.sync_and_watch(engine, settings)
    (got,) = sink.got
    assert json.loads(got.body)["text"] == "Console has never been synced."
    with reading(engine) as session:
        assert session.get(WatchStep, "alerts").findings == []
        assert session.get(WatchStep, "forecast") is None


def test_the_schedule_tells_too_and_only_once(engine, settings, sink, monkeypatch):
    failing(monkeypatch, SyncInProgress("Busy."))
    for _ in range(2):
        sync_quietly(engine, settings, after.sync_and_watch)
    assert len(sink.got) == 1


def test_the_syncs_own_failure_is_raised_whatever_the_alerts_do(engine, settings, monkeypatch):
    failing(monkeypatch, SyncInProgress("Busy."))

    def broken(*_):
        raise DatabaseUnusable("Gone.")

    monkeypatch.setattr(after, "_keep", broken)
    with pytest.raises(SyncInProgress):
        after.sync_and_watch(engine, settings)


def test_the_alerts_are_the_last_step():
    assert after.STEPS[-1][0] == "alerts"
