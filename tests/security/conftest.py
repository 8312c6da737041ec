"""A tiny simulated company that knows the canary keys, and folders in which all is looked for."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from databases import Ledgers

# The desks of these folders serve here too: somebody at a terminal, a dashboard without a browser.
sys.path += [str(Path(__file__).parents[1] / name) for name in ("cli", "ui", "browser")]

from canaries import ADMIN, ANALYTICS, GATEWAY, Traces
from cli_desk import Desk, connect_both
from hostile import add_all, spoil
from opened import on
from ui_desk import Dashboard

from core import demo
from core.anthropic import transport
from core.calendar import now
from core.connections import asking
from core.demo.credentials import CREDENTIALS
from core.ledger.engine import connect
from core.settings import Settings

QUICK = {"CLAUDE_SPEND_REQUESTS_PER_MINUTE": "6000"}

DAYS = 8
"""Days of history that the company has."""


@pytest.fixture(scope="session")
def company() -> demo.Organisation:
    whole = demo.organisation(today=now().date())
    first = whole.today - timedelta(days=DAYS)
    return replace(whole, facts=whole.facts.filter(pl.col("day") >= first))


def no_activity() -> list[demo.Fault]:
    """Refuse activity counts, which take a request a day."""
    paths = ("/v1/organizations/usage_report/claude_code", "/v1/organizations/analytics/users")
    return [demo.Fault(path, times=10**9, status=400) for path in paths]


@pytest.fixture(scope="session")
def server(company: demo.Organisation) -> Iterator[demo.Server]:
    """The simulated API, which takes the canaries for its own keys."""
    known = {
        ADMIN: CREDENTIALS[demo.PLATFORM_KEY],
        GATEWAY: CREDENTIALS[demo.PLATFORM_KEY],
        ANALYTICS: CREDENTIALS[demo.ANALYTICS_KEY],
    }
    CREDENTIALS.update(known)
    with demo.serve(company, demo.Behaviour(faults=no_activity())) as running:
        yield running
    for key in known:
        del CREDENTIALS[key]


@pytest.fixture
def api(server: demo.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[demo.Server]:
    """The same, without its faults afterwards; nobody waits for it to get better."""
    monkeypatch.setattr(transport, "pause", lambda _: 0.0)
    monkeypatch.setattr(asking, "PAUSE", 0.0)
    yield server
    server.behaviour.faults[:] = no_activity()


@pytest.fixture
def traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Traces:
    """All that this test's process writes: files, temporary files among them, and logs."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    caplog.set_level("INFO")  # of libraries too; below it they write down what came over the wire
    return Traces(tmp_path, caplog)


@pytest.fixture
def desk(tmp_path: Path, api: demo.Server) -> Desk:
    """Somebody at a terminal with an empty ledger, whose commands log all they can."""
    return Desk(
        tmp_path, {"CLAUDE_SPEND_API_URL": api.base_url, "CLAUDE_SPEND_LOG": "DEBUG", **QUICK}
    )


@pytest.fixture(scope="session")
def filled(
    tmp_path_factory: pytest.TempPathFactory, server: demo.Server, company: demo.Organisation
) -> Desk:
    """A desk on a ledger with both connections, synced once. Copy it, never change it."""
    made = Desk(tmp_path_factory.mktemp("filled"), {"CLAUDE_SPEND_API_URL": server.base_url})
    for said in connect_both(made, company):
        assert said.status == 0, said
    assert made.json("sync").status == 0
    return made


@pytest.fixture(scope="session")
def spoilt_desk(
    tmp_path_factory: pytest.TempPathFactory, server: demo.Server, company: demo.Organisation
) -> Desk:
    """A desk on a ledger in which every name means harm. Copy it, never change it."""
    made = Desk(tmp_path_factory.mktemp("spoilt"), {"CLAUDE_SPEND_API_URL": server.base_url})
    usual, server.behaviour.faults[:] = list(server.behaviour.faults), [
        *no_activity(), demo.Fault(times=10**9, kind="edit", edit=spoil)
    ]  # fmt: skip
    for said in connect_both(made, company):
        assert said.status == 0, said
    assert made.json("sync").status == 0
    server.behaviour.faults[:] = usual
    settings = Settings(database_url=made.url)
    engine = connect(settings)
    add_all(engine, settings)
    engine.dispose()
    return made


@pytest.fixture
def hostile(spoilt_desk: Desk, tmp_path: Path) -> Desk:
    """A desk on a copy of that ledger, to be changed."""
    return spoilt_desk.copy(tmp_path / "hostile")


@pytest.fixture
def copied(filled: Desk, tmp_path: Path) -> Desk:
    """A desk on a copy of the filled ledger, to be changed."""
    return filled.copy(tmp_path / "copy")


@pytest.fixture
def dashboard(copied: Desk, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    """A dashboard on such a copy."""
    return on(copied, monkeypatch)


@pytest.fixture
def ledgers() -> Ledgers:
    """SQLite files, whatever the other tests use: their bytes are what is looked at here."""
    return Ledgers(None)
