"""Days that stand out, as events: one for a run of days, closed after a week."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from core.analysis.anomalies.record import Record
from core.analysis.anomalies.rules import Band, over, under
from core.analysis.anomalies.watched import Series

DAYS = 7
"""An event is open for so many days; what still stands out after them is another one."""

FOUND, HEALED, RESTATED = "found", "healed", "restated"
"""It stands; it stood until its days were restated; it stands only since they were."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of an event, in units of 1e-8 cents."""

    day: date
    actual: int
    expected: int


@dataclass(frozen=True, slots=True)
class Event:
    """Days of a series that cost more (`drop`: less) than expected.

    `state` is one of FOUND, HEALED, RESTATED. The days of one that stands are those that stand out
    now; of one that healed, those that did.
    """

    series: Series
    first: date
    days: tuple[Day, ...]
    drop: bool = False
    state: str = FOUND

    @property
    def end(self) -> date:
        """Return the day after the last one."""
        return self.days[-1].day + timedelta(days=1)

    @property
    def actual(self) -> int:
        """Return what the days cost."""
        return sum(day.actual for day in self.days)

    @property
    def expected(self) -> int:
        """Return what they were expected to cost."""
        return sum(day.expected for day in self.days)

    @property
    def impact(self) -> int:
        """Return actual less expected, exactly."""
        return self.actual - self.expected

    @property
    def stamp(self) -> str:
        """Return what changes whenever the event's days or figures do."""
        return blake2b(repr((self.state, self.days)).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class _Judged:
    day: Day
    then: bool
    now: bool


def events(record: Record, times: int) -> list[Event]:
    """Return the events of a record at a sensitivity, by their first day; drops among them."""
    judged = [row for place in range(len(record.values)) if (row := _judged(record, place, times))]
    low = [row for place in range(len(record.values)) if (row := _low(record, place, times))]
    found = [_event(record, run, drop=False) for run in _runs(judged)]
    found += [_event(record, run, drop=True) for run in _runs(low)]
    return sorted(found, key=lambda event: (event.first, event.drop))


def _judged(record: Record, place: int, times: int) -> _Judged | None:
    value, band = record.values[place], record.bands[place]
    if value is None or band is None:
        return None
    now = over(value, band, times)
    was, how = record.firsts.get(record.day(place), (value, band))
    then = over(was, how, times)
    return _Judged(_day(record, place, value, band), then, now) if then or now else None


def _low(record: Record, place: int, times: int) -> _Judged | None:
    value, band = record.values[place], record.bands[place]
    if value is None or band is None or not under(value, band, times):
        return None
    if record.day(place) in record.series.free:
        return None
    return _Judged(_day(record, place, value, band), then=True, now=True)


def _day(record: Record, place: int, value: int, band: Band) -> Day:
    return Day(record.day(place), value, band.expected)


def _runs(judged: list[_Judged]) -> list[list[_Judged]]:
    """Return the days in groups of a week; what was said first decides, so that they stay put."""
    runs: list[list[_Judged]] = []
    for then in (True, False):
        mine: list[list[_Judged]] = []
        for row in (row for row in judged if row.then == then):
            if mine and (row.day.day - mine[-1][0].day.day).days < DAYS:
                mine[-1].append(row)
            else:
                mine.append([row])
        runs += mine
    return runs


def _event(record: Record, run: list[_Judged], *, drop: bool) -> Event:
    first = run[0].day.day
    if not run[0].then:
        return Event(record.series, first, tuple(r.day for r in run), drop, RESTATED)
    stands = tuple(row.day for row in run if row.now)
    if not stands:
        return Event(record.series, first, tuple(r.day for r in run), drop, HEALED)
    return Event(record.series, first, stands, drop)
