"""What a budget's filter leaves of the bill, and what several leave together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from core.analysis import filters, scope
from core.analysis.explore import ask
from core.analysis.query import DIMS, TIMES, Query, one_of
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.budgets import BudgetRow
from core.ledger.cuts import DIMENSIONS

TEAM = "team"

FILTERS = (*(dim for dim in DIMS if dim not in (*TIMES, "basis")), TEAM)
"""Dimensions that a budget may be narrowed by."""

_Where = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a budget looks at: a question's filter, and teams by id or name (empty: everybody)."""

    where: _Where
    connections: tuple[str, ...]
    teams: frozenset[str]


def filter_of(budget: BudgetRow) -> Filter:
    """Return a budget's filter; raises UnknownName for a dimension it cannot have."""
    for dim, _ in budget.where:
        one_of(dim, FILTERS, "dimension for budgets")
    teams = frozenset(value for dim, value in budget.where if dim == TEAM)
    where = tuple((dim, value) for dim, value in budget.where if dim != TEAM)
    return Filter(where, budget.connections, teams)


def daily(book: Book, chosen: Filter, span: Span) -> pl.DataFrame:
    """Return `day`, `connection`, `value`: cost counted once of what a filter leaves.

    Raises UnknownName for a value or a connection that the ledger has never seen.
    """
    by = ("day", "connection", *((TEAM,) if chosen.teams else ()))
    frame = ask(book, Query(by, "cost", span, chosen.where, chosen.connections)).frame
    if chosen.teams:
        wanted = sorted(chosen.teams)
        mine = pl.col("team").is_in(wanted) | pl.col("team_name").is_in(wanted)
        frame = frame.filter(mine.fill_null(value=False))
    return frame.select("day", pl.col("connection").cast(pl.String), "value")


def total(book: Book, chosen: Filter, span: Span) -> int:
    """Return what a filter leaves of the cost of a span, units of 1e-8 cents."""
    return int(daily(book, chosen, span)["value"].sum())


def both(book: Book, one: Filter, other: Filter, span: Span) -> Filter | None:
    """Return the filter of what two have in common, or None where they can share nothing."""
    wheres = (_where(book, one, span), _where(book, other, span))
    common: dict[str, frozenset[str]] = {}
    for dim in {**wheres[0], **wheres[1]}:
        sides = [where[dim] for where in wheres if dim in where]
        common[dim] = frozenset.intersection(*sides)
        if not common[dim]:
            return None
    names = [n for n in _names(book, one, span) if n in _names(book, other, span)]
    teams = _teams(one.teams, other.teams)
    if not names or teams is None:
        return None
    where = tuple((d, v or filters.EMPTY) for d in sorted(common) for v in sorted(common[d]))
    return Filter(where, tuple(names), teams)


def _teams(one: frozenset[str], other: frozenset[str]) -> frozenset[str] | None:
    if one and other:
        return one & other or None
    return one | other


def _where(book: Book, chosen: Filter, span: Span) -> dict[str, frozenset[str]]:
    """Return a filter's ledger values by dimension, so that names and ids are the same."""
    within = tuple(pair for pair in chosen.where if pair[0] in DIMENSIONS)
    return filters.alternatives(book, Query((), "cost", span, within))


def _names(book: Book, chosen: Filter, span: Span) -> list[str]:
    asked = Query((), "cost", span, chosen.where, chosen.connections)
    return [connection.name for connection in scope.connections(book, asked)]


def joint(book: Book, chosen: Sequence[Filter], span: Span, most: int = 500) -> int | None:
    """Return what filters leave together, each dollar once; None where too many overlap.

    By inclusion and exclusion; only overlaps of filters that can share anything are asked for.
    """
    level: list[tuple[int, Filter, int]] = [
        (n, one, total(book, one, span)) for n, one in enumerate(chosen)
    ]
    found, sign, asked = 0, 1, len(level)
    while level:
        found += sign * sum(size for _, _, size in level)
        following: list[tuple[int, Filter, int]] = []
        for last, common, _ in level:
            for n in range(last + 1, len(chosen)):
                asked += 1
                if asked > most:
                    return None
                meet = both(book, common, chosen[n], span)
                if meet is not None:
                    following.append((n, meet, total(book, meet, span)))
        level, sign = following, -sign
    return found


def everything(book: Book, span: Span) -> int:
    """Return the cost of a span, each dollar once."""
    return total(book, Filter((), (), frozenset()), span)


def by_day(frame: pl.DataFrame) -> dict[date, int]:
    """Return the sum of each day of a frame with `day` and `value`."""
    return dict(frame.group_by("day").agg(pl.col("value").sum()).sort("day").iter_rows())
