"""One run of days, how it is expected to go on, and how far that can be off."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import isqrt

import polars as pl

from core.analysis.forecast.past import FEWEST, Past, Window, half_width
from core.analysis.forecast.weeks import (
    MODEL,
    NONE,
    SHORTEST,
    TYPICAL,
    WEEK,
    levelled,
    method_of,
    weeks_after,
)
from core.calendar import Span

HISTORY = 400
"""Days before which nothing is looked at."""

FARTHEST = 92
"""Days ahead, a quarter, up to which past windows tell of themselves; longer ones overlap so much
that all of them are one experience."""

LEVELS = (80, 95)
"""How often, in percent, an interval shall hold."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Band:
    """Ends of an interval, units of 1e-8 cents, and how many past windows it rests on.

    `stretched`: so far ahead no past forecast could be checked; the band was widened instead.
    """

    low: int
    high: int
    windows: int
    stretched: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """The day on which an amount is expected to be passed, and the ends of its 80 % interval.

    None: not before the last day looked at, or no band is known.
    """

    day: date | None
    early: date | None
    late: date | None


@dataclass(frozen=True)
class Fit:
    """How a run of days is expected to go on, from `as_of` on, up to and without `until`.

    `first` is the first day known and `days` how many are; `method` is a key of
    `core.analysis.forecast.weeks.WORDS`; `weeks` the days from `as_of` on, the last seven of which
    repeat, none where too few days are known; `gaps` what unknown days before it may have cost.
    Amounts are units of 1e-8 cents, never below zero where they are expected.
    """

    method: str
    first: date
    as_of: date
    until: date
    days: int
    weeks: tuple[int, ...]
    past: Past
    gaps: Mapping[date, int] = field(default_factory=dict)

    @property
    def path(self) -> tuple[int, ...]:
        """Return what each day from `as_of` up to and without `until` is expected to cost."""
        days = (self.until - self.as_of).days if self.weeks else 0
        return tuple(self._ahead(n) for n in range(days))

    def on(self, day: date) -> int | None:
        """Return what an unknown day is expected to cost; None for a known day, or no forecast."""
        if day < self.as_of:
            return self.gaps.get(day)
        return self._ahead((day - self.as_of).days) if self.weeks else None

    def _ahead(self, days: int) -> int:
        known = len(self.weeks)
        return self.weeks[days if days < known else known - WEEK + (days - known) % WEEK]

    def expected(self, span: Span) -> int | None:
        """Return what the unknown days of a span will cost; None where no method can say."""
        return sum(self.on(day) or 0 for day in span) if self.weeks else None

    def half(self, span: Span, level: int = 80) -> int | None:
        """Return half the width of an interval that holds the unknown days' cost in `level` %.

        None where too few past forecasts can be checked, or where the method is no model; 0 where
        no day is unknown.
        """
        window = self._window(span)
        if not window.end:
            return 0
        errors, stretch = self._errors(window)
        return round(half_width(errors, level) * stretch) if errors else None

    def interval(self, span: Span, level: int = 80, *, seen: int = 0) -> Band | None:
        """Return the interval of what the unknown days of a span cost together, or None.

        It is made of this method's own past errors on sums of as many days as far ahead. `seen`:
        what these days have cost already, below which the band cannot end.
        """
        middle, half = self.expected(span), self.half(span, level)
        if middle is None or half is None:
            return None
        window = self._window(span)
        errors, stretch = self._errors(window) if window.end else ([], Fraction(1))
        low, high = max(seen, 0, middle - half), max(seen, middle + half)
        return Band(low, high, len(errors), stretch != 1)

    def share_over(self, span: Span, limit: int) -> Fraction | None:
        """Return the chance that the unknown days of a span cost more than an amount, or None.

        It is the share of past errors that would carry the expected amount over it.
        """
        middle, window = self.expected(span), self._window(span)
        if middle is None:
            return None
        if limit < 0 or not window.end:
            return Fraction(int(limit < 0))
        errors, stretch = self._errors(window)
        over = [error for error in errors if middle + error * stretch > limit]
        return Fraction(len(over), len(errors)) if errors else None

    def crossing(self, limit: int, end: date | None = None) -> Crossing:
        """Return when the days from `as_of` on will together have cost more than an amount.

        Days up to and without `end`, by default `until`, are looked at.
        """
        last = min(end or self.until, self.until)
        spans = [Span(self.as_of, self.as_of + n * _DAY) for n in range(1, _days(self, last) + 1)]
        return Crossing(*(self._first_over(spans, limit, side) for side in (0, 1, -1)))

    def _first_over(self, spans: list[Span], limit: int, side: int) -> date | None:
        """Return the first day at which the path (0) or an end of its band (1, -1) passes."""
        for span in spans:
            middle = self.expected(span)
            half = self.half(span) if side else 0
            if middle is None or half is None:
                return None
            if middle + side * half > limit:
                return span.end - _DAY
        return None

    def _window(self, span: Span) -> Window:
        """Return a span's unknown days as days ahead; gaps count as if they came after it."""
        lead = max(0, (span.start - self.as_of).days)
        gaps = sum(1 for day in self.gaps if day in span)
        length = max(0, (span.end - max(span.start, self.as_of)).days) + gaps
        return Window(lead, lead + length if length else 0)

    def _errors(self, window: Window) -> tuple[list[int], Fraction]:
        """Return the past errors of a window, and by how much they must be widened for it."""
        if self.method != MODEL:
            return [], Fraction(1)
        errors = self.past.errors(window)
        if len(errors) >= FEWEST and window.end <= FARTHEST:
            return errors, Fraction(1)
        shorter = self.past.longest(window.end - window.lead, FARTHEST)
        if shorter is None:
            return [], Fraction(1)
        return self.past.errors(shorter), _stretch(shorter, window)


