"""Reads many rows as a Polars frame: by ADBC where SQLite is a file, else through a session."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import quote

import adbc_driver_sqlite.dbapi as adbc
import polars as pl
from sqlalchemy import Engine, Select
from sqlalchemy.dialects import sqlite as dialect
from sqlmodel import Session

from core.ledger.engine import reading
from core.ledger.faults import translated
from core.ledger.sqlite import BUSY_MS, file_of

Schema = Mapping[str, Any]
"""Column names and Polars types of an answer, in the order of the statement's columns."""

Fetch = Callable[[Select[Any], Schema], pl.DataFrame]

_BATCH = {"adbc.sqlite.query.batch_rows": "65536"}


@contextmanager
def snapshot(engine: Engine, session: Session | None = None) -> Iterator[Fetch]:
    """Yield a function that reads frames; all of them see one committed state.

    With a `session`, a database that ADBC cannot read is read through it: inside a write
    transaction both see the same, as nobody else can write. Raises DatabaseUnusable.
    """
    path = file_of(engine)
    if path is not None:
        with translated(), adbc.connect(f"file:{quote(str(path))}?mode=ro") as connection:
            with connection.cursor() as cursor:
                cursor.executescript(f"PRAGMA busy_timeout = {BUSY_MS}")
            yield lambda statement, schema: _by_adbc(connection, statement, schema)
    elif session is not None:
        yield lambda statement, schema: _by_session(session, statement, schema)
    else:
        with reading(engine) as own:
            yield lambda statement, schema: _by_session(own, statement, schema)


def _by_adbc(connection: adbc.Connection, statement: Select[Any], schema: Schema) -> pl.DataFrame:
    # Every parameter of these statements is a whole number of our own.
    compiled = statement.compile(
        dialect=dialect.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    with connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**_BATCH)
        cursor.execute(str(compiled))
        frame = cast(pl.DataFrame, pl.from_arrow(cursor.fetch_arrow_table()))
    if frame.is_empty():
        return pl.DataFrame(schema=schema)
    return frame.rename(dict(zip(frame.columns, schema, strict=True))).cast(dict(schema)).rechunk()


def _by_session(session: Session, statement: Select[Any], schema: Schema) -> pl.DataFrame:
    rows = [tuple(row) for row in session.execute(statement)]
    return pl.DataFrame(rows, schema=dict(schema), orient="row")
