"""How the ledger is, in a few quick queries: for a health check and for metrics."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlmodel import Session, col, func, select

from core.ledger import postgres
from core.ledger.engine import reading
from core.ledger.tables import Connection, DayState, SyncPart, SyncRun
from core.ledger.versions import mark


@dataclass(frozen=True, slots=True)
class Beat:
    """One connection: when its cost was last fetched, and what its ended syncs came to.

    `outcomes` counts them by outcome; `failing` counts those since the last one that was not
    `failed`; `requests`, `rows` and `restated_rows` are sums over all of them.
    """

    id: int
    name: str
    kind: str
    state: str
    fetched_at: datetime | None
    data_refreshed_at: datetime | None
    outcomes: dict[str, int]
    failing: int
    requests: int
    rows: int
    restated_rows: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """The ledger at one moment: its version, its size in bytes, whether a sync runs, each beat."""

    version: int
    size: int
    running: bool
    beats: tuple[Beat, ...]


def pulse(engine: Engine) -> Pulse:
    """Return how the ledger is now, read in one transaction; raises DatabaseUnusable."""
    with reading(engine) as session:
        connections = session.exec(select(Connection).order_by(col(Connection.id))).all()
        running = select(func.count()).where(col(SyncRun.ended_at).is_(None))
        return Pulse(
            mark(session).version,
            _size(session, engine),
            session.exec(running).one() > 0,
            tuple(_beat(session, connection) for connection in connections),
        )


def _beat(session: Session, connection: Connection) -> Beat:
    number = connection.id or 0
    fetched, refreshed = session.exec(
        select(func.max(DayState.fetched_at), func.max(DayState.data_refreshed_at)).where(
            DayState.connection_id == number, DayState.family == "cost"
        )
    ).one()
    outcomes, sums = _ended(session, number)
    return Beat(
        number, connection.name, connection.kind, connection.state, fetched, refreshed,
        outcomes, _failing(session, number), *sums,
    )  # fmt: skip


def _ended(session: Session, number: int) -> tuple[dict[str, int], tuple[int, int, int]]:
    parts = session.exec(
        select(SyncPart.outcome, func.count())
        .where(SyncPart.connection_id == number, SyncPart.outcome != "running")
        .group_by(SyncPart.outcome)
    ).all()
    requests, rows, restated = session.exec(
        select(
            func.sum(SyncPart.requests), func.sum(SyncPart.rows), func.sum(SyncPart.restated_rows)
        ).where(SyncPart.connection_id == number, SyncPart.outcome != "running")
    ).one()
    return dict(parts), (int(requests or 0), int(rows or 0), int(restated or 0))


def _failing(session: Session, number: int) -> int:
    ended = select(func.count()).where(SyncPart.connection_id == number)
    good = select(func.max(SyncPart.run_id)).where(
        SyncPart.connection_id == number, col(SyncPart.outcome).not_in(("failed", "running"))
    )
    last = session.exec(good).one() or 0
    return session.exec(ended.where(SyncPart.run_id > last, SyncPart.outcome == "failed")).one()


def _size(session: Session, engine: Engine) -> int:
    if postgres.is_server(engine):
        asked = text("SELECT pg_database_size(current_database())")
        return int(session.execute(asked).scalar_one())
    path = engine.url.database
    if path in {None, "", ":memory:"}:
        return 0
    parts = (Path(f"{path}{end}") for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
