"""What the days after a run of days are expected to cost: one answer for each run, by its method.

Every method has a level and a shape of weekdays; the model lets growth go on for five weeks. After
that the last week comes again and again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from math import exp, log

from core.money import UNITS_PER_DOLLAR, as_float

MODEL, TYPICAL, LAST_WEEK, ROUGH, NONE = (
    "mstl_and_weekday_mean",
    "typical_week_rough",
    "same_weekday_last_week",
    "run_rate_rough",
    "none",
)

SHARE, ACTUAL = "share_of_total", "actual"
"""What goes for a part with too few days of its own, and for days that are all known."""

WORDS = {
    MODEL: "the mean of a trend with weekdays (MSTL with ETS) and the last four same weekdays, "
    "some of the latest growth going on",
    TYPICAL: "a typical week, rough: on too many days nothing is spent for a model",
    LAST_WEEK: "the same weekday of last week: fewer than 28 days are known",
    ROUGH: "the mean of the days so far, rough: fewer than 14 days are known",
    NONE: "no forecast: fewer than 7 days are known",
    SHARE: "its share of the organisation's forecast: fewer than 7 days of its own are known",
    ACTUAL: "nothing is left to forecast: all days are known",
}
"""The methods as people read them."""

WEEK = 7
SHORTEST = {MODEL: 28, LAST_WEEK: 14, ROUGH: 7}
"""How many days a method needs."""

LOOK_BACK = 120
"""Days that a method looks back: more make it slower and no better."""

AHEAD, MONTH = 5 * WEEK, 4 * WEEK
GOES_ON, MOST = 0.4, 0.3
"""Of the growth from one four weeks to the next, how much goes on, and what is no growth any more
(as logarithms): all of it would be more than came on most of the series that were tried."""

_SPARSE_DAYS = 90
_START = date(2001, 1, 1)


def method_of(values: Sequence[int]) -> str:
    """Return by which method a run of days is expected to go on; the last value is the newest."""
    if len(values) >= SHORTEST[MODEL]:
        return TYPICAL if _sparse(values[-_SPARSE_DAYS:]) else MODEL
    return next((m for m in (LAST_WEEK, ROUGH) if len(values) >= SHORTEST[m]), NONE)


def weeks_after(runs: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Return the days expected after each run of days, the first one right after its end.

    Values are units of 1e-8 cents, one a day without gaps; none expected is below zero. They are
    whole weeks, the last of which comes again and again. A run too short for any method has none.
    """
    found = {key: _simple(values, method_of(values)) for key, values in runs.items()}
    recent = {k: tuple(runs[k][-LOOK_BACK:]) for k, week in found.items() if week is None}
    # The same run of days has the same answer: an only connection's are those of everything.
    answers = _modelled({str(n): run for n, run in enumerate(dict.fromkeys(recent.values()))})
    by_run = dict(zip(dict.fromkeys(recent.values()), answers.values(), strict=True))
    return {k: by_run[recent[k]] if week is None else week for k, week in found.items()}


def levelled(values: Sequence[int], free: Collection[int]) -> tuple[int, ...]:
    """Return a run of days whose free ones, by index, cost what the weekday did around them.

    A free day that was no lower stays: it rests in name only. Other free days are no measure.
    """
    found = list(values)
    for place in free:
        around = [n for n in (place - WEEK, place + WEEK) if 0 <= n < len(values) and n not in free]
        if place < len(values) and around:
            found[place] = max(values[place], _mean([values[n] for n in around]))
    return tuple(found)


def _sparse(values: Sequence[int]) -> bool:
    """Say whether days without cost are common, other than on weekdays that rest most weeks."""
    columns = [values[n::WEEK] for n in range(WEEK)]
    working = [c for c in columns if 2 * sum(1 for v in c if v) >= len(c)]
    zeros = sum(1 for column in working for value in column if not value)
    return not working or 10 * zeros > 3 * sum(map(len, working))


def _simple(values: Sequence[int], method: str) -> tuple[int, ...] | None:
    """Return the week of every method but the model, which needs its library."""
    if method == NONE:
        return ()
    if method == ROUGH:
        return (max(0, _mean(values)),) * WEEK
    if method == LAST_WEEK:
        return tuple(max(0, value) for value in values[-WEEK:])
    if method == TYPICAL or not any(values[-SHORTEST[MODEL] :]):
        recent = values[-SHORTEST[MODEL] :]
        return tuple(max(0, _mean(recent[n::WEEK])) for n in range(WEEK))
    return None


def _mean(values: Sequence[int]) -> int:
    """Return the mean as a whole number; a half rounds up."""
    return (2 * sum(values) + len(values)) // (2 * len(values))


def _modelled(runs: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    if not runs:
        return {}
    # These cost seconds and a hundred megabytes to import, so nothing else may do it.
    import polars as pl
    from statsforecast import StatsForecast
    from statsforecast.models import MSTL, AutoETS, SeasonalWindowAverage

    lengths = [(key, len(values)) for key, values in runs.items()]
    panel = pl.DataFrame(
        {
            "unique_id": [key for key, length in lengths for _ in range(length)],
            "ds": [_START + timedelta(days=n) for _, length in lengths for n in range(length)],
            "y": [as_float(value) for values in runs.values() for value in values],
        }
    )
    models = [
        MSTL(season_length=WEEK, trend_forecaster=AutoETS(model="ANN"), alias="trend"),
        SeasonalWindowAverage(season_length=WEEK, window_size=4, alias="weekdays"),
    ]
    answers = StatsForecast(models=models, freq="1d", n_jobs=1).forecast(df=panel, h=WEEK)
    mean = ((pl.col("trend") + pl.col("weekdays")) / 2 * UNITS_PER_DOLLAR).clip(0).round()
    frame = answers.sort("unique_id", "ds").select("unique_id", mean.cast(pl.Int64).alias("units"))
    parts = frame.partition_by("unique_id", as_dict=True)
    return {key: _grown(tuple(parts[(key,)]["units"]), run) for key, run in runs.items()}


def _grown(week: tuple[int, ...], run: Sequence[int]) -> tuple[int, ...]:
    """Return five weeks like one: its level is about a week old, and growth goes on from there."""
    pace = _pace(run)
    return tuple(round(week[n % WEEK] * exp(pace * (n + 1 + WEEK))) for n in range(AHEAD))


def _pace(run: Sequence[int]) -> float:
    """Return the growth of a day that goes on, as a logarithm; 0 where the past is too short."""
    now, before = sum(run[-MONTH:]), sum(run[-2 * MONTH : -MONTH])
    if len(run) < 2 * MONTH or now <= 0 or before <= 0:
        return 0.0
    return GOES_ON * max(-MOST, min(MOST, log(now / before))) / MONTH
