"""How busy a day is: weekdays, holidays, the shop's high season, and growth over the years."""

import math
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

_EPOCH = date(1970, 1, 1)
_GROWTH_START = date(2025, 10, 1)
RHYTHMS = ("office", "customer", "batch")
_FIXED_HOLIDAYS = {(1, 1), (1, 2), (5, 1), (7, 4), (12, 24), (12, 25), (12, 26), (12, 31)}


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


@lru_cache(maxsize=32)
def holidays(year: int) -> frozenset[date]:
    """Return the days on which the offices are closed."""
    thanksgiving = _nth(year, 11, 3, 4)
    moving = {
        _nth(year, 1, 0, 3),
        _nth(year, 6, 0, 1) - timedelta(days=7),
        _nth(year, 9, 0, 1),
        thanksgiving,
        thanksgiving + timedelta(days=1),
    }
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED_HOLIDAYS})


def _high_season(day: date) -> float:
    """Return what shoppers add: Black Friday to Cyber Monday, December, a quiet January."""
    friday = _nth(day.year, 11, 3, 4) + timedelta(days=1)
    if friday <= day <= friday + timedelta(days=3):
        return 1.7
    return {12: 1.2, 1: 0.88, 2: 0.93}.get(day.month, 1.0)


def _office(day: date) -> float:
    if day in holidays(day.year):
        return 0.12
    quiet = 0.55 if (day.month, day.day) > (12, 21) else 0.88 if day.month == 8 else 1.0
    return quiet * (0.92, 1.04, 1.08, 1.03, 0.86, 0.14, 0.12)[day.weekday()]


def _customer(day: date) -> float:
    return _high_season(day) * (1.0, 0.97, 0.97, 1.0, 1.06, 1.12, 1.08)[day.weekday()]


def _batch(day: date) -> float:
    return (1.25, 1.0, 1.0, 1.0, 1.0, 0.6, 0.7)[day.weekday()]


def _growth(day: date, low: float, rise: float, middle: float, width: float) -> float:
    months = (day - _GROWTH_START).days / 30.44
    return low + rise / (1 + math.exp((middle - months) / width))


def seasons(first: date, end: date) -> pl.DataFrame:
    """Return one row per day of `first`..`end` (exclusive): `day`, its number, and its factors."""
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    return pl.DataFrame(
        {
            "day": days,
            "day_number": [(day - _EPOCH).days for day in days],
            "office": [_office(day) for day in days],
            "customer": [_customer(day) for day in days],
            "batch": [_batch(day) for day in days],
            "platform": [_growth(day, 0.5, 0.75, 9, 4) for day in days],
            "enterprise": [_growth(day, 0.5, 0.7, 9, 2.5) for day in days],
        },
        schema_overrides={"day": pl.Date, "day_number": pl.UInt64},
    )
