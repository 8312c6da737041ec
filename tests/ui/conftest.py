"""The dashboard without a browser: a ledger synced once from a small company, copied for each."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr
from ui_desk import ENTERPRISE, PLATFORM, Dashboard, Start, settings_of

from core import demo, simulated
from core.calendar import now
from core.connections import store
from core.connections.vault import open_vault
from core.ledger.engine import connect
from core.sync.run import sync

DAYS = 61
"""Days of history that the company has: all of this month and of the last, and no more."""


@pytest.fixture(scope="session")
def company() -> demo.Organisation:
    whole = demo.organisation(today=now().date())
    first = whole.today - timedelta(days=DAYS)
    return replace(whole, facts=whole.facts.filter(pl.col("day") >= first))


@pytest.fixture(scope="session")
def api(company: demo.Organisation) -> Iterator[demo.Server]:
    with demo.serve(company) as server:
        yield server


@pytest.fixture(scope="session")
def filled_folder(
    tmp_path_factory: pytest.TempPathFactory, api: demo.Server, company: demo.Organisation
) -> Path:
    """A folder with a ledger of both connections, synced once. Copy it, never change it."""
    folder = tmp_path_factory.mktemp("filled")
    settings = settings_of(folder, api.base_url)
    engine = connect(settings)
    vault = open_vault(settings, engine)
    for name, kind, key, identity in (
        (PLATFORM, "platform", demo.PLATFORM_KEY, company.platform_id),
        (ENTERPRISE, "enterprise", demo.ANALYTICS_KEY, company.enterprise_id),
    ):
        store.add(engine, vault, name, kind, SecretStr(key), organization_id=identity)
        store.set_history_floor(engine, name, company.today - timedelta(days=DAYS))
    assert sync(engine, settings).outcome == "complete"
    engine.dispose()
    return folder


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: demo.Server
) -> Callable[..., Dashboard]:
    """Give `start(**environment)`: a dashboard on an empty ledger that asks the simulated API."""

    def begin(**variables: str) -> Dashboard:
        defaults = {
            "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.sqlite3",
            "API_URL": api.base_url,
            "DEMO": "0",
            "LOG": "WARNING",
            "SYNC_EVERY_MINUTES": "0",
        }
        mine = settings_of(tmp_path, api.base_url)
        for name, value in {**defaults, **variables}.items():
            monkeypatch.setenv(f"CLAUDE_SPEND_{name}", value)
        return Dashboard(mine)

    return begin


@pytest.fixture
def filled(start: Start, filled_folder: Path, tmp_path: Path) -> Dashboard:
    """A dashboard on a ledger with both connections and their figures."""
    shutil.copytree(filled_folder, tmp_path, dirs_exist_ok=True)
    return start()


@pytest.fixture
def demonstration(start: Start, filled_folder: Path, tmp_path: Path) -> Dashboard:
    """A dashboard that shows the simulated organisation, which has been filled already."""
    dashboard = start(DEMO="1")
    there = Path(simulated.settings_of(dashboard.settings).url.removeprefix("sqlite:///"))
    there.parent.mkdir()
    for path in filled_folder.glob("ledger.*"):
        shutil.copy(path, there.parent / path.name.replace("ledger", there.stem))
    return dashboard
