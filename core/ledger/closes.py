"""Months that were closed, each with its total: what changes later is an adjustment."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock, Span, month_start, next_month
from core.errors import BadValue, UnknownName
from core.ledger import audit
from core.ledger.columns import storable
from core.ledger.cuts import PRIMARY
from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.tables import Charge, Connection, DayState, MonthClose, Series, table
from core.ledger.veil import seen
from core.ledger.versions import bump
from core.money import dollars


@dataclass(frozen=True, slots=True)
class Close:
    """A connection's month as it was closed; `total` in units of 1e-8 cents."""

    connection_id: int
    month: date
    total: int
    closed_at: datetime
    note: str = ""


def all_closes(engine: Engine) -> tuple[Close, ...]:
    """Return every closed month, by month and connection."""
    wanted = select(MonthClose).order_by(col(MonthClose.month), col(MonthClose.connection_id))
    with reading(engine) as session:
        return tuple(
            Close(
                row.connection_id,
                day_of(row.month),
                row.total,
                row.closed_at,
                seen(engine, row.note),
            )
            for row in session.exec(wanted)
        )


def close_month(
    engine: Engine, connection_id: int, month: date, *, note: str = "", clock: Clock = calendar.now
) -> Close:
    """Close a connection's month with the total that the ledger holds now, and return it.

    A month that was closed before is closed anew. Raises BadValue for a month that has not ended,
    or of which the ledger holds nothing, NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Closing a month")
    first, moment = month_start(month), clock()
    end = next_month(first)
    if moment.date() < end:
        raise BadValue(
            f"{first:%Y-%m} has not ended yet.",
            "A month is closed with all of its days, and days are UTC days.",
            f"Close it on {end} or later.",
        )
    with writing(engine) as session:
        total = _total(session, connection_id, Span(first, end))
        row = session.get(MonthClose, (connection_id, number(first))) or MonthClose(
            connection_id=connection_id, month=number(first), total=0
        )
        row.total, row.note, row.closed_at = total, storable(note.strip()), moment
        session.add(row)
        audit.note(
            session, "closed month", f"{first:%Y-%m}", total=dollars(total), note=row.note,
            connection=_named(session, connection_id),
        )  # fmt: skip
        bump(session)
    return Close(connection_id, first, total, moment, note.strip())


def reopen_month(engine: Engine, connection_id: int, month: date) -> None:
    """Forget that a month was closed; raises UnknownName where it was not, NotAllowed."""
    acting.require(Role.ANALYST, "Opening a closed month")
    first = month_start(month)
    with writing(engine) as session:
        row = session.get(MonthClose, (connection_id, number(first)))
        if row is None:
            raise UnknownName(
                f"{first:%Y-%m} is not closed for this connection.",
                "It may have been opened again in another window.",
                "Look at the list of closed months.",
            )
        session.delete(row)
        audit.note(session, "reopened month", f"{first:%Y-%m}", total=dollars(row.total),
                   connection=_named(session, connection_id))  # fmt: skip
        bump(session)


def _named(session: Session, connection_id: int) -> str:
    row = session.get(Connection, connection_id)
    return row.name if row else f"connection {connection_id}"


def _total(session: Session, connection_id: int, span: Span) -> int:
    """Return the costs of a connection's days; raises BadValue where the ledger has none."""
    first, end = number(span.start), number(span.end)
    day = col(DayState.day)
    held = select(func.count()).where(
        day >= first, day < end, DayState.connection_id == connection_id,
        DayState.family == "cost", col(DayState.present),
    )  # fmt: skip
    if not session.exec(held).one():
        raise BadValue(
            f"The ledger holds no costs of {span.start:%Y-%m} for this connection.",
            "There is nothing that could be closed.",
            "Sync first, or choose another month.",
        )
    series, charge = table(Series).c, table(Charge).c
    # As a set, lest the planner reads all the month's charges anew for every series.
    mine = select(series.id).where(
        series.connection_id == connection_id, series.cut.in_(PRIMARY)
    )  # fmt: skip
    money = select(func.coalesce(func.sum(charge.amount), 0)).where(
        charge.day >= first, charge.day < end, charge.series_id.in_(mine)
    )
    return int(session.exec(money).one())
