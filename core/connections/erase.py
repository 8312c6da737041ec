"""Makes the database forget: what was erased leaves no copy in its files."""

from sqlalchemy import Engine, text
from sqlmodel import Session


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
    with engine.connect() as connection:
        options = connection.execution_options(isolation_level="AUTOCOMMIT")
        busy = options.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
    return not busy
