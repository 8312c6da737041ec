"""What only SQLite needs: its file, its pragmas, its explicit transactions."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

BUSY_MS = 5_000
BEGIN = "ledger_begin"
"""Execution option: the statement that opens a transaction on SQLite."""

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
)


def file_of(engine: Engine) -> Path | None:
    """Return the database file, or None for a database in memory or on a server."""
    name = engine.url.database
    in_file = engine.dialect.name == "sqlite" and name and name != ":memory:"
    return Path(str(name)) if in_file else None


def open_file(url: URL) -> Engine:
    """Return an engine on a SQLite file, made for its owner alone if it is not there yet.

    Raises OSError and the driver's own errors.
    """
    path = Path(str(url.database)).expanduser().resolve()
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url.set(database=str(path)))
    _prepare(engine)
    _write_ahead(path)
    return engine


def open_memory(url: URL) -> Engine:
    """Return an engine on a database in memory: one connection, shared by all threads."""
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    _prepare(engine)
    return engine


def _write_ahead(path: Path) -> None:
    # The mode is kept in the file, and switching wants the file for itself: once, here, is enough.
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _prepare(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: it would open none for a SELECT, and
        # two queries of one session would see two states.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


def in_a_line(said: str) -> str:
    """Return what SQLite's check of a file said, in one line without its heading."""
    return "; ".join(line for line in said.splitlines() if line and not line.startswith("*"))
