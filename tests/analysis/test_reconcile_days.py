"""Completeness and what changed: every figure by hand."""

from datetime import UTC, datetime

import factory as f
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.reconcile.calendar import completeness
from core.analysis.reconcile.changes import DIMS, by_day, by_dimension
from core.errors import UnknownName
from core.ledger.cuts import DIMENSIONS
from core.ledger.names import NameRow

BILL = "platform/reports/cost/bill"
KEY = "platform/reports/usage/key"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def book():
    """20 November is provisional, 21 capped, 22 never read; of the usage, only 20 was read."""
    return f.book(
        [],
        [f.platform()],
        [
            f.state(1, BILL, "2026-11-20", NOON),
            f.state(1, BILL, "2026-11-21", NOON, capped=True),
            f.state(1, KEY, "2026-11-20", NOON),
        ],
    )


def test_each_day_and_report_is_counted_by_its_state(book):
    found = completeness(book, f.span("11-19", "11-25"), NOON)
    assert found.days.height == 6 * 2
    assert found.counted.rows() == [
        ("console", "cost", "before_history", 1),
        ("console", "cost", "capped", 1),
        ("console", "cost", "future", 1),
        ("console", "cost", "missing", 1),
        ("console", "cost", "partial", 1),
        ("console", "cost", "provisional", 1),
        ("console", "usage", "before_history", 1),
        ("console", "usage", "future", 1),
        ("console", "usage", "missing", 2),
        ("console", "usage", "partial", 1),
        ("console", "usage", "provisional", 1),
    ]
    # 20 to 23 November are due of both reports; there are the two of 20 November.
    assert (found.expected, found.held) == (8, 2)


def test_the_days_to_look_at_come_newest_first_each_with_why(book):
    found = completeness(book, f.span("11-19", "11-25"), NOON)
    assert found.open.select("day", "family", "state").rows() == [
        (f.day("11-23"), "cost", "partial"),
        (f.day("11-23"), "usage", "partial"),
        (f.day("11-22"), "cost", "missing"),
        (f.day("11-22"), "usage", "missing"),
        (f.day("11-21"), "cost", "capped"),
        (f.day("11-21"), "usage", "missing"),
    ]
    why = found.open["why"].to_list()
    assert "never read" in why[2]
    assert "100 largest" in why[4]


def test_what_is_there_lacks_nothing(book):
    found = completeness(book, f.span("11-20", "11-21"), NOON, connections=("console",))
    assert (found.expected, found.held, found.open.height) == (2, 2, 0)
    with pytest.raises(UnknownName):
        completeness(book, f.span("11-20", "11-21"), NOON, connections=("x",))


def changed(*rows):
    """A restatement log of (connection, day, before, after, dimensions)."""
    schema = {"connection_id": pl.Int32, "day": pl.Date, **dict.fromkeys(DIMENSIONS, pl.String),
              "before": pl.Int64, "after": pl.Int64, "delta": pl.Int64}  # fmt: skip
    made = [
        dict.fromkeys(DIMENSIONS, "") | dims | {
            "connection_id": connection, "day": f.day(when), "before": before, "after": after,
            "delta": (after or 0) - (before or 0),
        }
        for connection, when, before, after, dims in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=schema)


LOG = (
    (1, "11-02", 100, 90, {"model": "opus", "workspace": "w1"}),
    (1, "11-01", 50, 55, {"model": "opus", "workspace": "w2"}),
    (1, "11-01", None, 30, {"model": "haiku", "workspace": "w1"}),
    (2, "11-01", 7, None, {"model": "haiku"}),
)


@pytest.fixture
def named():
    names = [(1, "workspace", NameRow(id="w1", name="Research"))]
    return f.book([], [f.platform(), f.enterprise()], [], names)


def test_changes_are_summed_by_day_and_connection(named):
    assert by_day(named, changed(*LOG)).rows() == [
        (f.day("11-01"), "claude", 1, 7, 0, -7),
        (f.day("11-01"), "console", 2, 50, 85, 35),
        (f.day("11-02"), "console", 1, 100, 90, -10),
    ]


def test_changes_are_summed_by_a_dimension_the_largest_first(named):
    found = by_dimension(named, changed(*LOG), "model")
    assert found.rows() == [
        ("haiku", "console", 1, 0, 30, 30),
        ("haiku", "claude", 1, 7, 0, -7),
        ("opus", "console", 2, 150, 145, -5),
    ]


def test_a_dimension_is_told_by_its_name(named):
    found = by_dimension(named, changed(*LOG), "workspace")
    assert found.filter(pl.col("label") == "Research")["delta"].to_list() == [20]
    assert found["delta"].sum() == 18


def test_no_change_is_an_empty_table(named):
    empty = changed()
    assert by_day(named, empty).is_empty()
    assert all(by_dimension(named, empty, dim).is_empty() for dim in DIMS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2]),
            st.sampled_from(["11-01", "11-02", "11-03"]),
            st.none() | st.integers(-(10**12), 10**12),
            st.none() | st.integers(-(10**12), 10**12),
            st.fixed_dictionaries({"model": st.sampled_from(["", "a", "b"])}),
        ),
        max_size=12,
    ),
    st.sampled_from(DIMS),
)
def test_however_changes_are_divided_they_sum_to_all_of_them(rows, dim):
    book = f.book([], [f.platform(), f.enterprise()], [])
    log = changed(*rows)
    for found in (by_day(book, log), by_dimension(book, log, dim)):
        assert found["rows"].sum() == len(rows)
        assert found["delta"].sum() == log["delta"].sum()
        assert (found["after"] - found["before"]).to_list() == found["delta"].to_list()
