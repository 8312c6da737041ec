"""What is worked out after each sync: pages read the results, and work nothing out themselves."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from core import calendar, logs
from core.calendar import Clock
from core.errors import Finding, SpendError
from core.ledger.engine import writing
from core.ledger.tables import WatchStep
from core.ledger.versions import current_version
from core.logs import redact
from core.settings import Settings
from core.sync.progress import Listener
from core.sync.report import SyncReport
from core.sync.run import sync
from core.watch.alerts.step import alerts
from core.watch.anomalies import anomalies
from core.watch.budgets import step as budgets
from core.watch.forecasts import step as forecasts
from core.watch.retention import step as retention

log = logging.getLogger(__name__)

Step = Callable[[Engine, Settings, Clock], list[Finding]]
"""Works something out of the ledger's newest book and keeps it; returns what a person should know.

Running it again on the same version changes nothing. Raises SpendError.
"""

STEPS: tuple[tuple[str, Step], ...] = (
    ("retention", retention),
    ("forecast", forecasts),
    ("budgets", budgets),
    ("anomalies", anomalies),
    ("alerts", alerts),
)
"""Each step's name, in the order in which they run: a later one may read what an earlier kept.

The last one tells of what is wrong, also where a sync failed as a whole.
"""


def sync_and_watch(
    engine: Engine,
    settings: Settings,
    names: Sequence[str] | None = None,
    *,
    full: bool = False,
    trigger: str = "cli",
    clock: Clock = calendar.now,
    progress: Listener | None = None,
) -> SyncReport:
    """Sync as `core.sync.run.sync` does, then run every step; raises what the sync raises.

    A sync that fails in part is watched too: what it could not read is something to alert of. One
    that fails as a whole leaves nothing to work out, but is told, and so are figures that grow old.
    """
    try:
        report = sync(
            engine, settings, names, full=full, trigger=trigger, clock=clock, progress=progress
        )
    except Exception:
        _tell(engine, settings, clock)
        raise
    after(engine, settings, clock)
    return report


def _tell(engine: Engine, settings: Settings, clock: Clock) -> None:
    try:
        after(engine, settings, clock, STEPS[-1:])
    except SpendError as error:
        log.warning("after the failed sync: %s", error)  # the sync's own failure is what is raised


def after(
    engine: Engine,
    settings: Settings,
    clock: Clock = calendar.now,
    steps: tuple[tuple[str, Step], ...] | None = None,
) -> dict[str, list[Finding]]:
    """Run every step and keep what it found under its name; one that fails stops no other.

    Raises DatabaseUnusable where not even that can be kept.
    """
    found: dict[str, list[Finding]] = {}
    for name, step in STEPS if steps is None else steps:
        version = current_version(engine)
        with logs.bound(step=name):
            found[name] = _ran(name, step, engine, settings, clock)
        _keep(engine, name, version, found[name], clock)
    return found


def _ran(name: str, step: Step, engine: Engine, settings: Settings, clock: Clock) -> list[Finding]:
    try:
        return step(engine, settings, clock)
    except SpendError as error:
        log.warning("after the sync: %s failed: %s", name, error)
        return [error.finding()]
    except Exception as error:
        # The ledger is synced, and stays so: say where people look that this step was not done.
        log.exception("after the sync: %s failed", name)
        return [
            Finding(
                "internal_error", "error", f"Something unforeseen stopped the step {name!r}.",
                redact(f"{type(error).__name__}: {error}")[:300],
                "The figures are intact. The next sync tries again; if it stays, report it.",
            )
        ]  # fmt: skip


def _keep(engine: Engine, name: str, version: int, findings: list[Finding], clock: Clock) -> None:
    with writing(engine) as session:
        kept = session.get(WatchStep, name) or WatchStep(name=name, ended_at=clock())
        kept.version = version
        kept.ended_at = clock()
        kept.findings = [finding.as_dict() for finding in findings]
        session.add(kept)
