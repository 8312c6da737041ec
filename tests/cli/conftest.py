"""A small simulated company behind real HTTP, and desks with ledgers that speak to it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from cli_desk import Desk, Said, connect_both
from databases import Ledgers

from core import demo
from core.calendar import now

DAYS = 20
"""Days of history that the company has: enough for every shape, few enough to be quick."""


@pytest.fixture(scope="session")
def company() -> demo.Organisation:
    whole = demo.organisation(today=now().date())
    first = whole.today - timedelta(days=DAYS)
    return replace(whole, facts=whole.facts.filter(pl.col("day") >= first))


def no_activity() -> list[demo.Fault]:
    """Refuse activity counts, which take a request a day and have tests of their own."""
    paths = ("/v1/organizations/usage_report/claude_code", "/v1/organizations/analytics/users")
    return [demo.Fault(path, times=10**9, status=400) for path in paths]


@pytest.fixture(scope="session")
def server(company: demo.Organisation) -> Iterator[demo.Server]:
    with demo.serve(company, demo.Behaviour(faults=no_activity())) as running:
        yield running


@pytest.fixture
def behaviour(server: demo.Server) -> Iterator[demo.Behaviour]:
    """The simulated API's knobs, turned back after the test."""
    names = ("analytics_enabled", "overlap", "restate_seen_by")
    usual = {name: getattr(server.behaviour, name) for name in names}
    yield server.behaviour
    server.behaviour.faults[:] = no_activity()
    server.behaviour.restate.clear()
    for name, value in usual.items():
        setattr(server.behaviour, name, value)


@pytest.fixture
def desk(
    tmp_path: Path, server: demo.Server, ledgers: Ledgers, ledger_url: Callable[..., str]
) -> Desk:
    """A desk on an empty ledger."""
    return Desk(tmp_path, {"CLAUDE_SPEND_API_URL": server.base_url}, ledgers=ledgers)


@pytest.fixture(scope="session")
def filled(
    tmp_path_factory: pytest.TempPathFactory,
    server: demo.Server,
    company: demo.Organisation,
    ledgers: Ledgers,
) -> Desk:
    """A desk on a ledger with both connections, synced once. Read it, never change it."""
    folder = tmp_path_factory.mktemp("filled")
    made = Desk(folder, {"CLAUDE_SPEND_API_URL": server.base_url}, ledgers=ledgers)
    for said in connect_both(made, company):
        assert said.status == 0, said
    made.first = made.json("sync")
    assert made.first.status == 0, made.first
    return made


@pytest.fixture
def copied(filled: Desk, tmp_path: Path, ledger_url: Callable[..., str]) -> Desk:
    """A desk on a copy of the filled ledger, to be changed."""
    return filled.copy(tmp_path / "copy")


@pytest.fixture
def synced(copied: Desk) -> Callable[[], Said]:
    """Sync the copy again."""
    return lambda: copied.json("sync")
