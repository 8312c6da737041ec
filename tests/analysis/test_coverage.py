"""Every state of a day, by an example."""

from datetime import UTC, date, datetime, timedelta

import factory as f
import pytest

from core.analysis.coverage import STATES, coverage, history_start, last_fetch
from core.analysis.explore import Query, ask
from core.errors import UnknownName

BILL = "platform/reports/cost/bill"
E_WHO = "enterprise/unified/cost/who"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def book():
    """Read on 23 November at noon; final are days up to 23 October less those of October."""
    noon = at("2026-11-23T12:00")
    return f.book(
        [],
        [f.platform(), f.enterprise(), f.platform(3, "new")],
        [
            f.state(1, BILL, "2026-09-14", noon, total=5),
            # 2026-09-15 was never read.
            f.state(1, BILL, "2026-09-16", noon, present=False),
            f.state(1, BILL, "2026-09-17", noon, capped=True),
            f.state(1, BILL, "2026-11-20", noon),
            f.state(1, BILL, "2026-11-22", noon, present=False),
            f.state(1, BILL, "2026-11-23", noon),
            f.state(2, E_WHO, "2026-11-21", noon, refreshed=at("2026-11-22T00:00")),
            f.state(2, E_WHO, "2026-11-22", noon, refreshed=at("2026-11-22T23:59:59")),
        ],
    )


@pytest.mark.parametrize(
    ("connection", "day", "state", "final", "why"),
    [
        ("console", "2026-09-13", "before_history", False, "begins on 2026-09-14"),
        ("console", "2026-09-14", "complete", True, "last revision"),
        ("console", "2026-09-15", "missing", False, "never read"),
        ("console", "2026-09-16", "missing", False, "no figures for this day when it was read on"),
        ("console", "2026-09-17", "capped", True, "100 largest"),
        ("console", "2026-11-20", "provisional", False, "until 2026-12-21"),
        ("console", "2026-11-21", "missing", False, "never read"),
        ("console", "2026-11-22", "partial", False, "not reported the whole day"),
        ("console", "2026-11-23", "partial", False, "not reported the whole day"),
        ("console", "2026-11-24", "future", False, "not begun"),
        ("claude", "2026-11-21", "provisional", False, "until"),
        ("claude", "2026-11-22", "partial", False, "not reported the whole day"),
        ("claude", "2026-11-23", "partial", False, "not reported the whole day"),
        ("new", "2026-11-22", "missing", False, "never read"),
    ],
)
def test_the_state_of_a_day(book, connection, day, state, final, why):
    span = f.span("2026-09-01", "2026-12-01")
    frame = coverage(book, span, connections=(connection,))
    cost = frame.filter(frame["family"] == "cost", frame["day"] == date.fromisoformat(day))
    (row,) = cost.rows(named=True)
    assert (row["state"], row["final"]) == (state, final)
    assert why in row["why"]


def test_a_day_is_final_once_it_was_read_after_both_of_anthropics_rules():
    # 1 October settles on 7 November by the month's rule, 31 October on 1 December by the days'.
    states = [
        f.state(1, BILL, "2026-10-01", at("2026-11-07T23:59")),
        f.state(1, BILL, "2026-10-02", at("2026-11-08T00:00")),
        f.state(1, BILL, "2026-10-31", at("2026-11-30T00:00")),
        f.state(1, BILL, "2026-10-30", at("2026-11-30T00:00")),
    ]
    frame = coverage(f.book([], [f.platform()], states), f.span("10-01", "11-01"))
    final = {d.isoformat()[5:] for d in frame.filter("final")["day"]}
    assert final == {"10-02", "10-30"}


def test_every_day_connection_and_family_has_one_row_in_order(book):
    span = f.span("2026-09-01", "2026-12-01")
    frame = coverage(book, span)
    assert frame.height == 3 * 2 * span.days
    assert set(frame["state"].unique()) <= set(STATES)
    assert frame["why"].null_count() == 0
    days = frame.head(span.days)
    assert days["connection"].unique().to_list() == ["console"]
    assert days["day"].to_list() == list(span)


def test_now_may_be_later_than_the_last_fetch(book):
    late = coverage(book, f.span("11-24", "11-26"), moment=at("2026-11-25T08:00"))
    cost = late.filter(late["family"] == "cost", late["connection"] == "console")
    assert cost["state"].to_list() == ["missing", "partial"]


def test_an_unknown_connection_is_refused(book):
    with pytest.raises(UnknownName, match="console"):
        coverage(book, f.span("11-01", "11-02"), connections=("x",))


def test_history_begins_where_the_organization_begins_to_answer(book):
    assert history_start(book, book.connections[0]) == date(2026, 9, 14)
    assert history_start(book, book.connections[2]) is None
    floor = f.book([], [f.platform(history_floor=date(2026, 1, 1))])
    assert history_start(floor, floor.connections[0]) == date(2026, 1, 1)
    assert last_fetch(book) == date(2026, 11, 23)
    assert last_fetch(floor) is None


def test_an_answer_says_what_is_missing_partial_and_provisional(book):
    view = ask(book, Query((), "cost", f.span("2026-09-14", "2026-12-01")))
    assert view.provisional_from == date(2026, 9, 14)
    codes = [(x.code, x.title) for x in view.findings]
    assert ("never_synced", "new has never been synced.") in codes
    console = Query((), "cost", f.span("2026-09-14", "2026-12-01"), connections=("console",))
    view = ask(book, console)
    assert view.provisional_from == date(2026, 9, 15)
    missing, partial = view.findings
    # 15 and 16 September, and 18 September to 19 and 21 November but those read.
    assert missing.code == "days_missing"
    assert missing.severity == "warning"
    gap = (date(2026, 11, 22) - date(2026, 9, 14)).days - 3
    assert f"for {gap} days of console" in missing.title
    assert "2026-09-15 to 2026-11-21" in missing.cause
    assert f"Never synced: {gap - 1}. Without figures when they were read: 1." in missing.cause
    assert (partial.code, partial.severity) == ("day_partial", "info")
    assert "2026-11-22" in partial.title


def test_a_span_that_is_final_has_no_provisional_day(book):
    final = Query((), "cost", f.span("2026-09-17", "2026-09-18"), connections=("console",))
    view = ask(book, final)
    assert (view.provisional_from, view.findings) == (None, [])
    before = Query((), "cost", f.span("2026-09-01", "2026-09-14"), connections=("console",))
    assert ask(book, before).provisional_from is None
    one = Query((), "cost", f.span("2026-09-16", "2026-09-17"), connections=("console",))
    (finding,) = ask(book, one).findings
    assert finding.title == "No cost data for 1 day of console."
    assert finding.cause.startswith("2026-09-16. The source gave no figures")


def test_only_the_connections_asked_about_matter(book):
    query = Query((), "cost", f.span("2026-11-21", "2026-11-22"), (("source", "enterprise"),))
    view = ask(book, query)
    assert view.provisional_from == date(2026, 11, 21)
    assert view.findings == []
    assert timedelta(days=1) == query.span.end - query.span.start
