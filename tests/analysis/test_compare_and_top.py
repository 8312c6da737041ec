"""Two periods side by side, and the tail as Other."""

import factory as f
import pytest

from core.analysis.compare import before, compare, last_month
from core.analysis.explore import Query, ask
from core.analysis.top import top
from core.errors import UnknownName

BILL = "platform/reports/cost/bill"


@pytest.mark.parametrize(
    ("first", "end", "earlier"),
    [
        (("11-01", "11-23"), None, ("10-01", "10-23")),
        (("11-10", "11-23"), None, ("10-10", "10-23")),
        (("03-01", "03-31"), None, ("02-01", "03-01")),
        (("03-30", "04-01"), None, ("03-01", "03-01")),
        (("2026-01-01", "2026-01-05"), None, ("2025-12-01", "2025-12-05")),
    ],
)
def test_the_same_days_of_last_month(first, end, earlier):
    assert last_month(f.span(*first)) == f.span(*earlier)


def test_the_period_before_is_as_long():
    assert before(f.span("11-01", "11-08")) == f.span("10-25", "11-01")


@pytest.fixture
def book():
    return f.book(
        [
            f.fact(1, BILL, "10-30", workspace="w1", model="opus", amount=10),
            f.fact(1, BILL, "10-31", workspace="w2", model="opus", amount=5),
            f.fact(1, BILL, "11-01", workspace="w1", model="opus", amount=4),
            f.fact(1, BILL, "11-02", workspace="w3", model="haiku", amount=100),
            f.fact(1, BILL, "11-02", workspace="w2", model="opus", amount=6),
            f.rest(1, BILL, "11-02", amount=1),
        ],
        [f.platform()],
    )


def test_rows_of_either_period_stand_side_by_side(book):
    got = compare(book, Query(("day", "workspace"), "cost", f.span("11-01", "11-03")))
    assert (got.now.total, got.earlier.total, got.change) == (111, 15, 96)
    assert got.frame.columns == ["workspace", "workspace_name", "line", "value", "before", "change"]
    assert got.frame.drop("workspace_name", "line").rows() == [
        ("w3", 100, 0, 100), ("w1", 4, 10, -6), ("w2", 6, 5, 1), (None, 1, 0, 1),
    ]  # fmt: skip


def test_another_period_can_be_named(book):
    got = compare(book, Query((), "cost", f.span("11-02", "11-03")), f.span("10-31", "11-01"))
    assert (got.now.total, got.earlier.total) == (107, 5)


def test_the_tail_becomes_other(book):
    view = ask(book, Query(("workspace",), "cost", f.span("10-01", "12-01")))
    short = top(view, "workspace", 1)
    assert short.frame.rows() == [
        ("w3", None, 100, None), ("Other", "Other", 26, "other"),
    ]  # fmt: skip
    assert short.total == view.total == 126


def test_other_is_divided_by_the_other_dimensions(book):
    view = ask(book, Query(("day", "workspace"), "cost", f.span("11-01", "11-03")))
    short = top(view, "workspace", 1)
    assert short.frame.select("day", "workspace", "value").rows() == [
        (f.day("11-02"), "w3", 100), (f.day("11-01"), "Other", 4), (f.day("11-02"), "Other", 7),
    ]  # fmt: skip


def test_a_single_value_beyond_the_largest_is_shown_as_itself(book):
    view = ask(book, Query(("workspace",), "cost", f.span("10-01", "12-01")))
    assert top(view, "workspace", 3).frame.equals(view.frame)


def test_a_large_credit_is_large():
    book = f.book(
        [f.fact(1, BILL, "11-01", model=m, amount=n) for m, n in
         (("a", 3), ("b", 2), ("c", 1), ("d", -50))],
        [f.platform()],
    )  # fmt: skip
    view = ask(book, Query(("model",), "cost", f.span("11-01", "11-02")))
    assert top(view, "model", 1).frame.rows() == [("d", -50, None), ("Other", 6, "other")]


def test_nulls_for_different_reasons_are_different(book):
    view = ask(book, Query(("workspace", "model"), "cost", f.span("10-01", "12-01")))
    short = top(view, "model", 1)
    assert short.frame.filter(short.frame["line"] == "other")["value"].sum() == 26


@pytest.mark.parametrize("dim", ["day", "user", "nonsense"])
def test_only_a_dimension_of_the_view_can_be_cut(book, dim):
    with pytest.raises(UnknownName):
        top(ask(book, Query(("day", "workspace"), "cost", f.span("11-01", "11-02"))), dim, 3)
