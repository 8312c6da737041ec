"""Runs of days become fits: how each is expected to go on, learnt from its own past."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

import polars as pl

from core.analysis.forecast.fitted import LEVELS as LEVELS
from core.analysis.forecast.fitted import Band as Band
from core.analysis.forecast.fitted import Crossing as Crossing
from core.analysis.forecast.fitted import Fit as Fit
from core.analysis.forecast.past import FEWEST, Past
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

HISTORY = 400
"""Days before which nothing is looked at."""

_DAY = timedelta(days=1)


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
