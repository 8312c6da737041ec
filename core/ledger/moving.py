"""Copies a whole ledger into an empty one, on SQLite or PostgreSQL, and proves the copy equal."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from core.errors import BadValue
from core.ledger import postgres, tally
from core.ledger.columns import storable
from core.ledger.rows import many
from core.ledger.tables import Version, table
from core.ledger.versions import bump, mark

BATCH = 50_000
"""Rows that are held in memory at a time."""

Told = Callable[[str, int], None]
"""Is told of each table that was copied, and how many rows it has."""

_KINDS: dict[type[Any], type[pl.DataType]] = {
    BigInteger: pl.Int64,
    Integer: pl.Int64,
    String: pl.String,
    Boolean: pl.Boolean,
    LargeBinary: pl.Binary,
}
"""Column types whose values a database's driver takes as they are; others go through SQLAlchemy."""


def tables() -> list[Table]:
    """Return every table that is copied row by row, each after those that it refers to."""
    return [t for t in SQLModel.metadata.sorted_tables if t.name != table(Version).name]


def rows_in(session: Session) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        kept.name: session.execute(select(func.count()).select_from(kept)).scalar_one()
        for kept in tables()
    }


def require_empty(session: Session) -> None:
    """Raise BadValue where a ledger holds anything already."""
    held = {name: count for name, count in rows_in(session).items() if count}
    if held:
        name, count = next(iter(held.items()))
        raise BadValue(
            "The ledger to move to is not empty.",
            f"Its table {name} has {count} row(s). Two ledgers are never mixed.",
            "Name an empty database, or a file that is not there yet.",
        )


def copy(source: Session, target: Session, told: Told) -> None:
    """Copy every table into an empty ledger, inside the target's transaction.

    The copy keeps the ledger's name (receipts replay on it) and goes on with its version; its
    facts are stamped anew. Raises BadValue where the target is not empty, LedgerRefuses where
    the copy differs from what was read.
    """
    require_empty(target)
    for kept in tables():
        told(kept.name, _copy_table(source, target, kept))
    was = mark(source)
    own = update(table(Version)).values(identity=was.identity, version=was.version)
    target.execute(own)
    bump(target, facts=True)
    tally.require_equal(tally.taken(source), tally.taken(target))
    tally.require_equal(_counted(source), _counted(target))


def _copy_table(source: Session, target: Session, kept: Table) -> int:
    schema = {column.name: _kind(column) for column in kept.columns}
    copied = 0
    for rows in _batches(source, kept):
        if all(schema.values()):
            many(target, insert(kept), pl.DataFrame(rows, schema=schema, orient="row"))
        else:
            named = [dict(zip(schema, row, strict=True)) for row in rows]
            target.execute(insert(kept), named)
        copied += len(rows)
    _continue_numbers(target, kept)
    return copied


def _kind(column: Column[Any]) -> type[pl.DataType] | None:
    return _KINDS.get(type(getattr(column.type, "impl", column.type)))


def _batches(source: Session, kept: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    wanted = select(kept).order_by(*kept.primary_key.columns)
    found = source.execute(wanted, execution_options={"yield_per": BATCH})
    for rows in found.partitions():
        # Ledgers that were written before texts were made storable may hold a NUL.
        yield [tuple(storable(v) if isinstance(v, str) else v for v in row) for row in rows]


def _continue_numbers(target: Session, kept: Table) -> None:
    """Have PostgreSQL number new rows after those that were copied with their numbers."""
    numbered = "id" in kept.columns and isinstance(kept.columns["id"].type, Integer)
    if not numbered or not postgres.is_server(target.get_bind()):
        return
    asked = func.pg_get_serial_sequence(f'"{kept.name}"', "id")
    sequence = target.execute(select(asked)).scalar_one()
    last = target.execute(select(func.max(kept.columns["id"]))).scalar_one()
    if sequence is not None and last is not None:
        target.execute(select(func.setval(sequence, last)))


def _counted(session: Session) -> tally.Tally:
    return {(name,): (count,) for name, count in rows_in(session).items()}
