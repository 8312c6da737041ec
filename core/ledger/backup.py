"""Saves a ledger to one SQLite file while it is in use, and opens such a file: proved both times.

A backup holds everything that the ledger holds. API keys in it stay encrypted, figures are not.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from sqlalchemy import URL, Engine
from sqlmodel import Session

from core.errors import BadValue, LedgerRefuses, SpendError
from core.ledger import moving, schema, sqlite, tally
from core.ledger.drafts import draft
from core.ledger.engine import connect, reading, writing
from core.ledger.faults import translated, unusable
from core.ledger.tally import Tally
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds: rows by table, and its size in bytes."""

    rows: dict[str, int]
    size: int


def save(engine: Engine, file: Path, *, force: bool = False) -> Saved:
    """Write a ledger as it is at one moment to a file that only its owner can read.

    Others may read and write the ledger meanwhile. The copy's structure is checked, its rows and
    sums are compared with what was read, and only then does the file get its name. Raises BadValue
    for a file that is there already (unless `force`) or that is the ledger itself, LedgerRefuses
    where the copy differs or cannot be written, DatabaseUnusable.
    """
    _refuse(engine, file, force)
    try:
        with draft(file.parent) as part:
            with translated():
                rows = _copied(engine, part)
            _put(part, file, force=force)
    except (OSError, sqlite3.Error) as error:
        raise _not_written(file, error) from error
    return Saved(rows, file.stat().st_size)


@contextmanager
def opened(file: Path) -> Iterator[Engine]:
    """Yield an engine on a private copy of a backup: whole, and of this version's schema.

    The file itself is not touched. Raises BadValue for what is no backup, DatabaseUnusable for one
    that is damaged or newer, LedgerRefuses where an upgrade of its schema changed a sum.
    """
    if not file.is_file():
        raise BadValue(
            "There is no such backup.",
            f"{file} is not a file.",
            "Name a file that `claude-spend backup` has written.",
        )
    with TemporaryDirectory(prefix="claude-spend-") as folder:
        copy = Path(folder) / "ledger.sqlite3"
        try:
            with _raw(file, read_only=True) as source, _raw(copy) as target:
                source.backup(target)
            before = _checked(copy)
        except sqlite3.Error as error:
            raise _no_backup(file, error) from error
        engine = connect(Settings(database_url=f"sqlite:///{copy}"))
        try:
            with reading(engine) as session:
                tally.require_equal(before, tally.taken(session))
            yield engine
        finally:
            engine.dispose()


def overwrite(source: Engine, engine: Engine) -> dict[str, int]:
    """Make a SQLite ledger equal to another one, in one transaction; returns rows by table.

    Whoever has it open sees the new content with their next query. Raises LedgerRefuses where the
    copy differs, DatabaseUnusable.
    """
    own, other = (Path(str(one.url.database)) for one in (engine, source))
    with reading(source) as session:
        before, rows = tally.taken(session), moving.rows_in(session)
    try:
        with _raw(other, read_only=True) as read, _raw(own) as write:
            read.backup(write, progress=_patience())
    except sqlite3.Error as error:
        raise unusable(error) from error
    with reading(engine) as session:
        tally.require_equal(before, tally.taken(session))
        tally.require_equal(_counted(rows), _counted(moving.rows_in(session)))
    return rows


def _copied(engine: Engine, part: Path) -> dict[str, int]:
    """Fill an empty file; prove it equal to what was read of the ledger in the same moment."""
    with reading(engine) as session:
        before, rows = tally.taken(session), moving.rows_in(session)
        if engine.dialect.name == "sqlite":
            with _raw(part) as target:
                _driver(session).backup(target)
        else:
            _by_rows(session, part)
    after = _checked(part)
    tally.require_equal(before, after)
    with _engine(part) as copy, reading(copy) as session:
        tally.require_equal(_counted(rows), _counted(moving.rows_in(session)))
    _as_one_file(part)
    return rows


def _by_rows(session: Session, part: Path) -> None:
    with _engine(part) as copy, writing(copy) as write:
        moving.copy(session, write, lambda *_: None)


@contextmanager
def _engine(path: Path) -> Iterator[Engine]:
    made = connect(Settings(database_url=f"sqlite:///{path}"))
    try:
        yield made
    finally:
        made.dispose()


def _checked(path: Path) -> Tally:
    """Return what a copy sums to, after a look at every page of it."""
    with _raw(path) as connection:
        said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise sqlite3.DatabaseError(
                f"database disk image is malformed: {sqlite.in_a_line(said)}"
            )
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'charge'").fetchall():
            raise sqlite3.DatabaseError("it holds no ledger of claude-spend")
    engine = sqlite.open_file(URL.create("sqlite", database=str(path)))
    try:
        with translated(), Session(engine) as session:
            schema.revision(session.connection())
            return tally.taken(session)
    finally:
        engine.dispose()


def _as_one_file(path: Path) -> None:
    # A file that is carried elsewhere must not need a second one beside it.
    with _raw(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _raw(path: Path, *, read_only: bool = False) -> Iterator[sqlite3.Connection]:
    address = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        yield connection


def _patience() -> Callable[[int, int, int], None]:
    """Return what ends a copy that another process has kept waiting for too long.

    Python tries again for ever where the target is busy.
    """
    until = time.monotonic() + sqlite.BUSY_MS / 1000

    def step(status: int, _left: int, _pages: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    return step


def _driver(session: Session) -> sqlite3.Connection:
    return cast("sqlite3.Connection", session.connection().connection.driver_connection)


def _counted(rows: dict[str, int]) -> Tally:
    return {(name,): (count,) for name, count in rows.items()}


def _put(part: Path, file: Path, *, force: bool) -> None:
    """Give a finished file its name, on disk before anybody is told; never over another's."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    if force:
        part.replace(file)
    else:
        os.link(part, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse(engine: Engine, file: Path, force: bool) -> None:
    own = sqlite.file_of(engine)
    if own is not None and file.resolve() == own.resolve():
        raise BadValue(
            "A ledger cannot be its own backup.",
            "The file named is the ledger itself.",
            "Name another file, better on another disk.",
        )
    if file.is_dir() or (file.exists() and not force):
        raise BadValue(
            "There is something of that name already.",
            f"{file} is {'a folder' if file.is_dir() else 'a file'}, and is left as it is.",
            "Name another file, or add --force to replace a file.",
        )


def _not_written(file: Path, error: Exception) -> SpendError:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return LedgerRefuses(
        "The backup could not be written.",
        f"{file}: {said}.",
        "Make room or name a place that this user may write to. The ledger is as it was, and no "
        "half-written file is left.",
        code="backup_failed",
    )


def _no_backup(file: Path, error: sqlite3.Error) -> SpendError:
    return LedgerRefuses(
        "The backup cannot be used.",
        f"{file}: {error}.",
        "Name another backup. The ledger is as it was.",
        code="backup_unusable",
    )
