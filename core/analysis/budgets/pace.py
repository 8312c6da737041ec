"""How fast a budget is spent, what its month will come to, and when it will be crossed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from core.analysis.forecast.fit import Fit
from core.analysis.forecast.known import Known
from core.analysis.forecast.outlook import Estimate, estimate, to_come
from core.analysis.forecast.series import Part
from core.calendar import Span

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What complete days of a month have cost against an even pace, units of 1e-8 cents.

    `days` of the month's `of` days are complete; they cost `spent`, an even pace `allowed`.
    """

    days: int
    of: int
    spent: int
    allowed: int

    @property
    def ahead(self) -> int:
        """Return by how much more was spent than an even pace allows; less than zero: behind."""
        return self.spent - self.allowed


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a budget's month will come to, and when its amount is passed.

    `chance` is that of the month costing more, None where no past forecast tells; `day` is the day
    that passes the amount, `early` and `late` its 80 % interval, None: not this month. `crossed`:
    it is passed already, on `day`.
    """

    estimate: Estimate
    chance: Fraction | None = None
    day: date | None = None
    early: date | None = None
    late: date | None = None
    crossed: bool = False


def pace(cost: Mapping[date, int], known: Known, month: Span, amount: int) -> Pace:
    """Return how complete days compare with spending an amount evenly over a month."""
    days = [day for day in known.days if day in month]
    spent = sum(cost.get(day, 0) for day in days)
    return Pace(len(days), month.days, spent, amount * len(days) // month.days)


def ahead(part: Part, fit: Fit, known: Known, month: Span, amount: int | None) -> Ahead:
    """Return what a month will come to and when an amount is passed; None: there is no amount."""
    coming = to_come(part, fit, known, month) if fit.weeks else {}
    whole = estimate(part, fit, coming, known, month, sure=bool(fit.weeks))
    if amount is None:
        return Ahead(whole)
    passed = crossed_on(part.cost, month, amount)
    if passed:
        return Ahead(whole, Fraction(1), passed, passed, passed, crossed=True)
    if not fit.weeks:
        return Ahead(whole)
    left = sum(coming.values())
    # A day that has begun counts for what it has cost, so the fit's own sum is moved to match.
    limit = amount - part.spent(month) - left + (fit.expected(month) or 0)
    day, early, late = (_passes(part, fit, coming, month, amount, side) for side in (0, 1, -1))
    return Ahead(whole, fit.share_over(month, limit), day, early, late)


def crossed_on(cost: Mapping[date, int], month: Span, amount: int) -> date | None:
    """Return the day of a month whose cost carries the sum past an amount, if it is still past."""
    so_far, passed = 0, None
    for day in month:
        so_far += cost.get(day, 0)
        passed = (passed or day) if so_far > amount else None
    return passed


def _passes(
    part: Part, fit: Fit, coming: Mapping[date, int], month: Span, amount: int, side: int
) -> date | None:
    """Return the first day at which the expected sum (0) or an end of its band passes."""
    for day in month:
        span = Span(month.start, day + _DAY)
        half = fit.half(span) if side else 0
        if half is None:
            return None
        left = sum(value for when, value in coming.items() if when in span)
        if part.spent(span) + max(0, left + side * half) > amount:
            return day
    return None
