"""What the ledger has read so far, as the plan asks it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from core.ledger.cuts import Family
from core.ledger.engine import reading
from core.ledger.tables import DayState

EPOCH = date(1970, 1, 1)

Fetched = dict[tuple[str, date], datetime]
"""When each day of each family was last read."""


def fetched_days(engine: Engine, connection_id: int) -> Fetched:
    """Return when each (family, day) of a connection was last read."""
    wanted = select(DayState.family, DayState.day, DayState.fetched_at).where(
        DayState.connection_id == connection_id, DayState.present
    )
    with reading(engine) as session:
        rows = session.exec(wanted).all()
    return {(family, EPOCH + timedelta(days=day)): moment for family, day, moment in rows}


def as_plan(fetched: Fetched) -> Callable[[Family, date], date | None]:
    """Return the plan's question over what was read."""

    def fetched_on(family: Family, day: date) -> date | None:
        moment = fetched.get((family, day))
        return moment.astimezone(UTC).date() if moment else None

    return fetched_on
