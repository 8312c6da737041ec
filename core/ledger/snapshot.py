"""The ledger as a memory-mapped file per version, and the ledger as it was at a moment."""

from datetime import datetime

from sqlalchemy import Engine

from core.ledger.book import Book
from core.ledger.versions import current_version as current_version
from core.settings import Settings


def book(engine: Engine, settings: Settings) -> Book:
    """Return the book of the ledger's current version; its frames lie in a memory-mapped file.

    The file is built when it is missing or damaged. Raises DatabaseUnusable.
    """
    raise NotImplementedError


def book_as_of(engine: Engine, moment: datetime) -> Book:
    """Return the book as the ledger stood at a moment, rebuilt from the restatement log.

    Names and connections are today's. Raises DatabaseUnusable.
    """
    raise NotImplementedError
