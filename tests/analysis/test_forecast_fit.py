"""A run of days goes on by a named method, and its band is made of that method's own errors."""

from datetime import date, timedelta
from fractions import Fraction
from math import exp, log

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.forecast.fit import Band, Crossing, Fit, fit, fit_all
from core.analysis.forecast.past import Past, Window, half_width
from core.analysis.forecast.weeks import (
    LAST_WEEK,
    MODEL,
    NONE,
    ROUGH,
    TYPICAL,
    WORDS,
    _grown,
    levelled,
)
from core.calendar import Span

AS_OF = date(2026, 11, 16)
DAY = timedelta(days=1)
USD = 10**10


def run(values: list[int], until: date = AS_OF + 40 * DAY, without: tuple[int, ...] = ()) -> Fit:
    """Fit days of these amounts, the last one the day before AS_OF; some of them are unknown."""
    first = AS_OF - len(values) * DAY
    days = [(first + n * DAY, v) for n, v in enumerate(values) if n not in without]
    frame = pl.DataFrame(days, schema={"day": pl.Date, "value": pl.Int64}, orient="row")
    return fit(frame, AS_OF, until=until)


def ahead(days: int, lead: int = 0) -> Span:
    return Span(AS_OF + lead * DAY, AS_OF + (lead + days) * DAY)


