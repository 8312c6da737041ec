"""The backtest on days whose answer is known: by construction, or worked out in another way."""

from calendar import monthrange
from datetime import date, timedelta
from random import Random

import polars as pl

from core.analysis.forecast.fit import fit
from core.analysis.forecast.past import FEWEST
from core.analysis.forecast.record import Record, backtest, summed

USD = 10**10
FIRST = date(2026, 1, 5)
DAY = timedelta(days=1)


def record(values: list[int], step: int = 3) -> Record:
    days = [FIRST + n * DAY for n in range(len(values))]
    frame = pl.DataFrame({"day": days, "value": values}, schema={"day": pl.Date, "value": pl.Int64})
    end = FIRST + len(values) * DAY
    return backtest(fit(frame, end, until=end, step=step))


def run_rate_misses(values: list[int], step: int = 3) -> tuple[int, int]:
    """Return the folds of a run of days and what cost / days x days in the month misses in all."""
    folds, missed = 0, 0
    for n in range(len(values) - step, 27, -step):
        day = FIRST + n * DAY
        length = monthrange(day.year, day.month)[1]
        first = n - day.day + 1
        if first < 0 or first == n or first + length > len(values):
            continue
        spent, whole = sum(values[first:n]), sum(values[first : first + length])
        folds += 1
        missed += abs(whole - (2 * spent * length + n - first) // (2 * (n - first)))
    return folds, missed


def test_a_weekly_batch_is_foreseen_to_the_unit_and_the_run_rate_is_not() -> None:
    # $70 on every Monday of 230 days, nothing else.
    values = [70 * USD if n % 7 == 0 else 0 for n in range(230)]
    found = record(values)
    folds, missed = run_rate_misses(values)
    assert found.error == 0
    assert (found.folds, found.run_rate_error) == (folds, missed)
    assert missed > 0
    assert found.held80 == found.held95 == found.checked >= FEWEST


def test_a_day_that_nobody_could_foresee_is_missed_by_what_it_cost() -> None:
    # $10 a day for 230 days; on 15 August (day 222) $1000. As August is not over by then, and no
    # other month knows of it, nothing is missed; a month later it is, from every day before it.
    values = [10 * USD] * 222 + [1000 * USD] + [10 * USD] * 7
    assert record(values).error == 0
    later = values + [10 * USD] * 20
    found = record(later)
    before = [n for n in range(len(later) - 3, 27, -3) if date(2026, 8, 1) < FIRST + n * DAY]
    unseen = [n for n in before if n <= 222]
    assert found.error >= len(unseen) * 990 * USD > 0
    assert found.held80 < found.checked


def test_noise_widens_the_band_until_it_holds_as_often_as_it_says() -> None:
    random = Random(7)  # noqa: S311
    shape = [1.0, 1.1, 1.1, 1.0, 0.9, 0.5, 0.4]
    records = []
    for _ in range(4):
        level, values = 100.0, []
        for n in range(390):
            level *= 1 + random.gauss(0.002, 0.02)
            values.append(round(level * shape[n % 7] * random.uniform(0.9, 1.1) * 100) * USD // 100)
        records.append(record(values, step=5))
    whole = summed(records)
    assert whole.folds > 200
    assert whole.wape is not None
    assert whole.run_rate_wape is not None
    assert whole.wape < whole.run_rate_wape * 3 / 4
    assert whole.coverage80 is not None
    assert whole.coverage95 is not None
    assert 0.72 <= whole.coverage80 <= 0.92
    assert 0.88 <= whole.coverage95 <= 1