def fit(
    daily: pl.DataFrame,
    as_of: date,
    *,
    until: date,
    step: int = 3,
    free: Collection[date] = frozenset(),
) -> Fit:
    """Return how one run of days goes on; see `fit_all`."""
    one = daily.select(pl.lit("").alias("key"), "day", "value")
    found = fit_all(one, as_of, until=until, step=step, free=free)
    return found.get("", unfit(as_of, until))


def unfit(as_of: date, until: date) -> Fit:
    """Return the fit of a run of which no day is known: it expects nothing."""
    return Fit(NONE, as_of, as_of, until, 0, (), Past((), frozenset(), {}))


def fit_all(
    series: pl.DataFrame,
    as_of: date,
    *,
    until: date,
    step: int = 3,
    free: Collection[date] = frozenset(),
) -> dict[str, Fit]:
    """Return, by key, how each run of days is expected to go on; many cost little more than one.

    `series` has `key` (String), `day` (Date) and `value` (Int64, units of 1e-8 cents), one row a
    complete day; a day between a key's first and `as_of` that is not there is unknown, never
    zero. `as_of` is the first day not known, rows from it on are left out; so are days more than
    HISTORY before it. Past forecasts are made every `step` days to learn from, in a short past more
    often. Of `free` days, which are public holidays, nothing is learnt where they are low.
    """
    runs = {key: _run(frame, as_of) for key, frame in _parts(series, as_of)}
    wanted: dict[str, tuple[int, ...]] = {}
    for key, (values, _) in runs.items():
        rest = _places(free, as_of - len(values) * _DAY, len(values))
        ends = (*_origins(values, step), len(values))
        wanted |= {f"{c} {key}": levelled(values[:c], rest) for c in ends}
    weeks = weeks_after(wanted)
    return {key: _fit(key, *run, as_of, until, weeks, step) for key, run in runs.items()}


def _places(days: Collection[date], first: date, count: int) -> frozenset[int]:
    return frozenset(place for day in days if 0 <= (place := (day - first).days) < count)


def _parts(series: pl.DataFrame, as_of: date) -> Iterator[tuple[str, pl.DataFrame]]:
    first = as_of - HISTORY * _DAY
    inside = series.filter(pl.col("day").is_between(first, as_of, closed="left")).sort("day")
    parts = inside.partition_by("key", as_dict=True)
    for key in series["key"].unique(maintain_order=True):
        yield key, parts.get((key,), inside.clear())


def _run(frame: pl.DataFrame, as_of: date) -> tuple[tuple[int, ...], frozenset[int]]:
    """Return a key's days up to `as_of` without gaps, and the indexes of those filled in."""
    known = dict(zip(frame["day"], frame["value"], strict=True))
    if not known:
        return (), frozenset()
    first = min(known)
    days = [first + n * _DAY for n in range((as_of - first).days)]
    guessed = frozenset(n for n, day in enumerate(days) if day not in known)
    return tuple(known[day] if day in known else _guess(known, day) for day in days), guessed


def _guess(known: Mapping[date, int], day: date) -> int:
    """Return what an unknown day may have cost: the mean of the same weekday before and after."""
    for weeks in (1, 2, 3, 4):
        there = [day - weeks * WEEK * _DAY, day + weeks * WEEK * _DAY]
        near = [known[other] for other in there if other in known]
        if near:
            return max(0, sum(near) // len(near))
    return max(0, sum(known.values()) // len(known))


def _origins(values: tuple[int, ...], step: int) -> range:
    """Return the days from which a method is tried on its own past; none for a short one."""
    if method_of(values) not in (MODEL, TYPICAL):
        return range(0)
    # A shorter past is tried more often, or it would tell nothing at all.
    days = len(values) - SHORTEST[MODEL]
    stride = max(1, min(step, days // (2 * FEWEST)))
    return range(len(values) - stride, SHORTEST[MODEL] - 1, -stride)


def _fit(
    key: str, values: tuple[int, ...], guessed: frozenset[int], as_of: date, until: date,
    weeks: Mapping[str, tuple[int, ...]], step: int,
) -> Fit:  # fmt: skip
    first = as_of - len(values) * _DAY
    past = Past(values, guessed, {c: weeks[f"{c} {key}"] for c in _origins(values, step)})
    gaps = {first + n * _DAY: values[n] for n in sorted(guessed)}
    days, ahead = len(values) - len(guessed), weeks[f"{len(values)} {key}"]
    return Fit(method_of(values), first, as_of, until, days, ahead, past, gaps)


def _days(fit: Fit, end: date) -> int:
    return max(0, (end - fit.as_of).days)


def _stretch(known: Window, wanted: Window) -> Fraction:
    """Return by how much errors of a window must grow for a longer or later one.

    A level that wanders misses a sum of L days, after a lead of a, by L times the root of a + L/3.
    """
    return Fraction(isqrt(10**12 * _variance(wanted) // _variance(known)), 10**6)


def _variance(window: Window) -> int:
    length = window.end - window.lead
    return length * length * (3 * window.lead + length)
