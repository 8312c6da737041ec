"""The log of sync runs: started, going on, finished, interrupted."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from core import calendar
from core.calendar import zulu
from core.ledger.engine import reading, writing
from core.ledger.tables import SyncPart, SyncRun
from core.ledger.veil import findings_seen
from core.ledger.versions import bump


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last ended sync of one connection, as the command line shows it."""

    id: int
    at: datetime
    outcome: str
    findings: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object `{id, at, outcome}`; `at` as ISO 8601 in UTC."""
        return {"id": self.id, "at": zulu(self.at), "outcome": self.outcome}


def start_run(
    engine: Engine, connection_ids: Sequence[int], trigger: str, *, now: datetime | None = None
) -> int:
    """Record that a sync of these connections has begun; returns the run's id."""
    moment = now or calendar.now()
    with writing(engine) as session:
        run = SyncRun(
            started_at=moment, trigger=trigger, host=socket.gethostname(), pid=os.getpid()
        )
        session.add(run)
        session.flush()
        number = run.id or 0
        session.add_all([SyncPart(run_id=number, connection_id=c) for c in connection_ids])
    return number


def update_part(engine: Engine, run_id: int, connection_id: int, **fields: Any) -> None:
    """Record how far a run is with one connection; `fields` are columns of SyncPart."""
    with writing(engine) as session:
        part = session.get_one(SyncPart, (run_id, connection_id))
        for name, value in fields.items():
            setattr(part, name, value)
        session.add(part)


def finish_run(engine: Engine, run_id: int, outcome: str, *, now: datetime | None = None) -> None:
    """Record that a run has ended; parts that still run take the run's outcome."""
    with writing(engine) as session:
        _finish(session, session.get_one(SyncRun, run_id), outcome, now or calendar.now())
        bump(session)


def mark_interrupted(engine: Engine, *, now: datetime | None = None) -> list[int]:
    """Close every run without an end; call it while holding the sync lock. Returns their ids.

    A part that had replaced windows becomes `partial`, any other `failed`.
    """
    with writing(engine) as session:
        open_runs = session.exec(select(SyncRun).where(col(SyncRun.ended_at).is_(None))).all()
        for run in open_runs:
            _finish(session, run, "interrupted", now or calendar.now())
        if open_runs:
            bump(session)
        return [run.id or 0 for run in open_runs]


def latest(engine: Engine, connection_id: int) -> LastSync | None:
    """Return the last ended sync of a connection, or None."""
    return next(iter(ended(engine, connection_id, 1)), None)


def ended(engine: Engine, connection_id: int, at_most: int) -> list[LastSync]:
    """Return a connection's last ended syncs, the newest first, as the engine's reader may."""
    wanted = (
        select(SyncRun.id, SyncRun.ended_at, SyncPart.outcome, SyncPart.findings)
        .join(SyncPart, col(SyncPart.run_id) == col(SyncRun.id))
        .where(SyncPart.connection_id == connection_id, col(SyncRun.ended_at).is_not(None))
        .order_by(col(SyncRun.id).desc())
        .limit(at_most)
    )
    with reading(engine) as session:
        rows = session.exec(wanted).all()
    return [
        LastSync(row[0] or 0, row[1], row[2], tuple(findings_seen(engine, row[3] or [])))
        for row in rows
        if row[1]
    ]


def completed_since(engine: Engine, trigger: str, moment: datetime) -> bool:
    """Say whether a run of this trigger, in whatever process, began after a moment and is whole."""
    wanted = select(func.count()).where(
        SyncRun.trigger == trigger, SyncRun.outcome == "complete", SyncRun.started_at > moment
    )
    with reading(engine) as session:
        return session.exec(wanted).one() > 0


def parts(engine: Engine, run_id: int) -> list[SyncPart]:
    """Return a run's parts by connection id, as they stand now."""
    wanted = select(SyncPart).where(SyncPart.run_id == run_id).order_by(col(SyncPart.connection_id))
    with reading(engine) as session:
        found = list(session.exec(wanted).all())
    for part in found:  # no session holds them any more: nothing of this is written
        part.findings = findings_seen(engine, part.findings)
    return found


def running(engine: Engine) -> int | None:
    """Return the id of the newest run without an end, or None."""
    wanted = select(func.max(SyncRun.id)).where(col(SyncRun.ended_at).is_(None))
    with reading(engine) as session:
        return session.exec(wanted).one()


def _finish(session: Session, run: SyncRun, outcome: str, moment: datetime) -> None:
    run.ended_at, run.outcome = moment, outcome
    session.add(run)
    unfinished = select(SyncPart).where(SyncPart.run_id == run.id, SyncPart.outcome == "running")
    for part in session.exec(unfinished):
        read = part.replaced or part.unchanged
        part.outcome = outcome if outcome != "interrupted" else "partial" if read else "failed"
        session.add(part)
