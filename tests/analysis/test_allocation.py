"""Cost per API key from a bill that knows no keys: split by usage, to the last unit."""

import factory as f
import polars as pl
import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.allocation import BILL, KEYS, allocation
from core.analysis.explore import Query, ask
from core.analysis.overlap import classify
from core.analysis.questions.answers import answer
from core.analysis.split import largest_remainder
from core.ledger.cuts import NO_KEY
from core.ledger.names import NameRow

NOV = f.span("11-01", "12-01")
CELL = {"model": "opus", "service_tier": "standard", "context_window": "0-200k",
        "inference_geo": "global"}  # fmt: skip


def billed(when="11-01", amount=0, operation="input", workspace="w1", **more):
    return f.fact(1, BILL.name, when, workspace=workspace, operation=operation, amount=amount,
                  **{**CELL, "description": f"opus {operation}", **more})  # fmt: skip


def used(key, tokens, when="11-01", operation="input", workspace="w1", **more):
    column = "web_searches" if operation == "web_search" else "tokens"
    return f.fact(1, KEYS.name, when, api_key=key, workspace=workspace, operation=operation,
                  **{**CELL, column: tokens, **more})  # fmt: skip


def keys(book, span=NOV):
    view = ask(book, Query(("api_key",), "cost", span))
    return {row["api_key"] or row["api_key_name"]: row["value"] for row in view.frame.to_dicts()}


# ── the method ────────────────────────────────────────────────────────────────────────────────


