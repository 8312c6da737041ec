"""Takes data out of the ledger for good."""

from sqlalchemy import Engine, delete, or_, select, update
from sqlmodel import Session

from core.access import acting
from core.access.roles import Role
from core.ledger import bundle
from core.ledger.engine import snapshots, writing
from core.ledger.tables import (
    Activity,
    ActivityDay,
    Anomaly,
    Charge,
    ChargeRestatement,
    DayRestatement,
    DayState,
    Forecast,
    Invoice,
    MonthClose,
    Name,
    PairWord,
    Series,
    SyncPart,
    Usage,
    UsageRestatement,
    WatchedSeries,
    Window,
    table,
)
from core.ledger.versions import bump, mark


def delete_data(engine: Engine, connection_id: int) -> None:
    """Remove everything that the ledger knows of a connection, in one transaction.

    The connection itself and its key stay; `core.connections` removes those. This machine's
    snapshots, which held the data too, are removed; another one that shares a server removes its
    own when it next looks. Raises NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Deleting what is known of a connection")
    series, window = table(Series).c, table(Window).c
    of_series = select(series.id).where(series.connection_id == connection_id)
    of_windows = select(window.id).where(window.connection_id == connection_id)
    with writing(engine) as session:
        for model in (Charge, Usage):
            facts = table(model)
            session.execute(delete(facts).where(facts.c.series_id.in_(of_series)))
        for logged in (ChargeRestatement, UsageRestatement, DayRestatement):
            past = table(logged)
            session.execute(delete(past).where(past.c.window_id.in_(of_windows)))
        for own in (DayState, Window, Series, Name, Activity, ActivityDay, SyncPart):
            rows = table(own)
            session.execute(delete(rows).where(rows.c.connection_id == connection_id))
        for derived in (Anomaly, Forecast, WatchedSeries):
            session.execute(delete(table(derived)))  # worked out again from what stays
        _forget_decisions(session, connection_id)
        bump(session, facts=True, erased=True)
        identity = mark(session).identity
    for kept in snapshots(engine).glob(f"{identity}-*"):
        bundle.remove(kept)


def _forget_decisions(session: Session, connection_id: int) -> None:
    """Remove what was decided of a connection; an invoice is the user's own and stays."""
    closed, word, invoice = table(MonthClose), table(PairWord), table(Invoice)
    session.execute(delete(closed).where(closed.c.connection_id == connection_id))
    either = or_(word.c.platform_id == connection_id, word.c.enterprise_id == connection_id)
    session.execute(delete(word).where(either))
    free = update(invoice).where(invoice.c.connection_id == connection_id)
    session.execute(free.values(connection_id=None))
