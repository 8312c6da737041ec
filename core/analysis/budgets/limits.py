"""Who reaches their spend limit at Anthropic, and when, at the pace of the period so far."""

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from core.calendar import midnight, month_start, next_month
from core.ledger.limits import LimitRow

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """A limit and where its period is heading; amounts are of the limit's own currency.

    `reached`: spent is the limit or more. `day` is the one on which an even pace reaches it before
    its period is over, None where it does not or where nothing can be said: unlimited, or nothing
    spent, which may also mean that Anthropic could not read it.
    """

    limit: LimitRow
    reached: bool
    day: date | None


def reach(limit: LimitRow) -> Reach:
    """Return where a limit's period is heading, by what was spent until it was read."""
    spent, amount = limit.spent or 0, limit.amount
    if amount is None:
        return Reach(limit, reached=False, day=None)
    if spent >= amount and spent > 0:
        return Reach(limit, reached=True, day=None)
    read = limit.read_at.astimezone(UTC)
    first, end = _period(limit.period, read.date())
    gone = read - midnight(first)
    if spent <= 0 or gone <= timedelta(0):
        return Reach(limit, reached=False, day=None)
    needed = gone // _TICK * amount // spent
    if needed >= (midnight(end) - midnight(first)) // _TICK:
        return Reach(limit, reached=False, day=None)
    return Reach(limit, reached=False, day=(midnight(first) + needed * _TICK).date())


def _period(period: str, day: date) -> tuple[date, date]:
    """Return a period's first day and the day after its last; weeks begin on Mondays."""
    if period == "daily":
        return day, day + _DAY
    if period == "weekly":
        monday = day - day.weekday() * _DAY
        return monday, monday + 7 * _DAY
    return month_start(day), next_month(day)
