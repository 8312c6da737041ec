"""The sync: for each connection plan the windows, read each whole, and replace it in the ledger."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import SecretStr
from sqlalchemy import Engine

from core import calendar
from core.anthropic.transport import Client
from core.calendar import Clock
from core.connections import store
from core.connections.vault import Vault
from core.errors import Finding, FixConnection, SpendError, UnknownName
from core.ledger import runs
from core.settings import Settings
from core.sync import connection as one
from core.sync.lock import only_one
from core.sync.progress import Listener, Tracker
from core.sync.report import ConnectionReport, SyncReport

log = logging.getLogger(__name__)


@dataclass
class Run:
    """What all connections of one run share."""

    engine: Engine
    settings: Settings
    clock: Clock
    full: bool
    tracker: Tracker
    run_id: int
    reports: list[ConnectionReport] = field(default_factory=list)

    @property
    def today(self) -> date:
        """Return the UTC day of the run's clock."""
        return self.clock().date()


def sync(
    engine: Engine,
    settings: Settings,
    names: Sequence[str] | None = None,
    *,
    full: bool = False,
    trigger: str = "cli",
    clock: Clock = calendar.now,
    progress: Listener | None = None,
) -> SyncReport:
    """Bring the ledger up to date with the named connections, or with all; return what was done.

    Safe to repeat: fetching again what has not changed changes nothing. Raises SyncInProgress
    where another sync runs, UnknownName, and BadInput where nothing is connected.
    """
    chosen = _choose(store.all_connections(engine), names)
    with only_one(engine, runs.holder(engine)):
        runs.mark_interrupted(engine)
        run_id = runs.start_run(engine, [c.id for c in chosen], trigger)
        run = Run(engine, settings, clock, full, Tracker(progress), run_id)
        try:
            for connection in chosen:
                run.reports.append(_one(run, connection))
        finally:
            report = SyncReport(tuple(run.reports))
            complete = len(run.reports) == len(chosen)
            runs.finish_run(engine, run_id, report.outcome if complete else "interrupted")
            run.tracker.update(finished=True, doing="")
    return report
