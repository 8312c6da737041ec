"""The overlap's lines: each amount in one class, summing to the totals to the last digit."""

import factory as f
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import SPAN, books

from core.analysis.overlap_lines import DIFFERS, REASONS, overlap
from core.analysis.query import Query
from core.errors import UnknownName
from core.ledger.names import NameRow

BILL, E_WHO = "platform/reports/cost/bill", "enterprise/unified/cost/who"
ALL = Query((), "cost", f.span("11-01", "11-30"))


def lines(found):
    return found.lines.select("class", "rule", "connection", "other", "value").rows()


def test_what_both_hold_is_one_line_and_counted_once():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=70),
            f.fact(1, BILL, "11-01", workspace="w2", amount=5),
            f.fact(2, E_WHO, "11-01", workspace="w1", product="messages_api", amount=70),
            f.fact(2, E_WHO, "11-01", product="chat", user="u", amount=30),
        ],
        [f.platform(), f.enterprise()],
        names=[(1, "workspace", NameRow("w1", "Checkout"))],
    )
    found = overlap(book, ALL)
    assert lines(found) == [
        ("platform_only", "platform", "console", None, 5),
        ("enterprise_only", "enterprise", "claude", None, 30),
        ("both", "workspace", "claude", "console", 70),
    ]
    assert (found.totals.platform, found.totals.enterprise) == (75, 100)
    assert (found.totals.counted_twice, found.totals.counted_once, found.unmatched) == (70, 105, 0)
    assert found.lines.filter(pl.col("class") == "both")["workspace_name"].item() == "Checkout"


def test_what_one_side_revised_and_the_other_not_yet_is_unmatched():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=72),
            f.fact(1, BILL, "11-02", workspace="w1", amount=10),
            f.fact(2, E_WHO, "11-01", workspace="w1", amount=70),
            f.fact(2, E_WHO, "11-02", workspace="w1", amount=10),
        ],
        [f.platform(), f.enterprise()],
    )
    found = overlap(book, ALL)
    assert lines(found) == [
        ("both", "workspace", "claude", "console", 80),
        ("unmatched", DIFFERS, "console", "claude", 2),
    ]
    assert (found.totals.counted_once, found.unmatched) == (82, 2)


def test_two_connections_to_the_same_books_are_one_line_each_way():
    book = f.book(
        [f.fact(c, BILL, "11-01", workspace="w1", amount=10) for c in (1, 3)],
        [f.platform(), f.platform(3, "console two")],
    )
    found = overlap(book, ALL)
    assert lines(found) == [("both", "same_books", "console two", "console", 10)]
    assert found.totals.counted_once == 10


def test_with_one_connection_nothing_is_double_and_an_empty_ledger_has_no_lines():
    book = f.book([f.fact(1, BILL, "11-01", workspace="w1", amount=10)], [f.platform()])
    assert lines(overlap(book, ALL)) == [("platform_only", "platform", "console", None, 10)]
    assert lines(overlap(f.book([], []), ALL)) == []


def test_every_rule_has_its_reason():
    assert all(reason.endswith(".") for reason in REASONS.values())


@settings(max_examples=50, suppress_health_check=list(HealthCheck), deadline=None)
@given(books(), st.sampled_from(["cost", "tokens"]), st.sampled_from(["", "w1", "w2"]))
def test_the_lines_of_any_ledger_sum_to_its_totals(book, measure, workspace):
    where = (("workspace", workspace),) if workspace else ()
    try:
        found = overlap(book, Query((), measure, SPAN, where=where))
    except UnknownName:
        return
    sums = found.totals
    by_class = dict(found.lines.group_by("class").agg(pl.col("value").sum()).iter_rows())
    assert sums.platform + sums.enterprise - sums.counted_twice == sums.counted_once
    assert by_class.get("both", 0) == sums.counted_twice
    assert sum(by_class.values()) == sums.counted_once
    assert by_class.get("unmatched", 0) == found.unmatched
