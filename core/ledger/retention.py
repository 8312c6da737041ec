"""Forgets what is older than the ledger is meant to keep: whole months, for good."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, delete, func, or_, select, union, update
from sqlmodel import Session

from core.access import acting
from core.access.roles import Role
from core.calendar import month_start
from core.ledger import audit
from core.ledger.days import number
from core.ledger.engine import reading, writing
from core.ledger.tables import (
    Activity,
    ActivityDay,
    Charge,
    ChargeRestatement,
    Connection,
    DayRestatement,
    DayState,
    Series,
    Usage,
    UsageRestatement,
    table,
)
from core.ledger.versions import bump

_FACTS = (Charge, Usage)
_LOGS = (ChargeRestatement, UsageRestatement, DayRestatement)
_BY_DAY = (*_FACTS, *_LOGS, DayState, Activity, ActivityDay)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed: rows of all tables, the days that they belonged to, and up to where."""

    rows: int
    days: int
    first_kept: date


def first_kept(today: date, months: int) -> date:
    """Return the first day that is kept: so many whole months lie before the present one."""
    place = today.year * 12 + today.month - 1 - months
    return month_start(date(place // 12, place % 12 + 1, 1))


def forget(engine: Engine, first: date) -> Forgotten:
    """Remove every day before `first` with its log, in one transaction; names and decisions stay.

    From then on the known history of each that loses days begins there at the earliest, so that
    days that are gone are neither zeros nor missing. Nothing is written where there is nothing to
    remove; else the audit log says who synced. Raises DatabaseUnusable, NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Removing what is older than is kept")
    edge = number(first)
    held = table(DayState).c.day
    with reading(engine) as session:
        old = select(func.count(held.distinct())).where(held < edge)
        days = session.execute(old).scalar_one()
    if not days:
        return Forgotten(0, 0, first)
    with writing(engine) as session:
        _begin_there(session, edge)
        rows = sum(_before(session, model, edge) for model in _BY_DAY)
        _unused_series(session)
        audit.note(session, "deleted data", f"days before {first}", days=days, rows=rows)
        # Older snapshots, on whatever machine, hold what is meant to be gone.
        bump(session, facts=True, erased=True)
    return Forgotten(rows, days, first)


def _before(session: Session, model: type, edge: int) -> int:
    kept = table(model)
    done = session.execute(delete(kept).where(kept.c.day < edge))
    return int(getattr(done, "rowcount", 0))


def _unused_series(session: Session) -> None:
    """Remove the combinations of dimensions, people among them, that no kept day has."""
    named = [table(model).c.series_id for model in (*_FACTS, *_LOGS[:2])]
    used = union(*(select(column) for column in named)).subquery()
    series = table(Series)
    session.execute(delete(series).where(series.c.id.not_in(select(used.c.series_id))))


def _begin_there(session: Session, edge: int) -> None:
    kept = table(Connection)
    earlier = or_(kept.c.history_floor.is_(None), kept.c.history_floor < edge)
    state = table(DayState).c
    losing = select(state.connection_id).where(state.day < edge)
    moved = update(kept).where(earlier, kept.c.id.in_(losing)).values(history_floor=edge)
    session.execute(moved)
