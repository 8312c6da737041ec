"""The dashboard without a browser: a ledger synced once from a small company, copied for each."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from databases import Ledgers
from small_company import fill, settings_of, small_company
from ui_desk import Dashboard, Start

from core import demo, simulated
from core.calendar import now
from core.ui import context


@pytest.fixture(scope="session")
def company() -> demo.Organisation:
    return small_company()


@pytest.fixture(scope="session")
def api(company: demo.Organisation) -> Iterator[demo.Server]:
    with demo.serve(company) as server:
        yield server


@pytest.fixture(scope="session")
def filled_folder(
    tmp_path_factory: pytest.TempPathFactory,
    api: demo.Server,
    company: demo.Organisation,
    ledgers: Ledgers,
) -> Path:
    """A folder with a ledger of both connections, synced once. Copy it, never change it."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ledgers.environment.items():
            patch.setenv(name, value)
        fill(folder, api.base_url, company, ledgers.url(folder / "ledger.sqlite3"))
    return folder


@pytest.fixture(scope="session")
def simulated_folder(
    filled_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    api: demo.Server,
    company: demo.Organisation,
    ledgers: Ledgers,
) -> Path:
    """Such a folder with the ledger in it: the simulated one is never on a server."""
    if ledgers.kind == "sqlite":
        return filled_folder
    folder = tmp_path_factory.mktemp("simulated")
    fill(folder, api.base_url, company)
    return folder


@pytest.fixture
def start(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    api: demo.Server,
    ledger_url: Callable[..., str],
) -> Callable[..., Dashboard]:
    """Give `start(**environment)`: a dashboard on an empty ledger that asks the simulated API."""

    def begin(**variables: str) -> Dashboard:
        defaults = {
            "DATABASE_URL": ledger_url(),
            "API_URL": api.base_url,
            "DEMO": "0",
            "LOG": "WARNING",
            "SYNC_EVERY_MINUTES": "0",
        }
        mine = settings_of(tmp_path, api.base_url, ledger_url())
        for name, value in {**defaults, **variables}.items():
            monkeypatch.setenv(f"CLAUDE_SPEND_{name}", value)
        return Dashboard(mine)

    return begin


@pytest.fixture
def filled(start: Start, filled_folder: Path, tmp_path: Path, ledgers: Ledgers) -> Dashboard:
    """A dashboard on a ledger with both connections and their figures."""
    shutil.copytree(filled_folder, tmp_path, dirs_exist_ok=True)
    ledgers.copy(filled_folder / "ledger.sqlite3", tmp_path / "ledger.sqlite3")
    return start()


@pytest.fixture
def demonstration(start: Start, simulated_folder: Path) -> Dashboard:
    """A dashboard that shows the simulated organisation, which has been filled already."""
    dashboard = start(DEMO="1")
    there = Path(simulated.settings_of(dashboard.settings).url.removeprefix("sqlite:///"))
    there.parent.mkdir(parents=True)
    for path in simulated_folder.glob("ledger.*"):
        shutil.copy(path, there.parent / path.name.replace("ledger", there.stem))
    return dashboard


@pytest.fixture
def yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pages take yesterday for today: on the first of a month, the new one is empty."""
    monkeypatch.setattr(context, "now", lambda: now() - timedelta(days=1))