def parts(amount, weights):
    frame = pl.DataFrame(
        {"group": 0, "amount": amount, "weight": weights, "key": [f"k{n}" for n in
         range(len(weights))]},
        schema={"group": pl.Int64, "amount": pl.Int64, "weight": pl.Int64, "key": pl.String},
    )  # fmt: skip
    return largest_remainder(frame, "key").sort("key")["part"].to_list()


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        # 100 / 6: 16.67, 33.33, 50; the unit left over goes to the largest remainder.
        (100, [1, 2, 3], [17, 33, 50]),
        # Equal remainders: in the order of the keys.
        (10, [1, 1, 1], [4, 3, 3]),
        (11, [1, 1, 1], [4, 4, 3]),
        (-10, [1, 1, 1], [-4, -3, -3]),
        (0, [5, 7], [0, 0]),
        (1, [10**12, 1], [1, 0]),
        (2**63 - 1, [2**62, 2**62], [2**62, 2**62 - 1]),
    ],
)
def test_the_largest_remainders_get_what_is_left_over(amount, weights, expected):
    assert parts(amount, weights) == expected


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.lists(st.integers(1, 2**60), min_size=1,
                                                      max_size=6))  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_parts_sum_to_the_amount_and_none_is_off_by_a_unit(amount, weights):
    found, whole = parts(amount, weights), sum(weights)
    assert sum(found) == amount
    for part, weight in zip(found, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole


# ── by hand ───────────────────────────────────────────────────────────────────────────────────


def test_each_cell_of_the_bill_is_split_by_the_keys_own_usage():
    book = f.book(
        [
            # Input of w1: k1 900, k2 100 tokens. Output: k2 alone. w2: no key (Workbench) alone.
            billed(amount=1001), used("k1", 900), used("k2", 100),
            billed(amount=50, operation="output"), used("k2", 8, operation="output"),
            billed(amount=7, workspace="w2"), used(NO_KEY, 3, workspace="w2"),
            # The next day the shares are others.
            billed("11-02", 100), used("k1", 1, "11-02"), used("k2", 3, "11-02"),
        ],
        [f.platform()],
        names=[(1, "api_key", NameRow("k1", "Search"))],
    )  # fmt: skip
    # 1001 x 900/1000 = 900.9, 1001 x 100/1000 = 100.1: 901 and 100.
    assert keys(book) == {"k1": 901 + 25, "k2": 100 + 50 + 75, "no key": 7}
    view = ask(book, Query(("api_key", "basis"), "cost", NOV))
    assert view.total == ask(book, Query(("workspace",), "cost", NOV)).total == 1158
    assert view.frame["basis"].unique().to_list() == ["allocated"]
    assert view.frame.row(0)[:2] == ("k1", "Search")
    assert view.findings[0].code == "cost_allocated"
    assert keys(book, f.span("11-02", "11-03")) == {"k1": 25, "k2": 75}


def test_tier_context_window_and_geography_keep_cells_apart():
    rows = []
    for dim, value in (("service_tier", "batch"), ("context_window", "200k-1M"),
                       ("inference_geo", "us")):  # fmt: skip
        rows += [billed(amount=10, **{dim: value}), used("k9", 5, **{dim: value})]
    book = f.book([*rows, billed(amount=4), used("k1", 7)], [f.platform()])
    assert keys(book) == {"k9": 30, "k1": 4}


def test_fast_mode_goes_to_the_keys_that_used_it():
    # k1 used 90 standard and 10 fast tokens, k2 10 standard ones; the fast row costs 20 for 10.
    rows = [billed(amount=100), billed(amount=20, description="opus (Fast Mode) input"),
            used("k1", 90, speed="standard"), used("k1", 10, speed="fast"),
            used("k2", 10, speed="standard")]  # fmt: skip
    book = f.book(rows, [f.platform()])
    assert keys(book) == {"k1": 90 + 20, "k2": 10}
    assert allocation(book, NOV).mixed.is_empty()


def test_fast_mode_that_no_key_is_known_for_is_a_line_of_its_own():
    # Days read before speed was asked for: which key was fast is nowhere said.
    rows = [billed(amount=100), billed(amount=20, description="opus (Fast Mode) input"),
            used("k1", 100), used("k2", 100)]  # fmt: skip
    book = f.book(rows, [f.platform()])
    assert keys(book) == {"k1": 50, "k2": 50, "fast mode": 20}
    said = answer(book, "per-api-key", NOV)
    assert said.view.frame["line"].to_list() == [None, None, "fast mode"]
    assert any("fast mode in a line of its own" in caveat for caveat in said.caveats)


def test_a_bill_that_does_not_name_fast_mode_says_how_much_may_hold_it():
    rows = [billed(amount=120), billed("11-02", 7), used("k1", 90, speed="standard"),
            used("k2", 30, speed="fast"), used("k1", 5, "11-02", speed="standard")]  # fmt: skip
    book = f.book(rows, [f.platform()])
    assert keys(book) == {"k1": 90 + 7, "k2": 30}
    mixed = allocation(book, NOV).mixed
    assert mixed.rows() == [(f.day("11-01"), 1, 120)]
    caveats = answer(book, "per-api-key", NOV).caveats
    assert any("do not tell fast mode from standard speed" in caveat for caveat in caveats)


def test_what_one_side_does_not_say_goes_with_any_value_of_the_other():
    book = f.book(
        [
            # An older row of the bill names no geography; "not_available" says as little.
            billed(amount=10, inference_geo=""), used("k1", 3, inference_geo="not_available"),
            used("k2", 2, when="11-02", inference_geo="us"),
            billed("11-02", 5, inference_geo=""),
            # Web searches are billed without a model, and split by requests.
            billed(amount=9, operation="web_search", model="", service_tier="",
                   context_window="", inference_geo=""),
            used("k1", 1, operation="web_search"),
            used("k2", 2, operation="web_search", model="haiku"),
        ],
        [f.platform()],
    )  # fmt: skip
    assert keys(book) == {"k1": 10 + 3, "k2": 5 + 6}


def test_cost_without_usage_is_lines_of_its_own_by_name():
    nothing = dict.fromkeys(CELL, "")
    book = f.book(
        [
            billed(amount=20), used("k1", 5),
            billed(amount=3, operation="code_execution", **nothing),
            billed(amount=4, operation="session", **nothing),
            billed(amount=6, model="haiku"),
            f.rest(1, BILL.name, "11-01", amount=-2),
        ],
        [f.platform()],
    )  # fmt: skip
    frame = ask(book, Query(("api_key",), "cost", NOV)).frame
    assert frame.rows() == [
        ("k1", None, 20, None),
        (None, "cost without usage", 6, "cost without usage"),
        (None, "sessions", 4, "sessions"),
        (None, "code execution", 3, "code execution"),
        (None, "not attributed", -2, "not attributed"),
    ]
    assert ask(book, Query((), "cost", NOV, (("api_key", None),))).total == 11
    assert ask(book, Query((), "cost", NOV, (("api_key", "sessions"),))).total == 4


def test_usage_without_cost_is_told_apart_by_its_reason():
    book = f.book(
        [
            billed(amount=20), used("k1", 5),
            used("k1", 70, service_tier="priority"),
            used("k2", 3, model="haiku"),
            used("k3", 9, when="11-02"),
            f.rest(1, KEYS.name, "11-01", operation="input", tokens=1),
        ],
        [f.platform()],
    )  # fmt: skip
    left = allocation(book, NOV).unbilled
    assert sorted(left.select("line", "api_key", "weight").rows()) == [
        ("Priority Tier", "k1", 70),
        ("cost not reported yet", "k3", 9),
        ("not attributed", "(not attributed)", 1),
        ("usage without cost", "k2", 3),
    ]
    assert keys(book) == {"k1": 20}


def test_priority_tokens_take_no_part_where_the_bill_names_no_tier():
    book = f.book(
        [
            billed(amount=20, service_tier=""),
            used("k1", 5),
            used("k2", 500, service_tier="priority"),
        ],
        [f.platform()],
    )
    assert keys(book) == {"k1": 20}


def test_a_filter_on_a_key_finds_what_the_key_was_allocated():
    book = f.book([billed(amount=9), used("k1", 1), used("k2", 2)], [f.platform()])
    view = ask(book, Query(("model",), "cost", NOV, (("api_key", "k2"),)))
    assert view.frame.rows() == [("opus", 6, None)]
    assert ask(book, Query((), "cost", NOV, (("api_key", "k2"), ("basis", "billed")))).total == 0
    by_basis = Query(("api_key",), "cost", NOV, (("basis", "allocated"),))
    assert ask(book, by_basis).total == 9


def test_two_connections_to_the_same_books_are_allocated_once():
    rows = [billed(amount=9), used("k1", 1), used("k2", 2)]
    twice = [*rows, *({**row, "connection_id": 2} for row in rows)]
    book = f.book(twice, [f.platform(), f.platform(2, "again")])
    assert keys(book) == {"k1": 3, "k2": 6}
    assert ask(book, Query(("api_key",), "cost", NOV, basis="reported")).total == 18
    # Deciding what is booked twice looks at the rows that the ledger holds.
    assert classify(book, Query(("api_key",), "cost", NOV))["value"].sum() == 18


def test_a_book_without_bills_has_nothing_to_allocate():
    empty = allocation(f.book([], []), NOV)
    assert empty.rows.is_empty()
    assert empty.unbilled.is_empty()


# ── over generated books ──────────────────────────────────────────────────────────────────────


@given(worlds.books())
@settings(max_examples=40, deadline=None)
def test_every_cell_of_the_bill_keeps_its_amount(book):
    bill = book.rows("cost", [BILL.name], BILL.dims, worlds.SPAN)
    dims = ["day", "connection_id", *sorted(BILL.dims)]
    made = allocation(book, worlds.SPAN).rows
    text = [pl.col(d).cast(pl.String) for d in sorted(BILL.dims)]
    sums = [
        frame.with_columns(text).group_by(dims).agg(pl.col("amount").sum()).sort(dims)
        for frame in (bill, made)
    ]
    assert sums[0].equals(sums[1])
    for basis in ("counted_once", "reported"):
        query = Query(("api_key", "workspace"), "cost", worlds.SPAN, basis=basis)
        by_key = ask(book, query)
        whole = ask(book, Query(("workspace",), "cost", worlds.SPAN, basis=basis))
        spaces = by_key.frame.group_by("workspace", "workspace_name").agg(pl.col("value").sum())
        plain = whole.frame.group_by("workspace", "workspace_name").agg(pl.col("value").sum())
        order = ["workspace", "workspace_name"]
        assert by_key.total == whole.total
        if basis == "reported":
            assert spaces.sort(order).equals(plain.sort(order))


@given(worlds.books())
@settings(max_examples=25, deadline=None)
def test_all_usage_by_key_either_has_cost_or_is_named_as_having_none(book):
    found = allocation(book, worlds.SPAN)
    usage = book.rows("usage", [KEYS.name], KEYS.dims, worlds.SPAN).filter(pl.col("tokens") > 0)
    keyed = set(found.rows["api_key"]) | set(found.unbilled["api_key"])
    assert set(usage["api_key"].cast(pl.String)) <= keyed
    assert (
        found.unbilled["line"]
        .is_in(["Priority Tier", "usage without cost", "cost not reported yet", "not attributed"])
        .all()
    )
