"""Months are what was spent and what is to come; unknown days are estimated, parts sum to all."""

from datetime import UTC, date, datetime, timedelta

import factory as f
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.explore import ask
from core.analysis.forecast import series, stored
from core.analysis.forecast.coherence import coherent
from core.analysis.forecast.forecast import forecast
from core.analysis.forecast.known import known
from core.analysis.forecast.month import lines
from core.analysis.forecast.outlook import Estimate
from core.analysis.forecast.record import Record, Said, kept_word, run_rate
from core.analysis.forecast.weeks import ACTUAL, LAST_WEEK, MODEL, NONE, ROUGH, SHARE
from core.analysis.query import Query
from core.calendar import Span
from core.errors import BadValue, UnknownName
from core.ledger.names import NameRow

BILL = "platform/reports/cost/bill"
SEATS = "enterprise/unified/cost/who"
USD = 10**10
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = NOW.date()
NOVEMBER = f.span("11-01", "12-01")
DAY = timedelta(days=1)


def ledger(first="10-01", cost=None, without=(), fetched=NOW, last="11-21", more=()):
    """Each day up to `last` (exclusive) costs $10 in w1 and $5 in w2, unless `cost` says more."""
    days = [d for d in f.span(first, last) if d not in without]
    amounts = {"w1": 10, "w2": 5} | (cost or {})
    return f.book(
        [
            f.fact(1, BILL, d.isoformat(), workspace=name, amount=usd * USD)
            for d in days
            for name, usd in amounts.items()
        ] + list(more),
        [f.platform(protocol="reports")],
        [f.state(1, BILL, d.isoformat(), fetched) for d in days],
        [(1, "workspace", NameRow("w1", "Research"))],
    )  # fmt: skip


def whole(book, moment=NOW):
    return forecast(book, moment, ()).outlooks[""][0]


# ── which days are known ──────────────────────────────────────────────────────────────────────


def test_days_are_known_up_to_the_last_whole_one():
    days = known(ledger(), NOW)
    assert (days.first, days.as_of) == (date(2026, 10, 1), date(2026, 11, 21))
    assert days.gaps == frozenset()
    assert days.live == ("console",)


@pytest.mark.parametrize(("hour", "as_of"), [(5, 20), (6, 21)])
def test_a_day_read_right_after_its_end_may_still_grow(hour, as_of):
    book = ledger(fetched=datetime(2026, 11, 21, hour, tzinfo=UTC))
    assert known(book, NOW).as_of == date(2026, 11, as_of)


def test_a_day_in_the_past_that_was_not_read_is_a_gap():
    gone = {date(2026, 11, 5), date(2026, 11, 6)}
    days = known(ledger(without=gone), NOW)
    assert days.gaps == gone
    assert date(2026, 11, 5) not in days
    assert date(2026, 11, 4) in days
    assert len(days.days) == 49


def two_sources(seats_last, state="active"):
    days, others = list(f.span("10-01", "11-21")), list(f.span("10-10", seats_last))
    return f.book(
        [f.fact(1, BILL, d.isoformat(), workspace="w1", amount=10 * USD) for d in days]
        + [f.fact(2, SEATS, d.isoformat(), user="u1", amount=USD) for d in others],
        [f.platform(protocol="reports"), f.enterprise(protocol="unified", state=state)],
        [f.state(1, BILL, d.isoformat(), NOW) for d in days]
        + [f.state(2, SEATS, d.isoformat(), NOW) for d in others],
    )


def test_a_day_is_known_when_every_source_has_read_it():
    days = known(two_sources("11-18"), NOW)
    assert (days.first, days.as_of) == (date(2026, 10, 10), date(2026, 11, 18))
    outlook = whole(two_sources("11-18"))
    month = outlook.months[0]
    # The days from the 18th on have cost $10 each at one source, and $11 are expected.
    assert month.actual == (20 * 10 + 17) * USD
    assert month.expected == 30 * 11 * USD
    assert month.run_rate == 30 * 11 * USD


def test_a_source_that_was_disconnected_is_not_waited_for_and_not_expected():
    book = two_sources("11-05", state="disconnected")
    assert known(book, NOW).as_of == date(2026, 11, 21)
    month = whole(book).months[0]
    assert month.actual == (20 * 10 + 4) * USD
    assert month.expected == month.actual + 10 * 10 * USD


# ── what a month will come to ─────────────────────────────────────────────────────────────────


def test_a_month_is_what_was_spent_and_what_is_to_come():
    outlook = whole(ledger())
    month = outlook.months[0]
    assert (outlook.method, outlook.days) == (MODEL, 51)
    assert (month.span, month.actual, month.expected) == (NOVEMBER, 300 * USD, 450 * USD)
    assert month.run_rate == 450 * USD
    assert outlook.quarter.span == f.span("10-01", "2027-01-01")
    assert outlook.quarter.actual == 51 * 15 * USD
    assert outlook.quarter.expected == 92 * 15 * USD
    assert outlook.year.span == f.span("11-01", "2027-11-01")
    assert outlook.year.expected == 365 * 15 * USD
    assert [m.span.start.month for m in outlook.months] == [11, 12, *range(1, 11)]
    assert [day.expected for day in outlook.path] == [(20 + n) * 15 * USD for n in range(1, 11)]


