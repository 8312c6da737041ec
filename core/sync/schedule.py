"""Syncs on a schedule inside the dashboard's own process, without a second one."""

import logging
from datetime import datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from core import calendar
from core.access.acting import acting_as
from core.access.people import SCHEDULE
from core.errors import BadInput, SpendError, SyncInProgress
from core.ledger import runs
from core.settings import Settings
from core.sync.report import SyncReport
from core.sync.run import sync

log = logging.getLogger(__name__)


class Sync(Protocol):
    """`core.sync.run.sync`, or what does more around it."""

    def __call__(self, engine: Engine, settings: Settings, *, trigger: str) -> SyncReport:
        """Sync everything."""


def sync_quietly(engine: Engine, settings: Settings, work: Sync = sync) -> None:
    """Sync everything; what goes wrong is in the run's log, where the pages show it.

    Does nothing where another dashboard on the same ledger has done it in this interval.
    """
    try:
        half = timedelta(minutes=settings.sync_every_minutes) / 2
        if runs.completed_since(engine, "schedule", calendar.now() - half):
            log.info("scheduled sync: another dashboard has just done it")
            return
        with acting_as(SCHEDULE):
            report = work(engine, settings, trigger="schedule")
        log.info("scheduled sync: %s", report.outcome)
    except SyncInProgress:
        log.info("scheduled sync: another one is running")
    except BadInput:
        log.info("scheduled sync: nothing is connected")
    except SpendError as error:
        log.warning("scheduled sync failed: %s", error)


def start(engine: Engine, settings: Settings, work: Sync = sync) -> BackgroundScheduler | None:
    """Start a scheduler that does `work` every `sync_every_minutes`; None where that is 0.

    The first sync begins half a minute after the start; a run that is late is made once.
    """
    if settings.sync_every_minutes == 0:
        return None
    scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
    first: datetime = calendar.now() + timedelta(seconds=30)
    scheduler.add_job(
        sync_quietly,
        "interval",
        args=[engine, settings, work],
        minutes=settings.sync_every_minutes,
        next_run_time=first,
        coalesce=True,
        max_instances=1,
    )
    scheduler.start()
    return scheduler
