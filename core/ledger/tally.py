"""What a ledger's facts sum to, by connection, cut and family: equal for equal ledgers."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, literal, select
from sqlmodel import Session

from core.errors import LedgerRefuses
from core.ledger.frame import MEASURES
from core.ledger.tables import FACTS, Series, table

Tally = dict[tuple[Any, ...], tuple[int, ...]]
"""Whole numbers by what they belong to."""

_HALF = 2**32
_WORD = literal(_HALF, BigInteger)


def taken(session: Session) -> Tally:
    """Return for each connection, cut and family: rows, the sum of their days, each measure's sum.

    A measure that is null counts as nothing in its sum; how many are null is another number.
    """
    return {
        (family, *row[:2]): _numbers(row[2:]) for family in FACTS for row in _sums(session, family)
    }


def require_equal(before: Tally, after: Tally) -> None:
    """Raise LedgerRefuses where two tallies differ; it names the first difference."""
    for key in sorted({*before, *after}, key=str):
        if before.get(key) != after.get(key):
            raise LedgerRefuses(
                f"The copy of {' '.join(map(str, key))} differs from the original.",
                f"It was {before.get(key)} and would be {after.get(key)}.",
                "Nothing was moved; the original is as it was. Please report this.",
                code="copy_differs",
            )


def _sums(session: Session, family: str) -> list[tuple[Any, ...]]:
    facts, series = table(FACTS[family]), table(Series)
    sums: list[ColumnElement[Any]] = [func.count(), func.sum(facts.c.day)]
    for measure in MEASURES[family]:
        column = facts.c[measure]
        # In halves: a sum may leave 64 bits, where SQLite fails.
        halves = (column // _WORD, column % _WORD)
        sums += [func.count(column), *(func.coalesce(func.sum(half), 0) for half in halves)]
    wanted = (
        select(series.c.connection_id, series.c.cut, *sums)
        .join_from(facts, series, facts.c.series_id == series.c.id)
        .group_by(series.c.connection_id, series.c.cut)
    )
    return [tuple(row) for row in session.execute(wanted)]


def _numbers(row: tuple[Any, ...]) -> tuple[int, ...]:
    """Return plain whole numbers, the halves of each sum together; PostgreSQL sends decimals."""
    rows, days, *rest = map(int, row)
    each = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return (rows, days, *(n for known, high, low in each for n in (known, high * _HALF + low)))
