"""What is kept of a watched series: its days, what was expected of them, and what was said first.

A restatement is never an anomaly. So each day has two verdicts: on what was known when it was first
judged, and on what is known now. Only a day that stood out first can begin an anomaly, and only a
day that still does is part of one.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.analysis.anomalies import expect, sparse
from core.analysis.anomalies.expect import Model
from core.analysis.anomalies.rules import TIMES, Band, over
from core.analysis.anomalies.watched import Series

RHYTHM, CEILING = "rhythm", "ceiling"
"""How a series is judged: against its own week, or against its own dearest days."""

LOOKBACK, LONGEST = 180, 400
"""Days that a series is first looked at, and after which it is looked at anew."""

_ALERT = min(TIMES.values())

Restated = Callable[[Series, date], int]
"""Returns by how much a day has been restated since it was complete, in units of 1e-8 cents."""


@dataclass(frozen=True, slots=True)
class Record:
    """A series with its judged days, from `first` on, one value and one band a day.

    `firsts`: what was known of a day when it was first judged, where that is another verdict.
    `basis`: what the days were judged by; another one begins a new record.
    """

    series: Series
    method: str
    basis: str
    first: date
    values: tuple[int | None, ...]
    bands: tuple[Band | None, ...]
    firsts: dict[date, tuple[int, Band]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Return the dimension and the name of the series."""
        return (self.series.dimension, self.series.name)

    def day(self, place: int) -> date:
        """Return the day at a place of `values`."""
        return self.first + timedelta(days=place)


def judge(
    series: Series,
    kept: Record | None,
    free: Collection[date],
    country: str,
    spent: int,
    restated: Restated,
    model: Model | None = None,
) -> Record:
    """Return the record of a series with every day that is over judged, from what `kept` knows.

    `spent`: cost of 30 days of the organisation, for a series without a rhythm. `restated` is
    asked about days that have not been judged before.
    """
    basis = f"{series.rhythm} {country} {series.connections}"
    kept = kept if kept and kept.basis == basis else None
    first = _first(series, kept)
    values = series.from_day(first)
    if series.rhythm:
        reused = _reusable(kept, first, values)
        bands = expect.bands(first, values, free, reused, model)
    else:
        bands = sparse.bands(values, spent)
    method = RHYTHM if series.rhythm else CEILING
    made = Record(series, method, basis, first, tuple(values), tuple(bands))
    return _with_firsts(made, kept, restated)


def _first(series: Series, kept: Record | None) -> date:
    last = series.first + timedelta(days=len(series.values))
    if kept and series.first <= kept.first and (last - kept.first).days <= LONGEST:
        return kept.first
    return max(series.first, last - timedelta(days=LOOKBACK))


def _reusable(kept: Record | None, first: date, values: list[int | None]) -> list[Band | None]:
    """Return the bands that no change of a value has touched: up to the first day that differs."""
    if kept is None or kept.first != first:
        return []
    pairs = zip(kept.values, values, strict=False)
    same = next((n for n, (old, new) in enumerate(pairs) if old != new), len(kept.values))
    return list(kept.bands[: same + 1])


def _with_firsts(made: Record, kept: Record | None, restated: Restated) -> Record:
    for place, (value, band) in enumerate(zip(made.values, made.bands, strict=True)):
        if value is None or band is None:
            continue
        day = made.day(place)
        was, how = _at_first(made, kept, day, value, band, restated)
        # A day that stands out neither then nor now, at any sensitivity, needs no memory.
        if (was, how) != (value, band) and (over(was, how, _ALERT) or over(value, band, _ALERT)):
            made.firsts[day] = (was, how)
    return made


def _at_first(
    made: Record, kept: Record | None, day: date, value: int, band: Band, restated: Restated
) -> tuple[int, Band]:
    if kept and day in kept.firsts:
        return kept.firsts[day]
    place = (day - kept.first).days if kept else -1
    if kept and 0 <= place < len(kept.values):
        was, how = kept.values[place], kept.bands[place]
        if was is not None and how is not None and how.judges:
            return was, how
    if not over(value, band, _ALERT):
        return value, band
    return value - restated(made.series, day), band
