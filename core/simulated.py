"""The simulated organisation's own ledger: made by the production path, from the first byte.

It lies in a folder of its own beside the real ledger, one file a day, because the simulation
ends yesterday. The real ledger is never touched.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from filelock import FileLock
from pydantic import SecretStr
from sqlalchemy import Engine

from core import calendar
from core.access.acting import acting_as
from core.access.people import SIMULATION
from core.connections import store
from core.connections.vault import open_vault
from core.demo import ANALYTICS_KEY, PLATFORM_KEY, Behaviour, organisation, serve
from core.ledger import runs
from core.ledger.engine import connect
from core.settings import Settings
from core.sync.progress import Listener
from core.sync.run import sync
from core.watch.after import sync_and_watch

log = logging.getLogger(__name__)

PLATFORM, ENTERPRISE = "Simulated Platform", "Simulated Enterprise"

EARLIER = Fraction(985, 1000)
"""What the restated days had shown before, as a share of what they show now."""


def settings_of(chosen: Settings, today: date | None = None, api_url: str = "") -> Settings:
    """Return the settings of the simulated ledger beside the real one's; makes nothing."""
    day = today or calendar.now().date()
    path = chosen.data_dir / "simulated" / f"{day.isoformat()}.sqlite3"
    return Settings(
        database_url=f"sqlite:///{path}",
        secret_key=None,
        demo="1",
        api_url=api_url or "http://127.0.0.1:9",
        log=chosen.log,
        sync_every_minutes=0,
    )


def settings(chosen: Settings) -> Settings:
    """Return the settings of the simulated ledger, filled; waits until it is. Raises SpendError."""
    mine = settings_of(chosen)
    engine = connect(mine)
    try:
        if not is_filled(engine):
            fill(chosen)
    finally:
        engine.dispose()
    return mine


def is_filled(engine: Engine) -> bool:
    """Say whether the simulated ledger has been filled to the end."""
    made = store.all_connections(engine)
    last = [runs.latest(engine, connection.id) for connection in made]
    return len(made) == 2 and all(sync and sync.outcome == "complete" for sync in last)


def fill(chosen: Settings, progress: Listener | None = None) -> None:
    """Fill the simulated ledger of today by a real sync over HTTP; one process does it at a time.

    It is read twice: the second sync finds some days restated, as it happens with real ones.
    Whoever looks first has it filled, whatever they may do otherwise.
    """
    plain = settings_of(chosen)
    plain.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(plain.data_dir / "fill.lock", mode=0o600)
    with lock, acting_as(SIMULATION), _served() as (url, behaviour):
        mine = settings_of(chosen, api_url=url)
        engine = connect(mine)
        try:
            if is_filled(engine):
                return
            _remove_older(Path(plain.data_dir), plain.url)
            _connect_both(engine, mine)
            today = calendar.now().date()
            behaviour.restate.update({today - timedelta(days=n): EARLIER for n in (3, 4, 6)})
            sync(engine, mine, trigger="simulated", progress=progress)
            behaviour.restate.clear()
            sync_and_watch(engine, mine, trigger="simulated", progress=progress)
        finally:
            engine.dispose()


@contextmanager
def _served() -> Iterator[tuple[str, Behaviour]]:
    with serve(organisation()) as server:
        yield server.base_url, server.behaviour


def _connect_both(engine: Engine, mine: Settings) -> None:
    known = {connection.name for connection in store.all_connections(engine)}
    vault = open_vault(mine, engine)
    simulated = organisation()
    if PLATFORM not in known:
        store.add(
            engine, vault, PLATFORM, "platform", SecretStr(PLATFORM_KEY),
            organization_id=simulated.platform_id, organization_name=simulated.name,
        )  # fmt: skip
    if ENTERPRISE not in known:
        store.add(
            engine, vault, ENTERPRISE, "enterprise", SecretStr(ANALYTICS_KEY),
            organization_id=simulated.enterprise_id, organization_name=simulated.name,
        )  # fmt: skip


def _remove_older(folder: Path, url: str) -> None:
    """Remove the simulated ledgers of earlier days, which nobody will read again."""
    current = Path(url.removeprefix("sqlite:///")).name
    for path in folder.glob("*.sqlite3*"):
        if not path.name.startswith(current):
            path.unlink(missing_ok=True)
