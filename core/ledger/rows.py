"""Writes rows of integers through the session's own cursor, inside its transaction.

ADBC would be faster and cannot be used: it has its own connection, so its rows could be committed
without the window that they belong to.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import Delete, Insert, Update, bindparam, delete, insert, update
from sqlmodel import Session

from core.ledger import postgres
from core.ledger.diff import KEYS, columns
from core.ledger.faults import unusable
from core.ledger.tables import Charge, ChargeRestatement, Usage, UsageRestatement, table

_STYLES = {"sqlite": "qmark", "postgresql": "format"}
"""How each driver's positional parameters are written."""

_VALUES = 30_000
"""Values to an INSERT, at most: SQLite allows 32,766 since 2020; a build that differs says so.

Few long statements leave the interpreter to the thread that reads the next window; of twenty
thousand short ones, each would have to wait for its return.
"""


def apply(
    session: Session, facts: type[Charge | Usage], changes: pl.DataFrame, measures: Sequence[str]
) -> None:
    """Make a table of facts hold the `after` side of a difference (`core.ledger.diff`)."""
    target = table(facts)
    after = [pl.col(f"after_{m}").alias(m) for m in measures]
    here = [target.c[key] == bindparam(f"at_{key}") for key in KEYS]
    at = [pl.col(key).alias(f"at_{key}") for key in KEYS]
    gone, new = ~pl.col("is_there"), ~pl.col("was_there")
    many(session, delete(target).where(*here), changes.filter(gone).select(at))
    many(session, insert(target), changes.filter(new).select(*KEYS, *after))
    values: dict[str, Any] = {m: bindparam(m) for m in measures}
    other = changes.filter(~gone, ~new).select(*at, *after)
    many(session, update(target).where(*here).values(values), other)


def log(
    session: Session,
    restatements: type[ChargeRestatement | UsageRestatement],
    window_id: int,
    changes: pl.DataFrame,
    measures: Sequence[str],
) -> None:
    """Write a difference to a restatement table."""
    rows = changes.select(pl.lit(window_id).alias("window_id"), *columns(measures))
    many(session, insert(table(restatements)), rows)


def many(session: Session, statement: Insert | Update | Delete, rows: pl.DataFrame) -> None:
    """Execute a statement once a row; the frame's columns are its parameters, by name.

    Raises DatabaseUnusable, and the driver's own error for a broken constraint.
    """
    if rows.is_empty():
        return
    connection = session.connection()
    name = connection.dialect.name
    compiled = statement.compile(
        dialect=type(connection.dialect)(paramstyle=_STYLES[name]),  # type: ignore[call-arg]
        column_keys=rows.columns,
    )
    cursor: Any = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    sent = rows.select(compiled.positiontup or ())
    try:
        if isinstance(statement, Insert) and name == "postgresql":
            postgres.copy(cursor, statement.table, rows)
        elif isinstance(statement, Insert):
            _insert(cursor, str(compiled), sent)
        else:
            cursor.executemany(str(compiled), sent.iter_rows())
    except driver.IntegrityError:
        raise
    except driver.DatabaseError as error:
        raise unusable(error) from error
    finally:
        cursor.close()


def _insert(cursor: Any, sql: str, rows: pl.DataFrame) -> None:
    """Insert rows with many to a statement: on SQLite that takes less than half the time."""
    head, values, row = sql.rpartition(" VALUES ")
    allowed = cursor.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    together = min(_VALUES, allowed) // rows.width
    whole = rows.height - rows.height % together
    flat: list[Any] = [None] * (whole * rows.width)
    for place, column in enumerate(rows.head(whole).iter_columns()):
        flat[place :: rows.width] = column.to_list()
    step = together * rows.width
    many_rows = f"{head}{values}{', '.join([row] * together)}"
    cursor.executemany(many_rows, (flat[at : at + step] for at in range(0, len(flat), step)))
    cursor.executemany(sql, rows.tail(rows.height - whole).iter_rows())