def test_a_gap_is_estimated_and_never_taken_for_a_drop():
    gone = {date(2026, 11, 5), date(2026, 11, 6)}
    month = whole(ledger(without=gone)).months[0]
    assert month.actual == 270 * USD
    assert month.expected == 450 * USD
    assert month.run_rate == 450 * USD


def test_a_month_with_a_gap_is_forecast_although_it_is_over():
    outlook = whole(ledger(without={date(2026, 10, 20)}))
    october = outlook.months[0]
    assert (october.actual, october.expected) == (450 * USD, 465 * USD)


def test_a_partial_day_counts_at_least_what_it_has_cost():
    part = f.fact(1, BILL, "2026-11-21", workspace="w1", amount=40 * USD)
    book = ledger(more=[part])
    month = whole(book).months[0]
    # $40 stand on the 21st already, where $15 were expected; nine days are to come.
    assert (month.actual, month.expected) == (340 * USD, (340 + 9 * 15) * USD)
    assert month.low80 is None or month.low80 >= month.actual


@pytest.mark.parametrize(
    ("first", "method", "expected"),
    [
        ("11-16", NONE, None),
        ("11-14", ROUGH, 255),
        ("11-07", LAST_WEEK, 360),
        ("10-24", MODEL, 450),
    ],
)
def test_a_short_past_falls_back_by_name(first, method, expected):
    outlook = whole(ledger(first=first))
    month = outlook.months[0]
    assert outlook.method == method
    assert month.expected == (None if expected is None else expected * USD)
    assert month.low80 is None
    assert outlook.record == Record()


def test_nothing_is_expected_of_an_empty_ledger():
    outlook = whole(f.book([], []))
    assert outlook.method == NONE
    assert outlook.months[0] == Estimate(NOVEMBER, 0)


# ── parts ─────────────────────────────────────────────────────────────────────────────────────


def test_each_workspace_has_its_part_and_the_parts_are_all():
    found = forecast(ledger(), NOW, ("workspace",)).outlooks
    parts = {o.value: o for o in found["workspace"]}
    assert {v: o.months[0].expected for v, o in parts.items()} == {"w1": 300 * USD, "w2": 150 * USD}
    assert {v: o.name for v, o in parts.items()} == {"w1": "Research", "w2": "w2"}


def test_a_new_value_has_its_share_of_what_is_expected():
    new = [f.fact(1, BILL, f"2026-11-{n}", workspace="new", amount=5 * USD) for n in (18, 19, 20)]
    found = forecast(ledger(more=new), NOW, ("workspace",)).outlooks
    part = next(o for o in found["workspace"] if o.value == "new")
    assert part.method == SHARE
    assert part.months[0].low80 is None
    total = found[""][0].months[0]
    assert sum(o.months[0].expected or 0 for o in found["workspace"]) == total.expected
    assert part.months[0].expected is not None
    assert part.months[0].expected > 40 * USD


def test_many_small_values_are_one_line_more():
    cost = {f"s{n:02}": 1 for n in range(20)}
    found = forecast(ledger(cost=cost), NOW, ("workspace",)).outlooks["workspace"]
    assert len(found) == series.LARGEST + 1
    rest = next(o for o in found if o.members > 1)
    assert (rest.value, rest.line, rest.name, rest.members) == (None, "other", "Other", 7)
    assert rest.months[0].actual == 7 * 20 * USD


def test_time_is_no_dimension_of_a_forecast():
    with pytest.raises(UnknownName, match="divided by 'day'"):
        forecast(ledger(), NOW, ("day",))


def test_a_day_is_split_in_whole_units():
    days = [date(2026, 12, n) for n in (1, 2, 3)]
    parts = {"a": {days[0]: 1}, "b": {days[0]: 2}, "c": {}}
    found = coherent(dict.fromkeys(days, 10), parts, {"a": 3, "c": 1})
    # 10 x 1/3 and 10 x 2/3, the larger remainder rounded up; then by what they cost: 7.5 and 2.5.
    assert {key: path.get(days[0], 0) for key, path in found.items()} == {"a": 3, "b": 7, "c": 0}
    assert {key: path.get(days[1], 0) for key, path in found.items()} == {"a": 8, "b": 0, "c": 2}
    evenly = coherent({days[0]: 7}, {"a": {}, "b": {}}, {})
    assert [path[days[0]] for path in evenly.values()] == [4, 3]


AMOUNTS = st.integers(0, 10**13)


