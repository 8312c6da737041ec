"""When a day stands out: floors, shares and noise, worked out by hand."""

from datetime import date, timedelta

import pytest

from core.analysis.anomalies import expect, sparse
from core.analysis.anomalies.freedays import free_days
from core.analysis.anomalies.rules import Band, bottom, ceiling, floor, noisy, over, under
from core.calendar import Span
from core.errors import BadValue

USD = 10**10
FIRST = date(2026, 6, 1)


def band(expected, scale, spent=1_000, limit=None):
    return Band(expected * USD, scale * USD, spent * USD, limit)


@pytest.mark.parametrize(
    ("spent", "dollars"),
    [(0, 5), (100, 5), (101, 10), (1_000, 10), (10_000, 25), (50_000, 75), (250_000, 100),
     (1_000_000, 150), (5_000_000, 250), (5_000_001, 500)],
)  # fmt: skip
def test_the_least_excess_follows_the_cost_of_30_days(spent, dollars):
    assert floor(spent * USD) == dollars * USD


def test_noise_share_and_floor_each_decide_where_they_are_the_largest():
    noise = band(100, 15)
    assert [ceiling(noise, times) // USD for times in (3, 4, 5)] == [145, 160, 175]
    assert over(160 * USD + 1, noise, 4)
    assert not over(160 * USD, noise, 4)
    assert ceiling(band(100, 1), 4) == 120 * USD  # a fifth
    assert ceiling(band(10, 1, spent=2_000), 4) == 35 * USD  # $25 at least
    assert bottom(noise, 4) == 40 * USD
    assert bottom(band(100, 30), 4) == 25 * USD  # a quarter is scant at half the noise
    assert bottom(band(100, 45), 4) == 10 * USD
    assert bottom(band(100, 50), 4) == 0
    assert under(40 * USD - 1, noise, 4)
    assert not under(40 * USD, noise, 4)


def test_without_known_noise_nothing_is_judged():
    early = band(100, 0)
    assert not early.judges
    assert not over(10**6 * USD, early, 4)
    assert not under(0, early, 4)
    assert noisy(10**6 * USD, early) == 0


def test_what_no_model_should_learn_from_is_four_times_the_noise_off():
    assert [noisy(n * USD, band(100, 10)) for n in (141, 140, 60, 59)] == [1, 0, 0, -1]
    assert [noisy(n * USD, band(100, 35)) for n in (25, 24)] == [0, -1]  # less than a quarter
    assert noisy(0, band(100, 50)) == 0


def test_a_person_is_held_against_their_own_dearest_days():
    # 120 active days of 1 to 120 dollars: the 99th percentile is the 119th, the median the 60th.
    values = [n * USD for n in range(1, 121)] + [None, 0, 200 * USD]
    found = sparse.bands(values, spent=2_000 * USD)
    assert found[13] is None  # thirteen active days are too few
    assert found[14] == Band(7 * USD, 0, 2_000 * USD, limit=14 * USD)
    assert found[120] is None
    last = found[122]
    assert last == Band(60 * USD, 0, 2_000 * USD, limit=119 * USD)
    assert ceiling(last, 4) == (119 + 25) * USD
    assert over(200 * USD, last, 4)
    assert not under(0, last, 4)


# ── what is expected, one day ahead ──────────────────────────────────────────────────────────


def last_week(history):
    return history[-7]


def level(values, free=(), model=last_week, kept=()):
    return expect.bands(FIRST, [v if v is None else v * USD for v in values], free, kept, model)


def test_a_day_is_expected_from_the_days_before_it_alone():
    seen = []

    def model(history):
        seen.append(list(history))
        return 100.0

    values = list(range(1, 31))
    level(values, model=model)
    assert seen[0] == [float(n) for n in range(1, 22)]
    assert [len(history) for history in seen] == list(range(21, 30))


def test_noise_is_known_after_three_weeks_of_errors_and_never_below_its_least():
    found = level([100] * 50)
    assert found[20] is None
    assert found[21] == Band(100 * USD, 0, 3_000 * USD)
    assert found[41].scale == 0
    assert found[42] == Band(100 * USD, 5 * USD, 3_000 * USD)  # 5 % of a day
    assert level([2] * 50)[-1].scale == USD // 2  # 50 cents


def test_noise_is_the_median_error_from_the_median_error():
    # Each week 7 dollars more than the last: every error is 7, so there is no spread at all.
    rising = [100 + 7 * (n // 7) for n in range(50)]
    assert level(rising)[-1].scale == max(USD // 2, sum(rising[-29:-1]) * USD // (20 * 28))
    # Errors of 0 and 40 in turn: median 20, all 20 off it.
    swing = [100] * 21 + [100 + 40 * (n % 2) for n in range(29)]
    scale = level(swing, model=lambda _: 100.0)[43].scale
    assert scale == round(20 * USD * 1.4826)


def test_a_spike_is_not_learnt_from():
    found = level([100] * 50 + [900] + [100] * 20)
    assert {b.expected for b in found[50:]} == {100 * USD}


def test_a_new_level_is_learnt_after_a_week_above_and_two_below():
    up = level([100] * 50 + [300] * 20)
    assert [b.expected // USD for b in up[50:60]] == [100] * 7 + [300] * 3
    down = level([100] * 50 + [20] * 20)
    assert [b.expected // USD for b in down[50:66]] == [100] * 14 + [20] * 2


def three_weeks(history):
    return sum(history[-n] for n in (7, 14, 21)) / 3


WEEK = [100, 100, 100, 100, 100, 20, 20]


def test_a_new_level_lifts_what_was_before_by_a_factor_or_an_amount():
    doubled = level([*WEEK * 8, *[2 * v for v in WEEK * 3]], model=three_weeks)
    assert [b.expected // USD for b in doubled[56:70]] == [*WEEK, *[2 * v for v in WEEK]]
    added = level([*WEEK * 8, *[v + 90 for v in WEEK * 3]], model=three_weeks)
    assert [b.expected // USD for b in added[56:70]] == [*WEEK, *[v + 90 for v in WEEK]]
    assert doubled[63].scale == max(USD // 2, sum(WEEK) * 2 * USD // (7 * 20))


def test_days_that_ran_away_for_less_than_a_week_are_no_new_level():
    found = level([*WEEK * 8, *[5 * v for v in WEEK[:5]], *WEEK[5:], *WEEK * 3], model=three_weeks)
    assert [b.expected // USD for b in found[56:]] == WEEK * 4


def test_a_low_that_ends_in_a_new_level_does_not_hide_it():
    values = [*WEEK * 8, *[5] * 3, *(2 * v for v in WEEK[3:]), *[2 * v for v in WEEK * 2]]
    found = level(values, model=three_weeks)
    # Three low days, then twice as much: from a week after its first day on it is the level.
    assert [b.expected // USD for b in found[59:66]] == [*WEEK[3:], *WEEK[:3]]
    assert [b.expected // USD for b in found[66:70]] == [2 * v for v in WEEK[3:]]


def test_a_holiday_teaches_nothing_when_it_is_low():
    free = {FIRST + timedelta(days=n) for n in (49, 52)}
    values = [100] * 49 + [0, 100, 100, 500] + [100] * 12
    found = level(values, free)
    assert {b.expected for b in found[49:]} == {100 * USD}  # nor a week later
    assert not over(values[50] * USD, found[50], 3)
    assert over(values[52] * USD, found[52], 5)  # a dear holiday stands out all the same


def test_a_gap_is_not_judged_and_not_taken_for_zero():
    found = level([100] * 50 + [None, None] + [100] * 10)
    assert found[50:52] == [None, None]
    assert {b.expected for b in found[52:]} == {100 * USD}


def test_what_is_kept_is_not_worked_out_again():
    values = [100] * 60
    first = level(values)
    asked = []

    def model(history):
        asked.append(len(history))
        return history[-7]

    assert level([*values, 100], model=model, kept=first) == [*first, first[-1]]
    assert asked == [60]


def test_the_model_follows_weekdays():
    week = [100, 110, 120, 110, 100, 20, 10]
    model = expect.one_step()
    history = [float(v) for v in week * 12]
    for ahead in range(7):
        assert model([*history, *map(float, week[:ahead])]) == pytest.approx(week[ahead], abs=2)


def test_holidays_of_a_country_and_of_a_part_of_it():
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    assert date(2026, 11, 26) in free_days("US", year)
    assert date(2026, 11, 26) not in free_days("DE", year)
    epiphany = date(2026, 1, 6)
    assert epiphany in free_days("DE-BY", year)
    assert epiphany not in free_days("DE", year)
    assert free_days("none", year) == frozenset()
    assert free_days("US", Span(date(2026, 11, 1), date(2026, 11, 26))) == {date(2026, 11, 11)}


def test_days_beside_holidays_and_the_year_s_end_are_free_too():
    year = Span(date(2026, 1, 1), date(2027, 1, 1))
    mine = free_days("US", year)
    assert date(2026, 11, 27) in mine  # the Friday after Thanksgiving
    assert date(2026, 11, 25) not in mine
    assert {date(2026, 12, n) for n in range(24, 32)} <= mine
    assert date(2026, 12, 23) not in mine
    assert date(2026, 12, 28) not in free_days("SA", year)  # where Christmas is no holiday
    assert date(2026, 1, 2) in mine  # a Friday after New Year's Thursday


def test_a_country_nobody_knows_is_refused_with_what_to_do():
    with pytest.raises(BadValue, match="XX") as refused:
        free_days("XX", Span(FIRST, FIRST + timedelta(days=1)))
    assert "CLAUDE_SPEND_HOLIDAYS" in refused.value.fix
