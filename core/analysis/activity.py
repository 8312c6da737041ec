"""Tokens by type, the cache's share, and what people did, with its cost beside it."""

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from core.analysis.query import View
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class CacheShare:
    """Input tokens read from the cache, of all input tokens; exact."""

    read: int
    all_input: int

    @property
    def fraction(self) -> Fraction | None:
        """Return read / all_input, or None where there was no input."""
        return Fraction(self.read, self.all_input) if self.all_input else None


@dataclass(frozen=True, slots=True)
class People:
    """One row a person (or key): user, user_name, cost (null: unknown) and the activity's counts.

    Columns: `user`, `user_name`, `cost` (units of 1e-8 cents, Int64, null where no source gives
    the person's cost), `sessions`, `lines_added`, `lines_removed`, `commits`, `pull_requests`,
    `accepted`, `rejected`, `messages` (Int64, null: not reported).
    """

    frame: pl.DataFrame
    findings: list[Finding]


def tokens_by_type(
    book: Book, span: Span, *, grain: str = "day", connections: tuple[str, ...] = (),
    basis: str = "counted_once",
) -> View:  # fmt: skip
    """Return tokens by time and token type."""
    raise NotImplementedError


def cache_share(
    book: Book, span: Span, *, connections: tuple[str, ...] = (), basis: str = "counted_once"
) -> CacheShare:
    """Return the share of input tokens that the prompt cache served."""
    raise NotImplementedError


def people(book: Book, span: Span, *, connections: tuple[str, ...] = ()) -> People:
    """Return what each person did in a span, and what the person cost where a source says so."""
    raise NotImplementedError
