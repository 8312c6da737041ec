"""The figures of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.analysis.compare import Comparison
from core.analysis.query import View
from core.errors import Finding
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current one connection is; days are None where nothing was fetched yet."""

    connection: str
    kind: str
    protocol: str
    state: str
    history_from: date | None
    data_through: date | None
    final_through: date | None
    fetched_at: datetime | None
    data_refreshed_at: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Month so far against the same days of last month, and what needs attention."""

    month: Comparison
    freshness: tuple[Freshness, ...]
    attention: tuple[Finding, ...]
    provisional_from: date | None
    provisional: int
    """The part of the month so far that can still be revised, in units of 1e-8 cents."""


def overview(book: Book, moment: datetime, *, basis: str = "counted_once") -> Overview:
    """Return the figures of the first page as they stand at a moment (UTC)."""
    raise NotImplementedError


def run_of_days(
    book: Book, end: date, days: int = 30, by: str = "source", n: int = 6,
    basis: str = "counted_once",
) -> View:  # fmt: skip
    """Return cost a day, divided by one dimension's `n` largest values and Other."""
    raise NotImplementedError


def freshness(book: Book, moment: datetime) -> Sequence[Freshness]:
    """Return how current each connection is at a moment."""
    raise NotImplementedError
