"""What months, the quarter and twelve months will come to: actual so far and what is to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.analysis.forecast.coherence import coherent
from core.analysis.forecast.fit import LEVELS, Fit
from core.analysis.forecast.known import Known
from core.analysis.forecast.record import Record, backtest, run_rate
from core.analysis.forecast.series import Part
from core.analysis.forecast.weeks import NONE, SHARE
from core.calendar import Span, month_start, next_month

MONTHS = 12
RECENT = 28

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What some days will come to, units of 1e-8 cents: `actual` is what the ledger holds of them.

    `expected` is None where no method can say, the band where too few past forecasts could be
    checked. `windows` past ones were; `stretched`: none so far ahead, so the band was widened.
    `run_rate`: cost of the days known / their number x all, where there are any.
    """

    span: Span
    actual: int
    expected: int | None = None
    low80: int | None = None
    high80: int | None = None
    low95: int | None = None
    high95: int | None = None
    windows: int = 0
    stretched: bool = False
    run_rate: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that is forecast of one run of days; `dimension` is `''` for everything.

    `months` begin with the first one that is not known whole; `year` is the twelve months that
    begin with today's, `path` the month of today up to the end of each unknown day of it. `members`
    are the values of a line `other`.
    """

    dimension: str
    value: str | None
    line: str
    name: str
    method: str
    first: date
    as_of: date
    days: int
    months: tuple[Estimate, ...]
    quarter: Estimate
    year: Estimate
    path: tuple[Estimate, ...]
    record: Record
    members: int = 1


def horizon(known: Known, today: date) -> Span:
    """Return the days that are looked at: from the quarter, or the oldest unknown month, on."""
    unknown = min([known.as_of, today, *(day for day in known.gaps if day >= known.first)])
    start = min(quarter_of(today).start, month_start(max(unknown, known.first)))
    return Span(start, _later(month_start(today), MONTHS))


def quarter_of(day: date) -> Span:
    """Return the calendar quarter of a day."""
    start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Span(start, _later(start, 3))


def to_come(part: Part, fit: Fit, known: Known, span: Span) -> dict[date, int]:
    """Return what each unknown day of a span is still expected to cost, beside what it has cost.

    A part with too few days for any method is expected to cost what its known days did.
    """
    usual = _usual(part, known)
    found = {}
    for day in span:
        if day not in known and day >= known.first:
            expected = fit.on(day) if fit.weeks else usual
            found[day] = max(0, (expected or 0) - max(0, part.cost.get(day, 0)))
    return found


def _usual(part: Part, known: Known) -> int:
    days = [day for day in known.days[-RECENT:] if part.live.get(day)]
    return max(0, sum(part.live[day] for day in days) // len(days)) if days else 0


def outlook(
    dimension: str, part: Part, fit: Fit, coming: Mapping[date, int], known: Known, today: date
) -> Outlook:
    """Return what is forecast of one part, from what is still to come on each day."""
    whole = horizon(known, today)
    method = fit.method if fit.weeks or dimension == "" else SHARE

    def of(span: Span) -> Estimate:
        return estimate(part, fit, coming, known, span, sure=method != NONE)

    current = month_start(today)
    start = month_start(min([*coming, current]))
    ahead = [day for day in Span(current, next_month(current)) if day in coming]
    return Outlook(
        dimension, part.value, part.line, part.name, method, fit.first, known.as_of, fit.days,
        tuple(of(Span(m, next_month(m))) for m in _months(start, whole.end)),
        of(quarter_of(today)),
        of(Span(current, whole.end)),
        tuple(of(Span(current, day + _DAY)) for day in ahead) if not dimension else (),
        backtest(fit),
        part.members,
    )  # fmt: skip


def estimate(
    part: Part, fit: Fit, coming: Mapping[date, int], known: Known, span: Span, *, sure: bool
) -> Estimate:
    """Return what a span will come to; without a method (`sure` false) what it has cost alone."""
    actual = part.spent(span)
    days = [day for day in known.days if day in span]
    spent = sum(part.cost.get(day, 0) for day in days)
    rate = run_rate(spent, len(days), span.days) if days else None
    if not sure:
        return Estimate(span, actual, run_rate=rate)
    left = sum(amount for day, amount in coming.items() if day in span)
    half80, half95 = (fit.half(span, level) if fit.weeks else None for level in LEVELS)
    band = fit.interval(span)

    def end(half: int | None, side: int) -> int | None:
        return None if half is None else actual + max(0, left + side * half)

    return Estimate(
        span, actual, actual + left,
        end(half80, -1), end(half80, 1), end(half95, -1), end(half95, 1),
        band.windows if band else 0, bool(band and band.stretched), rate,
    )  # fmt: skip


def outlooks(
    dimension: str, parts: Sequence[Part], fits: Mapping[str, Fit], total: Mapping[date, int],
    known: Known, today: date,
) -> list[Outlook]:  # fmt: skip
    """Return what is forecast of a dimension's parts, scaled so that each day sums to the total."""
    span = horizon(known, today)
    own = {part.key: to_come(part, fits[part.key], known, span) for part in parts}
    last = known.days[-RECENT:]
    recent = {part.key: sum(part.live.get(day, 0) for day in last) for part in parts}
    scaled = coherent(total, own, recent)
    return [
        outlook(
            dimension, p, fits[p.key], {d: scaled[p.key].get(d, 0) for d in total}, known, today
        )
        for p in parts
    ]


def _months(start: date, end: date) -> list[date]:
    found = [start]
    while next_month(found[-1]) < end:
        found.append(next_month(found[-1]))
    return found


def _later(month: date, months: int) -> date:
    for _ in range(months):
        month = next_month(month)
    return month
