"""Opens the ledger: one engine, its migrations, and the two ways to use it, writing and reading."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, exc, make_url, text
from sqlmodel import Session

from core.errors import BadValue, DatabaseUnusable, NotAllowed
from core.ledger import postgres, schema, sqlite
from core.ledger.faults import RESTORE, translated, unusable
from core.settings import Settings

_SNAPSHOTS = "ledger_snapshots"
"""Execution option: where `snapshots` are."""


def connect(settings: Settings) -> Engine:
    """Return an engine on the ledger of these settings, created and migrated as needed.

    Raises DatabaseUnusable: damaged, not a database, not reachable, or of a newer version; and
    BadValue for an address that cannot be read.
    """
    try:
        with translated():
            engine = _open(address(settings))
            engine.update_execution_options(**{_SNAPSHOTS: settings.data_dir / "snapshots"})
            try:
                schema.upgrade(engine)
            except BaseException:
                engine.dispose()  # nobody else could close what it has opened
                raise
            return engine
    except (OSError, sqlite3.Error, exc.ProgrammingError) as error:
        raise unusable(error) from error


def snapshots(engine: Engine) -> Path:
    """Return the folder of the ledger's snapshots on this machine; it need not be there."""
    return Path(engine.get_execution_options()[_SNAPSHOTS])


def address(settings: Settings) -> URL:
    """Return where the ledger of these settings is; raises BadValue, which does not repeat it."""
    try:
        return make_url(settings.url)
    except (exc.ArgumentError, ValueError):
        raise BadValue(
            "The database's address cannot be read.",
            "After sqlite:/// follows a path, after postgresql:// user@host:port/database.",
            "Correct CLAUDE_SPEND_DATABASE_URL; characters such as @ in a password are written "
            "as %40.",
        ) from None


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return postgres.open_server(url)
    if url.database in {None, "", ":memory:"}:
        return sqlite.open_memory(url)
    return sqlite.open_file(url)


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yield a session in one write transaction that no other writer shares.

    Commits at the end, rolls back on any exception. Raises DatabaseUnusable, and NotAllowed for
    an engine that hides who is who: what is read by it must never be written back.
    """
    if engine.get_execution_options().get("ledger_veil"):
        raise NotAllowed(
            "This is not allowed: nothing is changed by who may not see the names of people.",
            "What they see are pseudonyms.",
            "Ask an admin of this dashboard to do it.",
        )
    # BEGIN IMMEDIATE: a transaction that reads first and writes later would fail at once when
    # another writer commits in between, whatever the busy timeout.
    options = engine.execution_options(**{sqlite.BEGIN: "BEGIN IMMEDIATE"})
    with translated(), Session(options, expire_on_commit=False) as session, session.begin():
        session.connection()  # a session would begin only with its first statement
        if postgres.is_server(engine):
            postgres.alone(session)
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session in one read transaction: all its queries see the same state.

    Keep it short: a reader that stays holds back the clean-up of the write-ahead log. Raises
    DatabaseUnusable.
    """
    options = engine
    if postgres.is_server(engine):
        options = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    with translated(), Session(options, expire_on_commit=False) as session, session.begin():
        yield session


def verify(engine: Engine) -> None:
    """Check the database's own structure, page by page; raises DatabaseUnusable when damaged."""
    if engine.dialect.name != "sqlite":
        return
    with reading(engine) as session:
        said = session.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if said != "ok":
        raise DatabaseUnusable(
            "The database is damaged.", f"SQLite says: {sqlite.in_a_line(said)}.", RESTORE
        )
