"""How one run of days is expected to go on, how far that can be off, and what follows from both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import isqrt

from core.analysis.forecast.past import FEWEST, Past, Window, half_width
from core.analysis.forecast.weeks import MODEL, WEEK
from core.calendar import Span

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
