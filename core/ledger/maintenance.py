"""Takes data out of the ledger for good."""

from sqlalchemy import Engine, delete, select

from core.ledger import bundle
from core.ledger.engine import writing
from core.ledger.sqlite import file_of
from core.ledger.tables import (
    Activity,
    ActivityDay,
    Charge,
    ChargeRestatement,
    DayRestatement,
    DayState,
    Name,
    Series,
    SyncPart,
    Usage,
    UsageRestatement,
    Window,
    table,
)
from core.ledger.versions import bump, mark


def delete_data(engine: Engine, connection_id: int) -> None:
    """Remove everything that the ledger knows of a connection, in one transaction.

    The connection itself and its key stay; `core.connections` removes those. Snapshots beside a
    SQLite file, which held the data too, are removed.
    """
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
        bump(session, facts=True)
        identity = mark(session).identity
    path = file_of(engine)
    if path is not None:
        for kept in (path.parent / "snapshots").glob(f"{identity}-*"):
            bundle.remove(kept)