# ── methods ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "method", "week"),
    [
        ([5] * 6, NONE, ()),
        ([1, 2, 3, 4, 5, 6, 7], ROUGH, (4,) * 7),
        ([1] * 7 + [9, 8, 7, 6, 5, 4, 3], LAST_WEEK, (9, 8, 7, 6, 5, 4, 3)),
        ([40, 0, 0, 0, 0, 0, 0] * 4, MODEL, (40, 0, 0, 0, 0, 0, 0)),
        ([9, 0, 0, 0, 0, 0, 0] + [0] * 21 + [0, 8, 0, 0, 0, 0, 0] * 2, TYPICAL,
         (0, 4, 0, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_the_method_is_that_which_the_days_allow(values, method, week):
    found = run([v * USD for v in values])
    assert (found.method, found.weeks[:7]) == (method, tuple(v * USD for v in week))
    assert found.weeks[-7:] == found.weeks[:7]
    assert found.method in WORDS


def test_a_steady_spend_goes_on_and_its_band_is_as_narrow():
    found = run([5 * USD] * 120)
    assert found.method == MODEL
    assert found.path == (5 * USD,) * 40
    assert found.expected(ahead(15)) == 75 * USD
    assert found.interval(ahead(15)) == Band(75 * USD, 75 * USD, 26)
    assert found.interval(ahead(30, lead=15)) == Band(150 * USD, 150 * USD, 16)


def test_the_model_is_the_mean_of_the_trend_and_of_four_weeks():
    # $10 a day for 28 days, $20 on each of the last 14: the four weeks' mean is $15, and the
    # trend has all but followed. Before 56 days no growth is known.
    found = run([10 * USD] * 28 + [20 * USD] * 14)
    assert all(17 * USD < value < 19 * USD for value in found.weeks)
    assert found.weeks[7:14] == found.weeks[:7]


def test_some_of_the_latest_growth_goes_on_for_five_weeks():
    # A week of seven times $10 after four weeks at $8 and four at $10: growth by a quarter, of
    # which two fifths go on, spread over 28 days. The week's level is a week old.
    grown = _grown((10 * USD,) * 7, [8] * 28 + [10] * 28)
    pace = 0.4 * log(1.25) / 28
    assert grown == tuple(round(10 * USD * exp(pace * n)) for n in range(8, 43))
    # More than 0.3 (35 %) is taken for 0.3, in both directions, and a short past for none.
    assert _grown((100,) * 7, [1] * 28 + [9] * 28)[0] == round(100 * exp(0.4 * 0.3 / 28 * 8)) == 103
    assert _grown((100,) * 7, [9] * 28 + [1] * 28)[0] == 97
    assert _grown((100,) * 7, [1] * 27 + [9] * 28) == (100,) * 35
    # After five weeks the last one comes again and again.
    found = run([10 * USD] * 28 + [11 * USD] * 40, until=AS_OF + 60 * DAY)
    assert found.path[35:42] == found.path[28:35] == found.path[49:56]
    assert found.path[34] > found.path[6] > 11 * USD
    for days in (3, 35, 40, 49, 55):
        assert found.expected(ahead(days)) == sum(found.path[:days])


def test_no_expectation_is_below_zero():
    assert set(run([-3 * USD] * 60).weeks) == {0}
    assert run([-3 * USD] * 8).weeks == (0,) * 7


@pytest.mark.parametrize("days", [0, 6, 10, 20])
def test_too_few_days_have_no_band(days):
    found = run([USD] * days)
    assert found.interval(ahead(9)) is None
    assert found.share_over(ahead(9), 5 * USD) is None
    assert (found.expected(ahead(9)) is None) == (days < 7)


# ── days that are not known ───────────────────────────────────────────────────────────────────


def test_a_gap_is_no_drop():
    whole = run([n % 7 * USD for n in range(120)])
    holed = run([n % 7 * USD for n in range(120)], without=(60, 117, 118))
    assert holed.weeks == whole.weeks
    assert holed.days == 117
    days = [AS_OF - 60 * DAY, AS_OF - 3 * DAY, AS_OF - 2 * DAY]
    assert holed.gaps == dict(zip(days, [4 * USD, 5 * USD, 6 * USD], strict=True))
    # 117 and 118 are expected at what they cost a week before, beside the days to come.
    start = AS_OF - 4 * DAY
    assert holed.expected(Span(start, AS_OF)) == 11 * USD
    assert whole.expected(Span(start, AS_OF)) == 0


def test_days_from_as_of_on_are_left_out():
    frame = pl.DataFrame({"day": [AS_OF + n * DAY for n in range(-30, 3)], "value": [USD] * 33})
    cheap = frame.with_columns(pl.when(pl.col("day") < AS_OF).then("value").otherwise(0))
    assert fit(cheap, AS_OF, until=AS_OF).weeks == (USD,) * 35


def test_windows_that_are_mostly_unknown_teach_nothing():
    values, weeks = (10,) * 40, dict.fromkeys(range(10, 30), (10,) * 7)
    assert len(Past(values, frozenset(), weeks).errors(Window(0, 10))) == 20
    # One day of ten may be unknown, not two: origins 20 to 25 lose both 25 and 29.
    assert len(Past(values, frozenset({29}), weeks).errors(Window(0, 10))) == 20
    assert len(Past(values, frozenset({25, 29}), weeks).errors(Window(0, 10))) == 14


def test_of_a_public_holiday_nothing_is_learnt_where_it_is_low():
    values = [10, 20, 30, 40, 50, 60, 70] * 3
    low = [*values[:8], 2, *values[9:19], 0, 70]
    # Day 8 is as its weekday around it, (20 + 20) / 2; day 19 as the one before it alone.
    assert levelled(low, {8, 19}) == (*values,)
    # A holiday that was no lower stays, and so does one with holidays a week before and after.
    assert levelled([10, *values[1:7], 99, *values[8:]], {7}) == (*values[:7], 99, *values[8:])
    assert levelled(low, {1, 8, 15}) == (*low[:1], 20, *low[2:8], 2, *low[9:])
    assert levelled(low[:8], {8, 19}) == tuple(low[:8])


def test_a_holiday_last_week_is_not_expected_again():
    days = [AS_OF - (14 - n) * DAY for n in range(14)]
    frame = pl.DataFrame({"day": days, "value": [*[n % 7 * USD + USD for n in range(13)], 0]})
    assert fit(frame, AS_OF, until=AS_OF).weeks[6] == 0
    found = fit(frame, AS_OF, until=AS_OF, free={days[13]})
    assert found.weeks == tuple((n + 1) * USD for n in range(7))
    # What was really spent stays what it was.
    assert found.past.actual(7, 14) == 21 * USD


# ── the band, worked out by hand ──────────────────────────────────────────────────────────────


def test_half_of_the_band_is_the_conformal_quantile():
    errors = [-9, -8, -7, -6, -5, 1, 2, 3, 4, 10]
    # ceil(11 x 0.8) = 9th of ten sizes; ceil(11 x 0.95) = 11th, so the largest.
    assert half_width(errors, 80) == 9
    assert half_width(errors, 95) == 10


def test_errors_are_scaled_by_how_the_spend_has_grown():
    # 28 days at 10, then 28 at 40: the level went from 280 to 1120, four times, so three count.
    values = (10,) * 28 + (40,) * 28
    past = Past(values, frozenset(), {28: (10,) * 7, 35: (30,) * 7})
    # 28: (80 - 20) x 3; 35: (80 - 60) x 1120 / (21 x 10 + 7 x 40 = 490) = 45.7.
    assert past.errors(Window(0, 2)) == [46, 180]
    assert past.errors(Window(1, 2)) == [23, 90]
    # At day 37 only what had ended by then: (280 - 70) x (19 x 10 + 9 x 40 = 550) / 280 = 412.5.
    assert past.errors(Window(0, 7), at=37) == [413]


def test_a_span_longer_than_any_past_window_has_a_wider_band():
    found = run([(10 + n % 2) * USD for n in range(100)], until=AS_OF + 365 * DAY)
    # A past this short is tried every second day from 28 on: 15 times 44 days before its end.
    near, far = found.interval(ahead(44)), found.interval(ahead(90))
    assert near is not None
    assert far is not None
    assert (near.stretched, far.stretched) == (False, True)
    assert near.windows == far.windows == 15
    # (90 / 44)^1.5 times as far off.
    ratio = Fraction(far.high - far.low, near.high - near.low)
    assert abs(ratio - Fraction(292545, 100000)) < Fraction(1, 10000)


def test_the_band_ends_no_lower_than_what_was_seen():
    found = run([(n * 37 % 11) * USD for n in range(1, 121)])
    plain = found.interval(ahead(1))
    assert plain is not None
    floor = found.interval(ahead(1), seen=plain.low + 1)
    assert floor is not None
    assert (floor.low, floor.high) == (plain.low + 1, plain.high)


def test_the_chance_is_the_share_of_errors_that_carry_it_over():
    values = [(10 + 2 * (n % 3)) * USD for n in range(130)]
    found = run(values)
    span = ahead(5)
    errors = found.past.errors(Window(0, 5))
    middle = found.expected(span)
    assert middle is not None
    limit = middle + errors[-4]
    over = sum(error > errors[-4] for error in errors)
    assert found.share_over(span, limit) == Fraction(over, len(errors))
    assert found.share_over(span, -1) == 1
    assert found.share_over(span, 10**18) == 0


# ── crossing ──────────────────────────────────────────────────────────────────────────────────


def test_an_amount_is_passed_on_the_day_that_carries_over_it():
    found = run([5 * USD] * 120, until=AS_OF + 10 * DAY)
    assert found.crossing(12 * USD) == Crossing(*[AS_OF + 2 * DAY] * 3)
    assert found.crossing(15 * USD) == Crossing(*[AS_OF + 3 * DAY] * 3)
    assert found.crossing(0) == Crossing(*[AS_OF] * 3)
    assert found.crossing(50 * USD) == Crossing(None, None, None)
    assert found.crossing(12 * USD, end=AS_OF + 2 * DAY) == Crossing(None, None, None)


def test_without_a_band_there_is_a_day_alone():
    assert run([USD] * 14).crossing(3 * USD) == Crossing(AS_OF + 3 * DAY, None, None)


# ── many at once ──────────────────────────────────────────────────────────────────────────────

AMOUNTS = st.integers(0, 10**15)


@settings(max_examples=15)
@given(st.lists(st.lists(AMOUNTS, min_size=0, max_size=40), min_size=1, max_size=3))
def test_many_runs_are_what_each_is_alone(runs):
    rows = [
        (str(k), AS_OF - (len(values) - n) * DAY, value)
        for k, values in enumerate(runs)
        for n, value in enumerate(values)
    ]
    schema = {"key": pl.String, "day": pl.Date, "value": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = fit_all(frame, AS_OF, until=AS_OF + 9 * DAY)
    for key, one in found.items():
        alone = run(runs[int(key)])
        assert (one.method, one.weeks, one.first) == (alone.method, alone.weeks, alone.first)
        for level in (80, 95):
            mine, other = one.interval(ahead(5), level), alone.interval(ahead(5), level)
            assert mine == other
            middle = one.expected(ahead(5))
            assert mine is None or (middle is not None and 0 <= mine.low <= middle <= mine.high)