@settings(max_examples=8)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), min_size=8, max_size=26), AMOUNTS)
def test_parts_sum_to_all_to_the_last_unit(costs, seen):
    end = date(2026, 11, 21)
    rows = [
        f.fact(
            1, BILL, (end - (len(costs) - n) * DAY).isoformat(), workspace=f"w{k}", amount=amount
        )
        for n, values in enumerate(costs)
        for k, amount in enumerate(values)
    ]
    rows.append(f.fact(1, BILL, "2026-11-21", workspace="w0", amount=seen))
    states = [
        f.state(1, BILL, (end - n * DAY).isoformat(), NOW) for n in range(len(costs) + 1)
    ]  # fmt: skip
    found = forecast(f.book(rows, [f.platform()], states), NOW, ("workspace", "model")).outlooks
    total = found[""][0]
    for dim in ("workspace", "model"):
        for n, month in enumerate(total.months):
            assert sum(o.months[n].actual for o in found[dim]) == month.actual
            assert sum(o.months[n].expected or 0 for o in found[dim]) == month.expected
        assert sum(o.year.expected or 0 for o in found[dim]) == total.year.expected
        assert sum(o.quarter.expected or 0 for o in found[dim]) == total.quarter.expected
        assert all((o.months[0].expected or 0) >= o.months[0].actual for o in found[dim])


# ── a month's answer, and the record ──────────────────────────────────────────────────────────


def test_a_month_that_is_over_is_what_the_report_says():
    book = ledger()
    outlooks = forecast(book, NOW, ("workspace",)).outlooks
    (line,) = lines(book, outlooks[""], "", date(2026, 10, 1))
    total = ask(book, Query((), "cost", f.span("10-01", "11-01"))).total
    assert (line.method, line.estimate.actual, line.estimate.high95) == (ACTUAL, total, total)
    parts = lines(book, outlooks["workspace"], "workspace", date(2026, 10, 1))
    assert {p.name: p.estimate.expected for p in parts} == {"Research": 310 * USD, "w2": 155 * USD}


@pytest.mark.parametrize(
    ("month", "why"), [(date(2026, 9, 1), "holds nothing"), (date(2027, 11, 1), "too far ahead")]
)
def test_a_month_beyond_what_can_be_known_is_refused(month, why):
    book = ledger()
    with pytest.raises(BadValue, match=why):
        lines(book, forecast(book, NOW, ()).outlooks[""], "", month)


def test_the_run_rate_is_cost_over_days_times_the_month():
    assert run_rate(100, 20, 30) == 150
    assert run_rate(1, 3, 31) == 10
    assert run_rate(1, 2, 31) == 16  # 15.5: a half rounds up


def test_on_a_steady_spend_neither_the_method_nor_the_run_rate_misses():
    outlook = whole(ledger(first="05-01"))
    record = outlook.record
    assert (record.error, record.run_rate_error) == (0, 0)
    # Every third day from 31 May to 18 November is 58 days: without the 6 of November, which is
    # not over, and without the first days of September and October.
    assert record.folds == 50
    assert record.held80 == record.held95 == record.checked > 0


def test_on_a_step_the_run_rate_misses_more():
    # $15 a day, and $45 more from 16 August on: on the 22nd both know of six dearer days.
    more = [
        f.fact(1, BILL, d.isoformat(), workspace="w1", amount=45 * USD)
        for d in f.span("08-16", "11-21")
    ]
    record = whole(ledger(first="05-01", more=more)).record
    assert record.wape is not None
    assert record.run_rate_wape is not None
    assert 0 < record.wape < record.run_rate_wape


def test_what_was_really_said_is_held_against_what_came():
    said = [
        Said(date(2026, 9, 1), date(2026, 9, 10), 100, 90, 110),
        Said(date(2026, 9, 1), date(2026, 9, 20), 130, 120, 140),
        Said(date(2026, 9, 1), date(2026, 9, 2), 90, None, None),
        Said(date(2026, 9, 1), date(2026, 10, 2), 105, 105, 105),
        Said(date(2026, 10, 1), date(2026, 9, 20), 7, 1, 9),
    ]
    record = kept_word(said, {date(2026, 9, 1): 105})
    # Missed by 5, 25 and 15; the fourth was said when September was over, October is not yet.
    assert record == Record(folds=3, error=45, total=315, checked=2, held80=1)


def test_an_outlook_is_read_as_it_was_written():
    for o in forecast(ledger(first="05-01"), NOW, ("workspace",)).outlooks["workspace"]:
        assert stored.of(o.dimension, o.method, o.as_of, stored.body(o)) == o
    said = stored.said(TODAY, stored.body(whole(ledger())))
    assert said[0] == Said(date(2026, 11, 1), TODAY, 450 * USD, 450 * USD, 450 * USD)
    assert len(said) == 12
    assert Span(said[-1].month, said[-1].month).days == 0


def test_what_a_filter_leaves_is_a_run_of_days_like_any_other():
    book = ledger()
    days = known(book, NOW)
    part = series.whole(book, days, f.span("11-01", "11-22"), (("workspace", "w2"),), ("console",))
    assert part.spent(NOVEMBER) == 100 * USD
    assert part.live == part.cost
    runs = series.learned([part], days)
    assert runs["value"].to_list() == [5 * USD] * 20
    with pytest.raises(UnknownName):
        series.whole(book, days, NOVEMBER, connections=("nobody",))
