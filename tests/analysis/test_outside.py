"""A period that nobody can answer for says so: its total of zero is no figure."""

from datetime import UTC, date, datetime

import factory as f
import pytest

from core.analysis.explore import Query, ask

BILL = "platform/reports/cost/bill"
E_WHO = "enterprise/unified/cost/who"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def book():
    """Two connections, whose histories begin on 1 and on 3 September; read on 23 November."""
    return f.book(
        [],
        [
            f.platform(history_floor=date(2026, 9, 1)),
            f.enterprise(history_floor=date(2026, 9, 3)),
        ],
        [f.state(1, BILL, f"09-0{n}", NOON, total=5) for n in (1, 2, 3)]
        + [f.state(2, E_WHO, "09-03", NOON, total=7)],
    )


def said(book, first, end):
    view = ask(book, Query((), "cost", f.span(first, end)))
    return [(x.code, x.severity, x.title, x.cause) for x in view.findings]


def test_days_before_every_history_are_gaps(book):
    ((code, severity, title, cause),) = said(book, "2020-01-01", "2020-02-01")
    assert (code, severity) == ("history_ends", "info")
    assert title == "No cost data for the first 31 days of this period."
    assert "begins on 2026-09-01" in cause
    assert "not zeros" in cause


def test_only_the_days_are_counted_that_lie_before_all_of_the_histories(book):
    (early,) = said(book, "08-31", "09-04")
    assert early[2] == "No cost data for the first day of this period."


def test_a_day_that_one_connection_answers_is_no_gap(book):
    assert said(book, "09-01", "09-04") == []


def test_a_period_that_has_not_begun_is_unread_and_not_free(book):
    ((code, severity, title, _),) = said(book, "12-01", "12-05")
    assert (code, severity) == ("days_missing", "info")
    assert title == "No cost data has been read for this period yet."


def test_without_any_connection_a_total_of_zero_is_explained():
    ((code, severity, *_),) = said(f.book([], []), "11-01", "11-05")
    assert (code, severity) == ("no_connections", "info")
