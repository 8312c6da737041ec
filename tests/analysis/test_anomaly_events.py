"""Days become events, and a restatement never makes one."""

from datetime import date, timedelta

from core.analysis.anomalies.events import FOUND, HEALED, RESTATED, events
from core.analysis.anomalies.keeping import record_of, row_of
from core.analysis.anomalies.record import Record, judge
from core.analysis.anomalies.watched import Series

USD = 10**10
FIRST = date(2026, 6, 1)
USUAL = [100] * 60


def day(n):
    return FIRST + timedelta(days=n)


def series(values, **more):
    units = tuple(v if v is None else v * USD for v in values)
    return Series("workspace", "w1", "Web", FIRST, units, (1,), **more)


def judged(values, kept=None, restated=lambda *_: 0, free=(), country="US"):
    made = series(values, free=frozenset(free))
    return judge(made, kept, made.free, country, 0, restated, lambda history: history[-7])


def told(record, times=4):
    return [(e.first, [d.day for d in e.days], e.impact // USD, e.drop, e.state)
            for e in events(record, times)]  # fmt: skip


def test_a_spike_is_one_event_with_its_exact_impact():
    assert told(judged([*USUAL, 250, 100, 100])) == [(day(60), [day(60)], 150, False, FOUND)]


def test_a_usual_series_has_none():
    assert told(judged(USUAL)) == []


def test_a_run_of_days_is_one_event_and_is_closed_after_a_week():
    found = told(judged([*USUAL, *[300] * 20]))
    assert found == [(day(60), [day(n) for n in range(60, 67)], 7 * 200, False, FOUND)]


def test_days_of_one_week_with_calm_between_are_one_event_others_two():
    within = told(judged([*USUAL, 250, 100, 100, 250, 100, 100]))
    assert within == [(day(60), [day(60), day(63)], 300, False, FOUND)]
    apart = told(judged([*USUAL, 250, *[100] * 7, 250, 100]))
    assert [first for first, *_ in apart] == [day(60), day(68)]


def test_the_sensitivity_decides_and_needs_no_new_model():
    record = judged([*USUAL, 124, 100])  # noise is 5: 20 % and the floor of $25 decide
    assert told(record) == []
    record = judged([*[1000] * 60, 1210, 1000])  # noise is 50
    assert [len(told(record, times)) for times in (3, 4, 5)] == [1, 1, 0]


def test_a_drop_is_told_apart_and_a_low_holiday_is_none():
    assert told(judged([*USUAL, 0, 100])) == [(day(60), [day(60)], -100, True, FOUND)]
    assert told(judged([*USUAL, 0, 100], free=[day(60)])) == []


def test_a_holiday_does_not_make_the_next_workday_dear():
    lows = judged([*USUAL, 0, 0, 100, 100, 100, 100, 100, 100, 100], free=[day(60), day(61)])
    assert told(lows) == []


def test_a_day_that_is_not_known_is_not_judged():
    assert told(judged([*USUAL, None, 100])) == []


def test_a_person_without_a_rhythm_is_judged_by_their_own_days():
    values = [n % 20 + 1 for n in range(60)]
    made = series([*values, 500, 10], rhythm=False)
    record = judge(made, None, frozenset(), "US", 5_000 * USD, lambda *_: 0)
    assert told(record) == [(day(60), [day(60)], 490, False, FOUND)]


# ── restatements ─────────────────────────────────────────────────────────────────────────────


def test_a_jump_that_only_a_restatement_made_is_no_anomaly():
    first = judged([*USUAL, 100, 100])
    again = judged([*USUAL, 400, 100], kept=first)
    assert told(again) == [(day(60), [day(60)], 300, False, RESTATED)]


def test_and_stays_none_when_it_is_judged_again():
    first = judged([*USUAL, 100, 100])
    again = judged([*USUAL, 400, 100], kept=first)
    for more in range(1, 4):
        again = judged([*USUAL, 400, 100, *[100] * more], kept=again)
        assert [state for *_, state in told(again)] == [RESTATED]


def test_the_log_tells_it_where_the_day_was_never_judged_before():
    asked = []

    def log(of, when):
        asked.append((of.name, when))
        return 300 * USD

    assert [s for *_, s in told(judged([*USUAL, 400, 100], restated=log))] == [RESTATED]
    assert asked == [("w1", day(60))]  # only what stands out is asked about
    partly = judged([*USUAL, 900, 100], restated=log)  # 600 without the restatement: still dear
    assert told(partly) == [(day(60), [day(60)], 800, False, FOUND)]


def test_an_anomaly_that_a_restatement_takes_back_is_healed():
    first = judged([*USUAL, 400, 100])
    again = judged([*USUAL, 101, 100], kept=first)
    assert told(again) == [(day(60), [day(60)], 1, False, HEALED)]
    back = judged([*USUAL, 500, 100], kept=again)
    assert told(back) == [(day(60), [day(60)], 400, False, FOUND)]


def test_one_whose_first_day_heals_keeps_its_first_day_as_its_name():
    first = judged([*USUAL, 400, 400, 100])
    again = judged([*USUAL, 100, 450, 100], kept=first)
    assert told(again) == [(day(60), [day(61)], 350, False, FOUND)]


def test_its_impact_follows_what_is_known_now():
    first = judged([*USUAL, 400, 100])
    assert told(judged([*USUAL, 380, 100], kept=first)) == [(day(60), [day(60)], 280, False, FOUND)]


def test_a_restated_past_makes_no_day_dear_either():
    first = judged([*[100] * 53, 115, *[100] * 6, 130, 100])
    assert told(first) == []  # the same weekday had cost 115, and 140 is the limit
    again = judged([*[100] * 53, 100, *[100] * 6, 130, 100], kept=first)
    assert told(again) == [(day(60), [day(60)], 30, False, RESTATED)]


def test_a_day_that_grows_while_it_is_not_over_is_no_restatement():
    first = judged([*USUAL, None])
    assert told(judged([*USUAL, 400], kept=first)) == [
        (day(60), [day(60)], 300, False, FOUND)
    ]  # fmt: skip


def test_other_holidays_or_connections_begin_anew():
    first = judged([*USUAL, 100, 100])
    assert [s for *_, s in told(judged([*USUAL, 400, 100], first, country="DE"))] == [FOUND]


def test_a_record_comes_back_from_the_ledger_as_it_was():
    first = judged([*USUAL, 400, None, 100])
    again = judged([*USUAL, 101, None, 100], kept=first)
    back = record_of(row_of(again, "stamp"))
    assert isinstance(back, Record)
    assert (back.values, back.bands, back.firsts, back.basis, back.first) == (
        again.values, again.bands, again.firsts, again.basis, again.first
    )  # fmt: skip
    person = judge(series([10] * 40, rhythm=False), None, frozenset(), "US", USD, lambda *_: 0)
    assert record_of(row_of(person, "")).bands == person.bands


def test_after_a_year_a_record_begins_later_and_keeps_what_was_said_first():
    kept = judged([*[100] * 398, 100, 100])
    assert kept.first == day(400 - 180)
    long = judged([*[100] * 398, 400, 100], kept=kept)
    assert [s for *_, s in told(long)] == [RESTATED]
