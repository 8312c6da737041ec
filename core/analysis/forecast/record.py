"""A method's track record: what it would have said of past month ends, and what was really said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from core.analysis.forecast.fit import LEVELS, Fit
from core.analysis.forecast.past import FEWEST, Window, half_width
from core.analysis.forecast.weeks import MODEL
from core.calendar import month_start, next_month

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Record:
    """How far month ends were missed in a number of folds: sums in units of 1e-8 cents.

    A fold is a past day from which the end of its month is forecast with what was known by then.
    `error` and `run_rate_error` are summed without sign, `total` is what the months cost.
    `held80` and `held95` of `checked` folds lay inside a band that was known by then.
    """

    folds: int = 0
    error: int = 0
    run_rate_error: int = 0
    total: int = 0
    checked: int = 0
    held80: int = 0
    held95: int = 0

    @property
    def wape(self) -> Fraction | None:
        """Return the error as a share of what the months cost."""
        return Fraction(self.error, self.total) if self.total > 0 else None

    @property
    def run_rate_wape(self) -> Fraction | None:
        """Return the same of month to date / days x days in the month."""
        return Fraction(self.run_rate_error, self.total) if self.total > 0 else None

    @property
    def coverage80(self) -> Fraction | None:
        """Return how often the 80 % band held."""
        return Fraction(self.held80, self.checked) if self.checked else None

    @property
    def coverage95(self) -> Fraction | None:
        """Return how often the 95 % band held."""
        return Fraction(self.held95, self.checked) if self.checked else None


def run_rate(spent: int, days: int, whole: int) -> int:
    """Return a month's total as cost tools tell it: its cost in some days, times all / those."""
    return (2 * spent * whole + days) // (2 * days)


def backtest(fit: Fit) -> Record:
    """Return what a fit's method would have said of every month that has ended, from each origin.

    The first day of a month is no fold: nothing has been spent that a run rate could go on with.
    """
    return summed(fold for origin in sorted(fit.past.weeks) for fold in _fold(fit, origin))


def summed(records: Iterable[Record]) -> Record:
    """Return several records as one."""
    rows = [(r.folds, r.error, r.run_rate_error, r.total, r.checked, r.held80, r.held95)
            for r in records]  # fmt: skip
    return Record(*(sum(column) for column in zip(*rows, strict=True))) if rows else Record()


def _fold(fit: Fit, origin: int) -> Iterable[Record]:
    past = fit.past
    start = fit.as_of - past.size * _DAY
    day = start + origin * _DAY
    first = (month_start(day) - start).days
    end = (next_month(day) - start).days
    if first < 0 or end > past.size or origin == first or not past.known(first, end):
        return
    window, truth, spent = (
        Window(0, end - origin),
        past.actual(first, end),
        past.actual(first, origin),
    )
    miss = truth - spent - past.expected(origin, window)
    rate = truth - run_rate(spent, origin - first, end - first)
    errors = past.errors(window, at=origin) if fit.method == MODEL else []
    held = [len(errors) >= FEWEST and abs(miss) <= half_width(errors, level) for level in LEVELS]
    yield Record(1, abs(miss), abs(rate), truth, int(len(errors) >= FEWEST), *map(int, held))


@dataclass(frozen=True, slots=True)
class Said:
    """One forecast as it was issued: of a month, with what was known before `as_of`."""

    month: date
    as_of: date
    expected: int
    low80: int | None
    high80: int | None


def kept_word(said: Iterable[Said], totals: dict[date, int]) -> Record:
    """Return how forecasts that were really issued turned out, for months of known totals.

    It has no run rate. A forecast issued when the month had ended is none.
    """
    return summed(
        Record(1, abs(totals[s.month] - s.expected), 0, totals[s.month], int(s.low80 is not None),
               int(s.low80 is not None and s.high80 is not None
                   and s.low80 <= totals[s.month] <= s.high80))
        for s in said
        if s.month in totals and s.as_of < next_month(s.month)
    )  # fmt: skip
