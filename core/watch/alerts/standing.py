"""What stands and since when: a condition seen again is the same, one that came back is not."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import select

from core.errors import Finding
from core.ledger.columns import storable
from core.ledger.engine import reading, writing
from core.ledger.tables import AlertState, WatchStep
from core.ledger.veil import veil_of
from core.watch.alerts.alert import KINDS, Alert, Standing

STEP = "alerts"
"""The name of the step that looks."""

_ORDER = {kind: number for number, kind in enumerate((
    "key_refused", "sync_failing", "stale", "key_expiring", "budget", "budget_forecast", "anomaly",
    "overlap",
))}  # fmt: skip


def observe(
    engine: Engine, alerts: Iterable[Alert], judged: Collection[str], moment: datetime
) -> list[Standing]:
    """Keep which conditions stand at a moment and return them, what is most urgent first.

    `judged` are the kinds that could be looked at; what stood of another kind goes on to stand.
    """
    now = {alert.key: alert for alert in alerts}
    with writing(engine) as session:
        rows = {row.key: row for row in session.exec(select(AlertState))}
        for key, row in rows.items():
            if row.kind in judged and key not in now:
                session.delete(row)
        for key, alert in now.items():
            row = rows.get(key) or AlertState(key=key, kind=alert.kind, since=moment)
            row.title, row.text = storable(alert.title), storable(alert.text)
            row.amount, row.page = alert.amount, alert.page
            session.add(row)
    return standing(engine)


def standing(engine: Engine) -> list[Standing]:
    """Return what stood when it was last looked, what is most urgent first."""
    with reading(engine) as session:
        found = [_seen(engine, _standing(row)) for row in session.exec(select(AlertState))]
    return sorted(found, key=lambda s: (_ORDER.get(s.alert.kind, len(KINDS)), s.since, s.id))


def last_look(engine: Engine) -> tuple[datetime | None, list[Finding]]:
    """Return when it was last looked, None before the first time, and what went wrong then."""
    with reading(engine) as session:
        kept = session.get(WatchStep, STEP)
        return (kept.ended_at, [Finding(**f) for f in kept.findings]) if kept else (None, [])


def _seen(engine: Engine, found: Standing) -> Standing:
    """Return what stands as whoever reads through this engine may see it."""
    veil, alert = veil_of(engine), found.alert
    if veil is None:
        return found
    told = Alert(
        alert.kind, veil.text(alert.key), veil.text(alert.title), veil.text(alert.text),
        veil.text(alert.page), alert.amount,
    )  # fmt: skip
    return replace(found, alert=told)


def _standing(row: AlertState) -> Standing:
    alert = Alert(row.kind, row.key, row.title, row.text, row.page, row.amount)
    return Standing(alert, row.since)
