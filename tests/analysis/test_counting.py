"""The user's word: what each does to a pair, to its groups, and to no other connection."""

import factory as f
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from twins import BILL, CENT, E_SHAPE, E_WHO, R_WHO, companies, rows, same
from worlds import SPAN, books

from core.analysis import counting
from core.analysis.explore import Query, ask
from core.analysis.overlap import classify, totals
from core.analysis.overlap_lines import overlap
from core.ledger.words import WORDS, PairRow

NOV = f.span("11-01", "12-01")
COST = Query((), "cost", NOV)
PAIR = [f.platform(), f.enterprise()]
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def said(book, word, platform=1, enterprise=2):
    return book.with_words((*book.words, PairRow(platform, enterprise, word)))


def figures(book, query=COST):
    got = totals(book, query)
    return got.platform, got.enterprise, got.counted_twice, got.counted_once


def decided(book):
    frame = classify(book, COST).sort("connection_id", "day", "value")
    return frame.select("connection_id", "value", "rule", "counted").rows()


@pytest.fixture
def shared():
    """Both report workspace w1; the Platform's figure of the second day was revised since."""
    return f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", model="m", operation="input", amount=100),
            f.fact(1, BILL, "11-02", workspace="w1", model="m", operation="input", amount=52),
            f.fact(1, BILL, "11-02", workspace="w9", model="m", operation="input", amount=3),
            f.fact(2, E_WHO, "11-01", workspace="w1", model="m", operation="input", amount=100),
            f.fact(2, E_WHO, "11-02", workspace="w1", model="m", operation="input", amount=50),
            f.fact(2, E_WHO, "11-02", product="chat", model="m", operation="input", amount=7),
        ],
        PAIR,
    )


def test_without_a_word_identity_counts_on_the_platform_side(shared):
    assert figures(shared) == (155, 157, 150, 162)


def test_independent_drops_the_proofs_of_this_pair(shared):
    book = said(shared, "independent")
    assert figures(book) == (155, 157, 0, 312)
    assert (2, 100, "word_independent", True) in decided(book)
    assert (2, 7, "enterprise", True) in decided(book)


def test_count_enterprise_takes_the_other_sides_figures(shared):
    book = said(shared, "count_enterprise")
    assert figures(book) == (155, 157, 152, 160)
    assert decided(book) == [
        (1, 100, "word_enterprise", False),
        (1, 3, "platform", True),
        (1, 52, "word_enterprise", False),
        (2, 100, "word_enterprise", True),
        (2, 7, "enterprise", True),
        (2, 50, "word_enterprise", True),
    ]


def test_count_enterprise_keeps_what_the_enterprise_side_does_not_report_that_day(shared):
    rows_ = [*shared.facts.to_dicts(), f.fact(1, BILL, "11-03", workspace="w1", amount=40),
             f.fact(2, E_WHO, "11-03", product="chat", amount=1)]  # fmt: skip
    assert figures(said(f.book(rows_, PAIR), "count_enterprise")) == (195, 158, 152, 201)


def test_count_platform_is_what_identity_says_already(shared):
    assert figures(said(shared, "count_platform")) == figures(shared)
    assert {rule for _, _, rule, _ in decided(said(shared, "count_platform"))} == {
        "workspace", "platform", "enterprise",
    }  # fmt: skip


def test_match_counts_once_only_what_is_equal(shared):
    book = said(shared, "match")
    assert figures(book) == (155, 157, 100, 212)
    assert decided(book) == [
        (1, 100, "word_match", True),
        (1, 3, "platform", True),
        (1, 52, "platform", True),
        (2, 100, "word_match", False),
        (2, 7, "enterprise", True),
        (2, 50, "word_differs", True),
    ]


def open_book(mine, theirs=None):
    """Two sides of which nothing says what they share."""
    return f.book(
        [*rows(1, BILL, theirs or same(100, 1), workspace="w1"),
         *rows(2, R_WHO, mine, product="other"),
         *rows(2, R_WHO, same(5, 1), product="chat", user="u")],
        PAIR,
    )  # fmt: skip


def test_a_word_decides_where_nothing_else_does():
    theirs = 406 * CENT
    mine = [{**cell, "amount": cell["amount"] - CENT} for cell in same(100, 1)]
    book, seats = open_book(mine), 26 * CENT
    assert figures(book) == (theirs, theirs - 4 * CENT + seats, 0, 2 * theirs - 4 * CENT + seats)
    here = figures(said(book, "count_platform"))
    assert here[2:] == (theirs - 4 * CENT, theirs + seats)
    there = figures(said(book, "count_enterprise"))
    assert there[2:] == (theirs, theirs - 4 * CENT + seats)
    assert figures(said(book, "match"))[2] == 0
    assert figures(said(book, "independent")) == figures(book)


