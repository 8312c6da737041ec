"""What only PostgreSQL needs: its engine, the lock of its writers, its bulk insert."""

from typing import Any

import polars as pl
from sqlalchemy import URL, Connection, Engine, TableClause, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

WRITER = 0x636C6175_64737064
MIGRATION = 0x636C6D67
"""The advisory locks that every writer of a ledger takes, and whoever changes its schema."""

WAIT_MS = 5_000
"""How long a writer waits for another one, as on SQLite."""

_LINK = {
    "connect_timeout": 10,
    # The sync's lock lives as long as its connection, which says nothing for minutes: a firewall
    # between here and the server must not take it for dead.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 5,
}

_NULL = "\\N"


def is_server(engine: Engine | Connection) -> bool:
    """Say whether a ledger lies on a PostgreSQL server, where other machines may share it."""
    return engine.dialect.name == "postgresql"


def open_server(url: URL) -> Engine:
    """Return an engine on a PostgreSQL database; connects to nothing yet."""
    options = {name: value for name, value in _LINK.items() if name not in url.query}
    address = url.set(drivername="postgresql+psycopg")
    return create_engine(address, pool_pre_ping=True, connect_args=options)


def alone(session: Session) -> None:
    """Keep every other writer out until the transaction ends; raises the driver's errors."""
    session.execute(text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER})


def alone_to_migrate(connection: Connection) -> None:
    """Keep every other process from changing the schema until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION})


def rewrite(engine: Engine, name: str) -> bool:
    """Write a table anew, without what its rows held before; False where a reader is in the way."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = {WAIT_MS}"))
        try:
            connection.execute(text(f"VACUUM FULL {_quoted(name)}"))
        except OperationalError:
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True


def copy(cursor: Any, target: TableClause, rows: pl.DataFrame) -> None:
    """Insert rows, whose columns are named as the table's are, by COPY; raises driver's errors."""
    names = ", ".join(map(_quoted, rows.columns))
    command = f"COPY {_quoted(target.name)} ({names}) FROM STDIN (FORMAT csv, NULL '{_NULL}')"
    with cursor.copy(command) as sink:
        for part in rows.iter_slices(100_000):
            sink.write(_csv(part))


def _csv(rows: pl.DataFrame) -> str:
    """Return rows as COPY reads them: text is quoted, so that none of it can be the null."""
    binary = [name for name, kind in rows.schema.items() if kind == pl.Binary]
    written = rows.with_columns(
        pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name) for name in binary
    )
    return written.write_csv(include_header=False, quote_style="non_numeric", null_value=_NULL)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
