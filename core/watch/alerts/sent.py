"""The record of what was sent to whom: a claim comes first, so that two processes send once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core.calendar import zulu
from core.ledger.engine import reading, writing
from core.ledger.tables import AlertSent, AlertTarget
from core.ledger.veil import seen
from core.watch.alerts.alert import Standing
from core.watch.alerts.targets import Target

ATTEMPTS = 24
"""How many runs try to send one alert to one target: a day's, where one syncs every hour."""

LEASE = timedelta(minutes=10)
"""How long a claim holds without a word; then whoever made it has been killed."""


@dataclass(frozen=True, slots=True)
class SentRow:
    """One alert to one target; `sent_at` None: not sent, or not yet, for the reason `problem`."""

    target: str
    kind: str
    title: str
    claimed_at: datetime
    sent_at: datetime | None
    attempts: int
    problem: str

    @property
    def state(self) -> str:
        """Return `sent`, `sending`, `waiting` for the next run, or `given_up`."""
        if self.sent_at is not None:
            return "sent"
        if self.attempts >= ATTEMPTS:
            return "given_up"
        return "waiting" if self.problem else "sending"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line's contract."""
        return {
            "target": self.target,
            "kind": self.kind,
            "title": self.title,
            "state": self.state,
            "tried_at": zulu(self.claimed_at),
            "sent_at": zulu(self.sent_at) if self.sent_at else None,
            "attempts": self.attempts,
            "problem": self.problem or None,
        }


def claim(engine: Engine, target: Target, standing: Standing, moment: datetime) -> bool:
    """Take it upon this process to send an alert to a target; False where that is not to be done.

    It was sent, or given up, or another process is at it, or the target was paused or removed.
    """
    with writing(engine) as session:
        there = session.get(AlertTarget, target.id)
        if there is None or there.paused or there.name != target.name:
            return False
        row = session.get(AlertSent, (target.id, standing.id))
        if row is None:
            row = AlertSent(target_id=target.id, key=standing.id, kind=standing.alert.kind)
        elif not _is_free(row, moment):
            return False
        row.title, row.claimed_at, row.problem = standing.alert.title, moment, ""
        row.attempts += 1
        session.add(row)
    return True


def settle(
    engine: Engine, target: Target, standing: Standing, sent_at: datetime | None, problem: str = ""
) -> None:
    """Record how the sending of a claimed alert ended; without `sent_at` a later run tries again.

    Does nothing where the target was removed meanwhile.
    """
    with writing(engine) as session:
        row = session.get(AlertSent, (target.id, standing.id))
        if row is not None:
            row.sent_at, row.problem = sent_at, problem
            session.add(row)


def settled(engine: Engine, moment: datetime) -> set[tuple[int, str]]:
    """Return the target and id of every alert that is not to be sent (again) at a moment."""
    with reading(engine) as session:
        return {(r.target_id, r.key) for r in _rows(session) if not _is_free(r, moment)}


def log(engine: Engine, at_most: int = 200) -> list[SentRow]:
    """Return what was sent, or tried, to the targets that there are, the newest first."""
    with reading(engine) as session:
        names = {row.id: row.name for row in session.exec(select(AlertTarget))}
        rows = [row for row in _rows(session) if row.target_id in names]
        found = [_row(row, names[row.target_id]) for row in rows[:at_most]]
    return [
        replace(row, title=seen(engine, row.title), problem=seen(engine, row.problem))
        for row in found
    ]


def _rows(session: Session) -> list[AlertSent]:
    return list(session.exec(select(AlertSent).order_by(col(AlertSent.claimed_at).desc(),
                                                        col(AlertSent.key))))  # fmt: skip


def _is_free(row: AlertSent, moment: datetime) -> bool:
    if row.sent_at is not None or row.attempts >= ATTEMPTS:
        return False
    return bool(row.problem) or moment - row.claimed_at > LEASE


def _row(row: AlertSent, target: str) -> SentRow:
    return SentRow(
        target, row.kind, row.title, row.claimed_at, row.sent_at, row.attempts, row.problem
    )
