"""Which series are watched: the organisation, and the largest values of each dimension."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from core.analysis.coverage import day_states, history_starts
from core.analysis.explore import ask
from core.analysis.query import NAMED, Query
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE
from core.ledger.revised import knew

MOST: Mapping[str, int] = {"workspace": 15, "api_key": 20, "model": 15, "product": 10, "user": 200}
"""How many values of a dimension are watched, those with the most cost in the last 30 days."""

NO_RHYTHM = ("user",)
"""Dimensions whose values are held against their own dearest days, dense or not."""

_DENSE = 84
"""A series has a rhythm if it cost something on half of its last so many days."""

_OVER = ("complete", "provisional", "capped")


@dataclass(frozen=True, slots=True)
class Series:
    """Cost by day, each dollar once, of everything (`dimension` '') or of one value of a dimension.

    `values` begin on `first`, in units of 1e-8 cents; None is a day that is not known or not over
    in one of the `connections` (by id) that it comes from. `free`: holidays among its days.
    """

    dimension: str
    name: str
    label: str
    first: date
    values: tuple[int | None, ...]
    connections: tuple[int, ...]
    rhythm: bool = True
    free: frozenset[date] = frozenset()

    def from_day(self, first: date) -> list[int | None]:
        """Return the values from a day on."""
        return list(self.values[max(0, (first - self.first).days) :])

    @property
    def spent(self) -> int:
        """Return the cost of the last 30 known days."""
        return sum([value for value in self.values if value is not None][-30:])


@dataclass(frozen=True, slots=True)
class Watched:
    """The series to judge, the organisation first, and how many others were left out.

    `left_out`: counts by dimension and reason (`beyond`, `quiet`, `sparse`, `same`).
    """

    series: tuple[Series, ...]
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)


def watched(book: Book, today: date, days: int) -> Watched:
    """Return what is to be watched: cost of the `days` before today, each dollar once."""
    span = Span(today - timedelta(days=days), today)
    over = _over(book, span)
    whole = [made for part in _parts(book, "", span) if (made := _series(book, part, over))]
    found, left = list(whole), Counter[tuple[str, str]]()
    for dimension, most in MOST.items():
        parts = sorted(_parts(book, dimension, span), key=lambda p: (-p.recent(span.end), p.name))
        left[dimension, "beyond"] += max(0, len(parts) - most)
        for part in parts[:most]:
            made = _series(book, part, over)
            reason = _reason(made, found)
            if made is None or reason:
                left[dimension, reason] += 1
            else:
                found.append(made)
    return Watched(tuple(found), +left)


def _reason(made: Series | None, found: list[Series]) -> str:
    """Return why a series is not watched: `quiet`, `sparse`, `same`; '' where it is."""
    if made is None or made.spent <= 0:
        return "quiet"
    if not made.rhythm and made.dimension not in NO_RHYTHM:
        return "sparse"
    # A key that is all of its workspace would tell every anomaly twice.
    same = any((s.first, s.values) == (made.first, made.values) for s in found if s.rhythm)
    return "same" if same and made.rhythm else ""


@dataclass(frozen=True, slots=True)
class _Part:
    dimension: str
    name: str
    label: str
    days: dict[date, int]
    connections: tuple[int, ...]

    def recent(self, end: date) -> int:
        return sum(v for day, v in self.days.items() if end - timedelta(days=30) <= day < end)


def _parts(book: Book, dimension: str, span: Span) -> Iterator[_Part]:
    """Yield every value of a dimension that cost something; what has no value is left out."""
    dims = (dimension,) if dimension else ()
    frame = ask(book, Query(("day", *dims, "connection"), "cost", span)).frame
    named = f"{dimension}_name" if dimension in NAMED else dimension
    texts = [pl.col(c).cast(pl.String) for c in (dimension, named)] if dims else [pl.lit("")] * 2
    rows = frame.select(
        "day", "connection", "value", _null(dimension, texts[0], named).alias("name"),
        texts[1].alias("label"),
    ).filter(pl.col("name").is_not_null(), pl.col("value") != 0)  # fmt: skip
    ids = {c.name: c.id for c in book.connections}
    for (name,), mine in rows.group_by("name", maintain_order=True):
        days: Counter[date] = Counter()
        for day, value in mine.select("day", "value").iter_rows():
            days[day] += value
        labels = mine["label"].drop_nulls()
        label = str(labels[0]) if len(labels) else str(name)
        sources = tuple(sorted(ids[text] for text in mine["connection"].unique()))
        yield _Part(dimension, str(name), label, dict(days), sources)


def _null(dimension: str, text: pl.Expr, named: str) -> pl.Expr:
    """Return the name by which a question asks for a row; the default workspace has one."""
    if dimension != "workspace":
        return text
    default = text.is_null() & (pl.col(named) == "Default")
    return pl.when(default).then(pl.lit(DEFAULT_WORKSPACE)).otherwise(text)


def _series(book: Book, part: _Part, over: Mapping[int, frozenset[date]]) -> Series | None:
    """Return the series of a value; None where none of its days is over and known."""
    known = frozenset.intersection(*(over[i] for i in part.connections))
    begins = [history_starts(book).get(i, date.min) for i in part.connections]
    first = max(min(part.days), *begins)
    days = [day for day in known if day >= first]
    if not days:
        return None
    span = Span(first, max(days) + timedelta(days=1))
    values = tuple(part.days.get(day, 0) if day in known else None for day in span)
    last = [value for value in values if value is not None][-_DENSE:]
    dense = 2 * sum(value > 0 for value in last) >= len(last)
    rhythm = dense and part.dimension not in NO_RHYTHM
    return Series(part.dimension, part.name, part.label, first, values, part.connections, rhythm)


def _over(book: Book, span: Span) -> dict[int, frozenset[date]]:
    """Return the days of each connection that are known in full, by its id.

    After the last day of a connection that was disconnected nothing more is to come.
    """
    states = day_states(book, span, "cost", book.connections, span.end)
    end = (pl.col("day") + timedelta(days=1)).cast(pl.Datetime("us", "UTC"))
    whole = states.filter(pl.col("state").is_in(_OVER), knew() >= end)
    full = whole.group_by("connection_id").agg("day")
    found = {i: frozenset(days) for i, days in full.iter_rows()}
    gone = {c.id for c in book.connections if c.state == "disconnected"}
    return {c.id: _gone(found.get(c.id, frozenset()), span, ended=c.id in gone)
            for c in book.connections}  # fmt: skip


def _gone(days: frozenset[date], span: Span, *, ended: bool) -> frozenset[date]:
    if not ended or not days:
        return days
    return days | {day for day in span if day > max(days)}
