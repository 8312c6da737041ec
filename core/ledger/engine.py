"""Opens the ledger: one engine, its migrations, and the two ways to use it, writing and reading."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from core.settings import Settings


def connect(settings: Settings) -> Engine:
    """Return an engine on the ledger of these settings, created and migrated as needed.

    Raises DatabaseUnusable: damaged, not a database, not reachable, or of a newer version.
    """
    raise NotImplementedError


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yield a session in one write transaction that no other writer shares.

    Commits at the end, rolls back on any exception. Raises DatabaseUnusable.
    """
    raise NotImplementedError
    yield


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session in one read transaction: all its queries see the same state.

    Raises DatabaseUnusable.
    """
    raise NotImplementedError
    yield


def verify(engine: Engine) -> None:
    """Check the database's own structure, page by page; raises DatabaseUnusable when damaged."""
    raise NotImplementedError
