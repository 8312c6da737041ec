"""Two connections side by side: how much is equal, what differs and why, what a word would do."""

from datetime import UTC, datetime, timedelta

import factory as f
import pytest
from twins import BILL, E_WHO, R_WHO, rows, same

from core.analysis.overlap import totals
from core.analysis.pairs import CAUSES, effect, pair, pairs
from core.analysis.query import Query
from core.ledger.words import PairRow

NOV = f.span("11-01", "12-01")
COST = Query((), "cost", NOV)
SIDES = [f.platform(), f.enterprise()]
CELLS = same(100)
TOTAL = sum(cell["amount"] for cell in CELLS)


def known(mine=CELLS, theirs=CELLS, states=None):
    return f.book(
        [*rows(1, BILL, theirs, workspace="w1"),
         *rows(2, E_WHO, mine, workspace="w1", product="messages_api")],
        SIDES, states,
    )  # fmt: skip


def test_what_identity_proves_is_confirmed_by_equal_cells():
    got = pair(known(), 1, 2, NOV)
    assert (got.platform.name, got.enterprise.name) == ("console", "claude")
    assert (got.rule, got.workspaces, got.word, got.proven_days) == ("workspace", 1, None, 0)
    assert (got.cells, got.equal, got.amount, got.equal_amount) == (16, 16, TOTAL, TOTAL)
    assert got.differing.is_empty()


def test_only_the_days_of_the_span_are_compared():
    got = pair(known(), 1, 2, f.span("11-02", "11-03"))
    assert (got.cells, got.equal, got.amount) == (4, 4, sum(c["amount"] for c in CELLS[4:8]))


def test_without_identity_the_days_that_amounts_prove_are_counted():
    book = f.book(
        [*rows(1, BILL, CELLS, workspace="w1"), *rows(2, R_WHO, CELLS, product="other")], SIDES
    )
    got = pair(book, 1, 2, NOV)
    assert (got.rule, got.proven_days, got.cells, got.equal) == (None, 4, 16, 16)


def test_two_sides_that_share_nothing_have_no_cells():
    book = f.book(
        [*rows(1, BILL, CELLS, workspace="w1"), *rows(2, E_WHO, same(5), product="chat")], SIDES
    )
    (got,) = pairs(book, NOV)
    assert (got.rule, got.cells, got.equal, got.amount) == (None, 0, 0, 0)
    assert got.differing.is_empty()


LATE = f.LATE
EARLY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("platform", "enterprise", "cause"),
    [
        ({}, {}, "unexplained"),
        ({}, {"capped": True}, "capped"),
        ({}, {"fetched": EARLY}, "read_apart"),
        ({"refreshed": EARLY}, {"refreshed": EARLY, "fetched": EARLY}, "not_final"),
        ({"fetched": EARLY + timedelta(minutes=9)}, {"fetched": EARLY}, "not_final"),
    ],
)
def test_a_cell_that_differs_has_a_size_and_a_likely_cause(platform, enterprise, cause):
    theirs = [dict(cell) for cell in CELLS]
    theirs[0]["amount"] += 25
    days = sorted({cell["when"] for cell in CELLS})
    states = [f.state(1, BILL, day, **platform) for day in days]
    states += [f.state(2, E_WHO, day, **enterprise) for day in days]
    got = pair(known(theirs=theirs, states=states), 1, 2, NOV)
    assert (got.cells, got.equal, got.equal_amount) == (16, 15, TOTAL - CELLS[0]["amount"])
    assert got.differing.rows() == [
        (f.day("11-01"), "opus", "input", CELLS[0]["amount"], theirs[0]["amount"], 25, cause)
    ]


def test_a_cell_that_one_side_lacks_is_told_whole():
    got = pair(known(mine=CELLS[1:]), 1, 2, NOV)
    assert got.differing.rows() == [
        (f.day("11-01"), "opus", "input", None, CELLS[0]["amount"], CELLS[0]["amount"], "one_side")
    ]
    assert (got.cells, got.equal) == (15, 15)


def test_the_effect_of_a_word_is_told_and_not_stored():
    book = known()
    got = effect(book, 1, 2, "independent", COST)
    assert got.before == totals(book, COST)
    assert (got.before.counted_once, got.after.counted_once, got.change) == (
        TOTAL,
        2 * TOTAL,
        TOTAL,
    )
    assert book.words == ()
    spoken = book.with_words((PairRow(1, 2, "independent"),))
    assert effect(spoken, 1, 2, None, COST).change == -TOTAL


def test_every_cause_is_a_sentence():
    assert all(text.endswith(".") for text in CAUSES.values())
