"""Gaps by hand: what lacks, whose, and why."""

from datetime import UTC, datetime

import factory as f
import pytest

from core.analysis.gaps import gaps
from core.analysis.query import Query
from core.errors import UnknownName

BILL = "platform/reports/cost/bill"
WHO = "enterprise/unified/cost/who"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def book():
    """The console lacks the 4th (never read) and the 5th (no answer), the seats the 4th."""
    return f.book(
        [],
        [f.platform(), f.enterprise()],
        [
            *(f.state(1, BILL, day, NOON) for day in ("11-02", "11-03", "11-06")),
            f.state(1, BILL, "11-05", NOON, present=False),
            *(f.state(2, WHO, day, NOON) for day in ("11-03", "11-05", "11-06")),
        ],
    )


def test_each_gap_names_the_connections_and_their_reasons(book):
    found = gaps(book, Query((), "cost", f.span("11-01", "11-07")))
    assert found.rows() == [
        (f.day("11-04"), "claude: This day was never read. console: This day was never read."),
        (
            f.day("11-05"),
            "console: The source gave no figures for this day when it was read on 2026-11-23.",
        ),
    ]


def test_only_the_connections_asked_for_have_gaps(book):
    found = gaps(book, Query((), "cost", f.span("11-01", "11-07"), connections=("claude",)))
    assert found["day"].to_list() == [f.day("11-04")]


def test_days_before_the_history_and_days_to_come_are_no_gaps(book):
    assert gaps(book, Query((), "cost", f.span("10-01", "11-02"))).is_empty()
    assert gaps(book, Query((), "cost", f.span("11-24", "11-30"))).is_empty()


def test_an_unknown_connection_is_refused(book):
    with pytest.raises(UnknownName):
        gaps(book, Query((), "cost", f.span("11-01", "11-07"), connections=("nobody",)))


def test_where_no_connection_matches_nothing_is_missing(book):
    nobody = Query((), "cost", f.span("11-01", "11-07"), where=(("source", None),))
    assert gaps(book, nobody).is_empty()
