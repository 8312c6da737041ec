"""Makes the database forget: what was erased leaves no copy in its files."""

from contextlib import closing

from sqlalchemy import Engine
from sqlmodel import Session

from core.ledger.faults import translated


def overwrite_deleted(session: Session) -> None:
    """Have SQLite overwrite with zeros what this session deletes or replaces."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")


def checkpoint(engine: Engine) -> bool:
    """Move the write-ahead log into the database and empty it; call outside of a transaction.

    Returns False where a reader kept the log from being emptied; the next checkpoint does it.
    """
    if engine.dialect.name != "sqlite":
        return True
    # The pool's connections are in autocommit mode while no session has begun a transaction.
    with translated(), closing(engine.raw_connection()) as connection:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
