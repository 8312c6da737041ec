"""What drove an anomaly: its split, and the key, user or model that has the largest share of it.

What an anomaly was expected to cost is divided as the same weekdays of the four weeks before it
were. So every table of an anomaly sums to its impact, to the last digit.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from core.analysis.anomalies.events import Event
from core.analysis.anomalies.split import Cell, shared, split
from core.analysis.explore import ask
from core.analysis.query import NAMED, Query
from core.analysis.questions.possible import possible
from core.calendar import Span
from core.ledger.book import Book

CHILDREN = ("api_key", "user", "model", "product", "workspace")
"""The dimensions in which somebody responsible is looked for, in this order."""

_WEEKS = 4
_NAMED = 5
"""So many values of a dimension are kept, the rest as one."""

OTHERS = "(others)"


def driver(book: Book, event: Event) -> dict[str, Any]:
    """Return what drove an event, ready to be kept as JSON; amounts in units of 1e-8 cents.

    `split`: the fields of `Split`. `cells`: rows of model, token type, expected, actual, the
    largest difference first. `children`: by dimension, rows of name, label, expected, actual; the
    largest difference first, the rest as one row named OTHERS. `reference`: the days compared with.
    """
    days = _Days(book, event)
    tokens = days.tokens()
    cells = _cells(event.expected, days.costs(), tokens)
    return {
        "reference": [day.isoformat() for day in sorted(days.reference)],
        "split": asdict(split([cell for _, cell in cells])),
        "cells": [[*_pair(key), cell.expected, cell.actual] for key, cell in cells],
        "children": {dim: rows for dim in CHILDREN if (rows := days.children(dim))},
    }


def _pair(key: str) -> tuple[str, str]:
    model, _, token_type = key.partition("\x1f")
    return model, token_type


Sums = dict[str, tuple[int, int]]
"""By name: the sum over the days compared with, and over the days of the event."""


class _Days:
    """The days of an event beside those that it is compared with."""

    def __init__(self, book: Book, event: Event) -> None:
        self._book, self._event = book, event
        self.actual = frozenset(day.day for day in event.days)
        first = event.series.first
        self.reference = _same_weekdays(self.actual, first)
        self._span = Span(min(self.reference | self.actual), event.end)
        dim, name = event.series.dimension, event.series.name
        self._where = ((dim, name),) if dim else ()
        self._labels: dict[str, str] = {}

    def sums(self, measure: str, dims: tuple[str, ...]) -> Sums:
        """Return a measure by dimensions, on both sides."""
        query = Query(("day", *dims), measure, self._span, self._where)
        frame = ask(self._book, query).frame
        texts = [pl.col(dim).cast(pl.String).fill_null("") for dim in dims]
        named = [pl.col(f"{d}_name" if d in NAMED else d).cast(pl.String) for d in dims]
        rows = frame.select(
            "day", pl.concat_str(texts, separator="\x1f").alias("name"),
            pl.coalesce(*named, "line").alias("label"), "value",
        )  # fmt: skip
        self._labels |= {n: str(text) for n, text in rows.select("name", "label").iter_rows()
                         if text is not None}  # fmt: skip
        both = [_total(rows, self.reference), _total(rows, self.actual)]
        names = sorted({*both[0], *both[1]})
        return {name: (both[0].get(name, 0), both[1].get(name, 0)) for name in names}

    def tokens(self) -> Sums:
        """Return tokens by model and type; none where no report knows them of this series."""
        dim = self._event.series.dimension
        dims = ("model", "token_type", *((dim,) if dim else ()))
        if possible(self._book, dims, self._span, "tokens") is not None:
            return {}
        return self.sums("tokens", ("model", "token_type"))

    def children(self, dim: str) -> list[list[Any]]:
        """Return who has which part of the impact; nothing where no report can say."""
        own = self._event.series.dimension
        dims = (dim, *((own,) if own else ()))
        if dim == own or possible(self._book, dims, self._span) is not None:
            return []
        sums = self._whole(self.sums("cost", (dim,)))
        if not set(sums) - {""}:
            return []  # nobody has a name here
        parts = shared(self._event.expected, {name: before for name, (before, _) in sums.items()})
        rows = [(name, parts.get(name, 0), sums.get(name, (0, 0))[1]) for name in {*parts, *sums}]
        rows.sort(key=lambda row: (-abs(row[2] - row[1]), row[0]))
        named: list[list[Any]] = [
            [name, self._labels.get(name, name), *both] for name, *both in rows[:_NAMED]
        ]
        if rest := rows[_NAMED:]:
            sides = [sum(before for _, before, _ in rest), sum(now for _, _, now in rest)]
            named.append([OTHERS, f"{len(rest)} others", *sides])
        return named

    def costs(self) -> Sums:
        """Return cost by model and token type."""
        return self._whole(self.sums("cost", ("model", "token_type")))

    def _whole(self, sums: Sums) -> Sums:
        """Return sums that are the event's cost; another cut may know less of a value's."""
        left = self._event.actual - sum(now for _, now in sums.values())
        if not left:
            return sums
        before, now = sums.get("", (0, 0))
        return sums | {"": (before, now + left)}


def _same_weekdays(days: Collection[date], first: date) -> frozenset[date]:
    """Return the same weekdays of the four weeks before; all of their days where none is known."""
    start = min(days)
    weeks = [timedelta(weeks=n) for n in range(1, _WEEKS + 2)]
    same = {day - week for day in days for week in weeks}
    before = sorted((d for d in same if first <= d < start), reverse=True)
    weekdays = {day.weekday() for day in days}
    if before:
        return frozenset(before[: _WEEKS * len(weekdays)])
    return frozenset(start - timedelta(days=n) for n in range(1, 7 * _WEEKS + 1))


def _total(rows: pl.DataFrame, days: Collection[date]) -> dict[str, int]:
    mine = rows.filter(pl.col("day").is_in(sorted(days)))
    return dict(mine.group_by("name").agg(pl.col("value").sum()).iter_rows())


def _cells(expected: int, costs: Sums, tokens: Sums) -> list[tuple[str, Cell]]:
    """Return the cells; what was expected is divided as the cost of the days compared with."""
    parts = shared(expected, {name: before for name, (before, _) in costs.items()})
    every = sum(max(0, before) for before, _ in costs.values())
    scale = Fraction(expected, every) if every else Fraction(0)
    made = {
        name: Cell(
            parts.get(name, 0),
            costs.get(name, (0, 0))[1],
            max(0, tokens.get(name, (0, 0))[0]) * scale,
            max(0, tokens.get(name, (0, 0))[1]),
        )
        for name in sorted({*parts, *costs})
    }
    return sorted(made.items(), key=lambda item: (-abs(item[1].actual - item[1].expected), item[0]))
