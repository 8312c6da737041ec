"""One sync at a time for a ledger, across processes; a killed process frees its lock at once."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from core.errors import DatabaseUnusable, SyncInProgress
from core.ledger import postgres
from core.ledger.faults import translated, unusable

log = logging.getLogger(__name__)


@contextmanager
def only_one(engine: Engine, held_by: str = "") -> Iterator[None]:
    """Hold the ledger's sync lock; raises SyncInProgress at once if another process has it.

    SQLite: an operating system lock on a file beside the database. PostgreSQL: a session-level
    advisory lock, which ends with its connection. `held_by` is put into the error's words.
    """
    if postgres.is_server(engine):
        with _advisory(engine, held_by):
            yield
        return
    path = Path(str(engine.url.database)).with_suffix(".sync.lock")
    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _in_progress(held_by) from None
    except OSError as error:
        raise DatabaseUnusable(
            "The ledger's folder cannot be written.",
            f"The lock file {path.name} could not be opened: {error.strerror}.",
            "Give the user who runs claude-spend the right to write in the database's folder.",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory(engine: Engine, held_by: str) -> Iterator[None]:
    digest = hashlib.blake2b(b"claude-spend sync", digest_size=8).digest()
    number = int.from_bytes(digest, "big", signed=True)
    with translated():
        connection = engine.connect()
    with connection:
        with translated():
            held = connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number})
            connection.commit()
        if not held:
            raise _in_progress(held_by)
        try:
            yield
        finally:
            _release(connection, number)


def _release(connection: Connection, number: int) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
        connection.commit()
    except DBAPIError as error:
        # The lock went with its connection; what was done under it is whole window by window.
        log.warning("The connection that held the sync's lock broke: %s", unusable(error))
        connection.invalidate()


def _in_progress(held_by: str) -> SyncInProgress:
    return SyncInProgress(
        "Another sync of this ledger is running.",
        f"{held_by or 'Another process'} holds the ledger's lock.",
        "Wait until it has finished; nothing was changed by this call.",
    )
