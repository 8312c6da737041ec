"""The `where` of a question as predicates over ledger rows."""

from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches

import polars as pl

from core.analysis.labels import FAST_MODE, LABELS, NO_USAGE, UNSPLIT
from core.analysis.memo import per_book
from core.analysis.query import NAMED, TIMES, Query
from core.calendar import Span, month_start, next_month, parse_day
from core.errors import BadValue, UnknownName
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE, DIMENSIONS, NO_KEY, NOT_ATTRIBUTED, Cut

NULLS = ("", NO_KEY, DEFAULT_WORKSPACE, NOT_ATTRIBUTED, *UNSPLIT.values(), FAST_MODE, NO_USAGE)
"""What stands for null in a text column of the ledger."""

EMPTY = "(empty)"
"""Asks for what is null and stands for nothing else: neither `(not attributed)` nor a default."""


def alternatives(book: Book, query: Query) -> dict[str, frozenset[str]]:
    """Return, for each ledger dimension in `where`, the raw values that match.

    Raises UnknownName for a value that neither the facts nor the names have ever held.
    """
    found: dict[str, frozenset[str]] = {}
    for dim, value in query.where:
        if dim in DIMENSIONS:
            found[dim] = found.get(dim, frozenset()) | _raw(book, dim, value or "")
    return found


def matches(cut: Cut, wanted: dict[str, frozenset[str]]) -> list[pl.Expr] | None:
    """Return the predicates on a cut's rows, or None where none of its rows can match.

    A dimension that the cut does not know is null in all of its rows.
    """
    if any("" not in values for dim, values in wanted.items() if dim not in cut.dims):
        return None
    return [pl.col(d).is_in(sorted(v)) for d, v in wanted.items() if d in cut.dims]


def days(query: Query) -> list[pl.Expr]:
    """Return the predicates that `where` puts on the day; raises BadValue."""
    return [
        pl.any_horizontal(_within(span) for span in spans)
        for dim in TIMES
        if (spans := [_period(dim, value) for name, value in query.where if name == dim])
    ]


def known(book: Book, dim: str) -> frozenset[str]:
    """Return every value that a dimension of the facts can hold."""
    return _known(book, dim)


@per_book
def _known(book: Book, dim: str) -> frozenset[str]:
    kind = book.facts.schema[dim]
    if isinstance(kind, pl.Enum):
        return frozenset(kind.categories)
    return frozenset(book.facts[dim].cast(pl.String).unique())


def _raw(book: Book, dim: str, value: str) -> frozenset[str]:
    if not value:
        return frozenset(NULLS)
    if value == EMPTY:
        return frozenset({""})
    if value in NULLS or value in known(book, dim):
        return frozenset({value})
    ids = _called(book, dim, value)
    if not ids:
        raise _unknown(book, dim, value)
    return ids


def _called(book: Book, dim: str, name: str) -> frozenset[str]:
    """Return the ids that have this id in the directory, this name, or this e-mail address."""
    labels = {raw for raw, label in LABELS.get(dim, {}).items() if label == name}
    rows = [row for (_, kind, _), row in book.names.items() if kind == dim]
    if any(row.id == name for row in rows):
        return frozenset({name})
    return frozenset(labels | {row.id for row in rows if name in (row.name, row.email)})


def _unknown(book: Book, dim: str, value: str) -> UnknownName:
    there: Iterable[str] = known(book, dim) - set(NULLS)
    if dim in NAMED:
        named = {row.name for (_, kind, _), row in book.names.items() if kind == dim}
        there = {*there, *named} - {""}
    close = get_close_matches(value, sorted(there), n=5, cutoff=0.4) or sorted(there)[:5]
    return UnknownName(
        f"There is no {dim} {value!r}.",
        f"The ledger has never seen it. It knows, for instance: {', '.join(close) or 'none yet'}.",
        "Check the spelling, or sync first; ids and names are matched exactly.",
    )


def _within(span: Span) -> pl.Expr:
    return pl.col("day").is_between(span.start, span.end, closed="left")


def _period(dim: str, value: str | None) -> Span:
    if not value:
        return Span(date.min, date.min)
    if dim == "month":
        first = _month(value)
        return Span(first, next_month(first))
    day = parse_day(value)
    if dim == "day":
        return Span(day, day + timedelta(days=1))
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=7))


def _month(value: str) -> date:
    if len(value) == len("2026-11-01"):
        return month_start(parse_day(value))
    try:
        return parse_day(f"{value}-01")
    except BadValue:
        raise BadValue(
            f"{value!r} is not a month.",
            "Months are written YYYY-MM.",
            "Write the month as in 2026-11.",
        ) from None
