"""Makes the database forget: what was erased leaves no copy in its files."""

from contextlib import closing

from sqlalchemy import Engine
from sqlmodel import Session

from core.ledger import postgres
from core.ledger.faults import translated
from core.ledger.tables import AlertTarget, Connection, table


def overwrite_deleted(session: Session) -> None:
    """Have SQLite overwrite with zeros what this session deletes or replaces."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")


def checkpoint(engine: Engine) -> bool:
    """Have no file hold what a connection's or a target's row held; call outside a transaction.

    SQLite: moves the write-ahead log into the database and empties it. PostgreSQL: writes the
    tables with secrets anew; the server's own log and backups are its administrator's. Returns
    False where a reader kept it from being done; the next checkpoint does it.
    """
    if postgres.is_server(engine):
        names = [table(model).name for model in (Connection, AlertTarget)]
        with translated():  # both, whatever the first says
            done = [postgres.rewrite(engine, name) for name in names]
        return all(done)
    # The pool's connections are in autocommit mode while no session has begun a transaction.
    with translated(), closing(engine.raw_connection()) as connection:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