def test_match_needs_no_dozen_of_equal_amounts():
    mine = same(100, 1)
    mine[0]["amount"] += 1
    book = open_book(mine)
    assert figures(book)[2] == 0
    assert figures(said(book, "match"))[2] == 306 * CENT
    lines = overlap(said(book, "match"), COST).lines
    assert dict(lines.group_by("rule").agg(pl.col("value").sum()).iter_rows()) == {
        "word_match": 306 * CENT,
        "platform": 100 * CENT,
        "word_differs": 100 * CENT + 1,
        "enterprise": 26 * CENT,
    }


def test_the_last_word_holds_for_all_connections_to_the_same_books(shared):
    twin = f.platform(3, "console two")
    book = f.book(
        [*shared.facts.to_dicts(), f.fact(3, BILL, "11-01", workspace="w1", amount=100)],
        [*PAIR, twin],
    )
    book = said(said(book, "independent"), "count_enterprise", platform=3)
    assert counting.word(book, 1, 2) == counting.word(book, 3, 2) == "count_enterprise"
    assert figures(book) == (255, 157, 252, 160)


def test_a_word_on_a_connection_that_is_gone_says_nothing(shared):
    assert figures(said(shared, "independent", platform=7)) == figures(shared)


def test_words_that_would_lead_in_a_circle_never_lose_a_dollar():
    """Four connections of four organizations that all report one workspace."""
    made = [f.fact(i, BILL, "11-01", workspace="w1", amount=10) for i in (1, 3)]
    made += [f.fact(i, E_WHO, "11-01", workspace="w1", amount=10) for i in (2, 4)]
    book = f.book(made, [f.platform(1, "a", "a"), f.enterprise(2, "b", "b"),
                         f.platform(3, "c", "c"), f.enterprise(4, "d", "d")])  # fmt: skip
    assert figures(book) == (20, 20, 20, 20)
    book = said(said(book, "count_enterprise", 1, 2), "count_enterprise", 3, 4)
    assert figures(book)[3] >= 10


@quick
@given(companies())
def test_the_truth_is_counted_once_under_every_word_and_every_division(company):
    book, truth = company
    both, once = truth["both"], truth["platform"] + truth["own"]
    sides = (truth["platform"], truth["both"] + truth["own"])
    assert figures(book) == (*sides, both, once)
    for word in ("count_platform", "count_enterprise"):
        assert figures(said(book, word)) == (*sides, both, once)
    assert figures(said(book, "independent")) == (*sides, 0, sum(sides))
    matched = said(book, "match")
    assert once <= figures(matched)[3] <= sum(sides)
    for by in ("speed", "context_window", "user", "workspace", "model"):
        assert ask(matched, Query((by,), "cost", NOV)).total == figures(matched)[3]


@quick
@given(companies())
def test_a_restatement_that_one_side_has_not_seen_shows_as_a_difference(company):
    book, truth = company
    mine = (pl.col("connection_id") == 1) & (pl.col("workspace") == "w1")
    revised = book.facts.with_columns(pl.col("amount") + pl.when(mine).then(1).otherwise(0))
    rows_ = revised.to_dicts()
    more = sum(row["amount"] for row in rows_ if row["connection_id"] == 1) - truth["platform"]
    got = figures(f.book(rows_, PAIR, book.days.to_dicts()))
    assert got == (
        truth["platform"] + more, truth["both"] + truth["own"], truth["both"],
        truth["platform"] + truth["own"] + more,
    )  # fmt: skip


@quick
@given(books())
def test_claims_never_go_in_a_circle(book):
    for family in ("cost", "usage"):
        edges = {(c.connection_id, c.partner_id) for c in counting.claims(book, family)}
        nodes = {node for edge in edges for node in edge}
        while ends := {n for n in nodes if not any(a == n and b in nodes for a, b in edges)}:
            nodes -= ends
        assert not nodes


@quick
@given(books())
def test_every_word_keeps_the_identity_and_the_lines(book):
    for word in WORDS:
        pairs = counting.pairs(book)
        every = book.with_words(tuple(PairRow(*pair, word) for pair in pairs))
        sums = overlap(every, Query((), "cost", SPAN)).totals
        assert sums.platform + sums.enterprise - sums.counted_twice == sums.counted_once
        if word == "independent":
            assert all(c.rule == "same_books" for c in counting.claims(every, "cost"))


def test_both_cuts_of_the_enterprise_side_match_the_same_cells():
    cells = same(100, 2)
    made = [*rows(1, BILL, cells, workspace="w1")]
    for cut in (E_WHO, E_SHAPE):
        made += rows(2, cut, cells, workspace="w1", product="messages_api", speed="fast",
                     context_window="0-200k")  # fmt: skip
    book = said(f.book(made, PAIR), "match")
    fast = Query(("speed",), "cost", NOV, (("source", "enterprise"),), basis="counted_twice")
    assert ask(book, fast).frame["speed"].to_list() == ["fast"]
    assert figures(book)[2:] == (figures(book)[0],) * 2
