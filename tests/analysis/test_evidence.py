"""Equal amounts, cell by cell: what they confirm, what they prove, and what chance never does."""

import factory as f
import polars as pl
import pytest
from twins import BILL, CENT, E_WHO, R_WHO, default, rows, same

from core.analysis import evidence
from core.analysis.explore import Query
from core.analysis.overlap import classify, totals

NOV = f.span("11-01", "12-01")
COST = Query((), "cost", NOV)
BOTH = [f.platform(), f.enterprise()]
CELLS = same(100)
TOTAL = sum(cell["amount"] for cell in CELLS)


def reported(mine, own=(), platform=CELLS):
    """The Enterprise reports' rows of no known product beside the Platform's bill."""
    return f.book(
        [*rows(1, BILL, platform, workspace="w1"), *rows(2, R_WHO, mine, product="other"), *own],
        BOTH,
    )


def figures(book):
    got = totals(book, COST)
    return got.platform, got.enterprise, got.counted_twice, got.counted_once


def decided(book):
    frame = classify(book, COST)
    sums = frame.group_by("connection_id", "rule").agg(pl.col("value").sum())
    return {(number, rule): value for number, rule, value in sums.iter_rows()}


def test_usage_of_no_product_that_equals_the_platform_in_every_cell_is_counted_once():
    seat = rows(2, R_WHO, same(9), product="chat", user="u")
    book = reported(CELLS, seat)
    own = sum(cell["amount"] for cell in same(9))
    assert figures(book) == (TOTAL, TOTAL + own, TOTAL, TOTAL + own)
    assert decided(book) == {
        (1, "equal_amounts"): TOTAL,
        (2, "equal_amounts"): TOTAL,
        (2, "enterprise"): own,
    }


def test_a_null_product_is_as_open_as_other():
    book = f.book([*rows(1, BILL, CELLS), *rows(2, R_WHO, CELLS, product="")], BOTH)
    assert figures(book) == (TOTAL, TOTAL, TOTAL, TOTAL)


def test_equal_amounts_of_a_named_product_prove_nothing():
    """Claude Code occurs on both sides as different money: by Console login, and by seat."""
    book = f.book(
        [*rows(1, BILL, CELLS, workspace="wrkspc_claude_code"),
         *rows(2, R_WHO, CELLS, product="claude_code", user="u")],
        BOTH,
    )  # fmt: skip
    assert figures(book) == (TOTAL, TOTAL, 0, 2 * TOTAL)
    assert decided(book) == {(1, "platform"): TOTAL, (2, "enterprise"): TOTAL}


@pytest.mark.parametrize("org", ["", "x"])
def test_product_alone_never_proves_a_double_booking(org):
    book = f.book(
        [*rows(1, BILL, CELLS, workspace="wrkspc_claude_code"),
         *rows(2, E_WHO, CELLS, workspace="", product="claude_code", user="u")],
        [f.platform(org=org), f.enterprise(org=org)],
    )  # fmt: skip
    assert figures(book) == (TOTAL, TOTAL, 0, 2 * TOTAL)


def test_a_day_that_differs_in_one_cell_stays_counted_and_says_so():
    mine = [dict(cell) for cell in CELLS]
    mine[-1]["amount"] += 5
    book = reported(mine)
    last = sum(cell["amount"] for cell in CELLS[-4:])
    assert figures(book) == (TOTAL, TOTAL + 5, TOTAL - last, TOTAL + last + 5)
    assert decided(book) == {
        (1, "equal_amounts"): TOTAL - last,
        (1, "platform"): last,
        (2, "equal_amounts"): TOTAL - last,
        (2, "amounts_differ"): last + 5,
    }


def test_amounts_that_come_close_and_are_never_equal_are_unmatched():
    mine = [{**cell, "amount": cell["amount"] + 3} for cell in CELLS]
    book = reported(mine)
    assert figures(book)[2] == 0
    assert decided(book)[2, "amounts_differ"] == TOTAL + 3 * len(CELLS)


def test_amounts_of_another_size_are_other_usage():
    assert decided(reported(same(5000)))[2, "enterprise"] > 0
    assert figures(reported(same(5000)))[2] == 0


def test_eleven_equal_amounts_are_chance_and_twelve_are_not():
    assert figures(reported(CELLS[:11]))[2] == 0
    # Twelve cells with eleven different amounts are eleven.
    twice = [*CELLS[:11], {**CELLS[11], "amount": CELLS[0]["amount"]}]
    assert figures(reported(twice, platform=twice))[2] == 0
    assert figures(reported(CELLS[:12]))[2] == sum(cell["amount"] for cell in CELLS[:12])


def test_small_change_proves_nothing():
    small = [{**cell, "amount": cell["amount"] // CENT} for cell in CELLS]
    assert figures(reported(small, platform=small))[2] == 0
    searches = [{**cell, "operation": "web_search"} for cell in CELLS]
    assert figures(reported(searches, platform=searches))[2] == 0


def test_usage_beyond_the_platforms_on_a_day_keeps_the_whole_day_counted():
    more = {**CELLS[0], "model": "haiku", "amount": 7}
    book = reported([*CELLS, more])
    first = sum(cell["amount"] for cell in CELLS[:4])
    assert figures(book)[2] == TOTAL - first


def test_what_only_the_platform_has_says_nothing_against_the_rest():
    more = {**CELLS[0], "model": "haiku", "amount": 7}
    book = reported(CELLS, platform=[*CELLS, more])
    assert figures(book) == (TOTAL + 7, TOTAL, TOTAL, TOTAL + 7)
    assert decided(book)[1, "platform"] == 7


def test_the_default_workspace_is_found_by_its_amounts():
    """The Admin API calls it null, the unified API gives its id; organizations differ by side."""
    book = f.book(
        [
            *rows(1, BILL, [default(cell) for cell in CELLS]),
            *rows(2, E_WHO, CELLS, workspace="w-default", product="messages_api"),
            *rows(2, E_WHO, same(5000), workspace="w-elsewhere", product="messages_api"),
        ],
        BOTH,
    )
    elsewhere = sum(cell["amount"] for cell in same(5000))
    assert figures(book) == (TOTAL, TOTAL + elsewhere, TOTAL, TOTAL + elsewhere)
    assert decided(book)[2, "default_workspace"] == elsewhere


def test_a_day_that_the_platform_lacks_is_no_proven_day():
    states = [f.state(1, BILL, f"11-{n:02}", present=n != 4) for n in range(1, 5)]
    states += [f.state(2, R_WHO, f"11-{n:02}") for n in range(1, 5)]
    made = [*rows(1, BILL, CELLS[:12]), *rows(2, R_WHO, CELLS, product="other")]
    book = f.book(made, BOTH, states)
    twelve = sum(cell["amount"] for cell in CELLS[:12])
    assert figures(book) == (twelve, TOTAL, twelve, TOTAL)


def test_cells_are_compared_in_what_every_report_of_both_sides_knows():
    book = f.book(
        [*rows(1, BILL, CELLS, workspace="w1"),
         *rows(2, E_WHO, CELLS, workspace="w1", product="messages_api")],
        BOTH,
    )  # fmt: skip
    (one,) = evidence.compared(book, 1, 2, "cost", "identity")
    assert one.dims == ("model", "operation")
    assert one.cells.height == len(CELLS)
    assert one.cells["equal"].all()
    (other,) = evidence.compared(reported(CELLS), 1, 2, "cost", "open")
    assert other.dims == ("model", "operation", "context_window", "inference_geo")
