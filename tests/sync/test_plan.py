"""Windows, worked out by hand for chosen days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Span
from core.sync.plan import (
    Planned,
    activity_is_due,
    analytics_floor,
    history,
    is_due,
    protocol_on,
    slices,
    windows,
)


def never(family: str, day: date) -> date | None:
    return None


def test_platform_history_is_twelve_months_and_today() -> None:
    assert history("platform", date(2026, 11, 23)) == Span(date(2025, 11, 23), date(2026, 11, 24))


def test_enterprise_history_begins_with_2026() -> None:
    assert history("enterprise", date(2026, 11, 23)).start == date(2026, 1, 1)


def test_enterprise_floor_moves_once_365_days_have_passed() -> None:
    assert analytics_floor(date(2027, 2, 1)) == date(2026, 2, 2)


def test_a_floor_that_was_found_shortens_history() -> None:
    found = history("platform", date(2026, 11, 23), date(2026, 8, 25))
    assert found == Span(date(2026, 8, 25), date(2026, 11, 24))


def test_days_before_the_unified_floor_speak_reports() -> None:
    today = date(2026, 11, 23)
    assert protocol_on("platform", "unified", date(2025, 12, 31), today) == "reports"
    assert protocol_on("platform", "unified", date(2026, 1, 1), today) == "unified"
    assert protocol_on("platform", "reports", date(2026, 1, 1), today) == "reports"


def test_first_sync_reads_newest_first_cost_before_usage_month_by_month() -> None:
    plan = windows("enterprise", "unified", date(2026, 3, 10), never)
    assert plan == [
        Planned("cost", "unified", Span(date(2026, 3, 1), date(2026, 3, 11))),
        Planned("usage", "unified", Span(date(2026, 3, 1), date(2026, 3, 11))),
        Planned("cost", "unified", Span(date(2026, 2, 1), date(2026, 3, 1))),
        Planned("usage", "unified", Span(date(2026, 2, 1), date(2026, 3, 1))),
        Planned("cost", "unified", Span(date(2026, 1, 1), date(2026, 2, 1))),
        Planned("usage", "unified", Span(date(2026, 1, 1), date(2026, 2, 1))),
    ]


def test_a_platform_year_crosses_from_unified_to_reports_at_2026() -> None:
    plan = [
        p for p in windows("platform", "unified", date(2026, 2, 3), never) if p.family == "cost"
    ]
    assert [(p.protocol, p.span) for p in plan[:3]] == [
        ("unified", Span(date(2026, 2, 1), date(2026, 2, 4))),
        ("unified", Span(date(2026, 1, 1), date(2026, 2, 1))),
        ("reports", Span(date(2025, 12, 1), date(2026, 1, 1))),
    ]
    assert plan[-1].span.start == date(2025, 2, 3)


def test_on_the_first_of_a_month_the_newest_window_begins_yesterday() -> None:
    plan = windows("platform", "reports", date(2026, 12, 1), never)
    assert plan[0].span == Span(date(2026, 11, 30), date(2026, 12, 2))
    assert plan[2].span == Span(date(2026, 11, 1), date(2026, 11, 30))


def test_later_syncs_read_the_revision_window_again() -> None:
    today = date(2026, 11, 23)
    plan = windows("enterprise", "reports", today, lambda _f, _d: today, revision_days=38)
    assert [p.span for p in plan if p.family == "cost"] == [
        Span(date(2026, 11, 1), date(2026, 11, 24)),
        Span(date(2026, 10, 16), date(2026, 11, 1)),
    ]


def test_a_day_last_read_before_it_settled_is_read_again_after_a_long_pause() -> None:
    day = date(2026, 6, 30)
    # Revised until 30 July by one rule, until 8 July by the other: settled on 31 July.
    assert is_due(day, date(2026, 7, 30), date(2026, 11, 23), 38)
    assert not is_due(day, date(2026, 7, 31), date(2026, 11, 23), 38)


def test_the_first_of_a_month_settles_by_the_month_rule() -> None:
    day = date(2026, 10, 1)
    assert is_due(day, date(2026, 11, 7), date(2026, 12, 31), 38)
    assert not is_due(day, date(2026, 11, 8), date(2026, 12, 31), 38)


def test_full_reads_everything_again() -> None:
    today = date(2026, 3, 10)
    plan = windows("enterprise", "reports", today, lambda _f, _d: today, full=True)
    assert sum(p.span.days for p in plan if p.family == "cost") == 69


def test_activity_is_read_again_for_a_week() -> None:
    day = date(2026, 11, 10)
    assert activity_is_due(day, None)
    assert activity_is_due(day, date(2026, 11, 17))
    assert not activity_is_due(day, date(2026, 11, 18))


@given(
    today=st.dates(date(2026, 2, 1), date(2029, 12, 31)),
    kind=st.sampled_from(["platform", "enterprise"]),
    protocol=st.sampled_from(["reports", "unified"]),
)
def test_windows_cover_each_day_once_and_stay_within_the_limits(today, kind, protocol) -> None:
    plan = [p for p in windows(kind, protocol, today, never) if p.family == "cost"]
    days = [day for p in plan for day in p.span]
    assert sorted(days) == list(history(kind, today))
    assert all(p.span.days <= 31 for p in plan)
    assert plan[0].span.start < today
    assert all(
        p.span.start >= analytics_floor(today)
        for p in plan
        if p.protocol == "unified" or kind == "enterprise"
    )
    assert [p.span.end for p in plan] == sorted((p.span.end for p in plan), reverse=True)


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2026, 5, 31), date(2028, 2, 29)])
def test_slices_of_one_day_before_today_never_begin_today(today) -> None:
    assert all(span.start < today for span in slices([today], today)) or today.day != 1
