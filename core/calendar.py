"""Days are UTC days; a span is half open: its first day belongs to it, its end does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.errors import BadValue

ENTERPRISE_FLOOR = date(2026, 1, 1)
"""No Enterprise or unified answer exists before this day."""

REVISION_DAYS = 30
"""Anthropic may revise a day for this long."""

MONTH_SETTLES = 7
"""...or, by another of its documents, until about this many days after the month has ended."""

Clock = Callable[[], datetime]
"""Says what time it is, in UTC; injected, so that tests and the demo can choose."""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from `start` up to and without `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Return how many days the span has."""
        return (self.end - self.start).days

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range(self.days))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


ASKABLE = Span(date(1970, 1, 1), date(2200, 1, 1))
"""Days that a person may name; the calendar itself has an end, and arithmetic beyond it fails."""


def midnight(day: date) -> datetime:
    """Return the first moment of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def zulu(moment: datetime) -> str:
    """Return a moment as the API wants it: whole seconds, `Z` suffix."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_start(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """Return the first day of the month after a day's month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def year_before(day: date) -> date:
    """Return the same day one year earlier; 29 February becomes 28."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def settles_on(day: date) -> date:
    """Return the first day on which `day` can no longer be revised, by either document's rule."""
    return max(
        day + timedelta(days=REVISION_DAYS + 1),
        next_month(day) + timedelta(days=MONTH_SETTLES),
    )


def parse_day(text: str) -> date:
    """Return `YYYY-MM-DD` as a day; raises BadValue, also far from any day that can have costs."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadValue(
            f"{text!r} is not a day.",
            "Days are written YYYY-MM-DD and are UTC days.",
            "Write the day as in 2026-11-01.",
        )
    if day not in ASKABLE:
        raise BadValue(
            f"{text} is too far away.",
            f"Days can be asked for from {ASKABLE.start} up to and without {ASKABLE.end}.",
            "Leave the option out: without it, all that the ledger holds is reported.",
        )
    return day


def parse_moment(text: str) -> datetime:
    """Return an ISO 8601 timestamp as a moment; without a zone it is UTC. Raises BadValue."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadValue(
            f"{text!r} is not a timestamp.",
            "Timestamps are written as in ISO 8601 and are UTC unless they name a zone.",
            "Write it as in 2026-11-01T12:00:00Z.",
        ) from None
