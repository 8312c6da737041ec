"""What a cut leaves out of the source's total becomes a row by name."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.cuts import NOT_ATTRIBUTED
from core.sync.complete import beyond_users, complete, exceeded, not_attributed

D1, D2 = date(2026, 11, 1), date(2026, 11, 2)
CUT = "enterprise/reports/cost/who"


def cost(*rows: tuple[date, str | None, str | None, int]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema={"day": pl.Date, "user": pl.String, "model": pl.String, "amount": pl.Int64},
        orient="row",
    ).with_columns(pl.lit(None, pl.Int64).alias("list_amount"))


def total(*rows: tuple[date, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"day": pl.Date, "amount": pl.Int64}, orient="row")


def test_parts_that_add_up_get_no_row() -> None:
    rows = cost((D1, "ann", "opus", 70), (D1, "bob", "opus", 30))
    assert complete(rows, total((D1, 100)), "cost", CUT).height == 2


def test_the_cap_of_groups_leaves_a_row_by_name() -> None:
    rows = cost((D1, "ann", "opus", 70))
    found = complete(rows, total((D1, 100), (D2, 5)), "cost", CUT)
    rest = found.filter(pl.col("user") == NOT_ATTRIBUTED).sort("day")
    assert rest["amount"].to_list() == [30, 5]
    assert rest["model"].to_list() == [NOT_ATTRIBUTED, NOT_ATTRIBUTED]
    assert not_attributed(found, "amount").sort("day").rows() == [(D1, 30), (D2, 5)]


def test_parts_beyond_the_total_leave_a_negative_row() -> None:
    found = complete(cost((D1, "ann", "opus", 130)), total((D1, 100)), "cost", CUT)
    assert found.filter(pl.col("user") == NOT_ATTRIBUTED)["amount"].to_list() == [-30]


def test_parts_beyond_the_total_by_a_cent_are_told_and_dust_is_not() -> None:
    cent = 10**8
    rows = cost((D1, "ann", "opus", 3 * cent), (D2, "ann", "opus", 2 * cent))
    found = complete(rows, total((D1, 2 * cent), (D2, cent + 1)), "cost", CUT)
    assert exceeded(found, "cost").rows() == [(D1, cent)]
    short = complete(rows, total((D1, 9 * cent), (D2, 9 * cent)), "cost", CUT)
    assert exceeded(short, "cost").is_empty()


def test_tokens_beyond_the_total_are_told_from_the_first() -> None:
    named = {"day": [D1], "operation": ["input"], "token_type": ["uncached_input_tokens"]}
    control = pl.DataFrame({**named, "tokens": [9]})
    rows = pl.DataFrame({**named, "model": ["opus"], "tokens": [10]})
    found = complete(rows, control, "usage", "platform/reports/usage/key")
    assert exceeded(found, "usage").rows() == [(D1, 1)]


def test_equal_keys_are_added_not_overwritten() -> None:
    rows = cost((D1, None, "opus", 1), (D1, None, "opus", 2))
    found = complete(rows, total((D1, 3)), "cost", CUT)
    assert found["amount"].to_list() == [3]


def test_usage_is_completed_by_type_of_token() -> None:
    rows = pl.DataFrame(
        {"day": [D1], "operation": ["input"], "token_type": ["uncached_input_tokens"],
         "model": ["opus"], "tokens": [10]}
    )  # fmt: skip
    control = pl.DataFrame(
        {"day": [D1, D1], "operation": ["input", "output"],
         "token_type": ["uncached_input_tokens", "output_tokens"], "tokens": [12, 5]}
    )  # fmt: skip
    found = complete(rows, control, "usage", "platform/reports/usage/key")
    rest = found.filter(pl.col("model") == NOT_ATTRIBUTED).sort("operation")
    assert rest.select("operation", "token_type", "tokens").rows() == [
        ("input", "uncached_input_tokens", 2),
        ("output", "output_tokens", 5),
    ]


def test_what_belongs_to_no_user_is_found_cell_by_cell() -> None:
    cells = cost((D1, None, "opus", 100), (D1, None, "haiku", 10), (D1, None, None, 7))
    users = cost((D1, "ann", "opus", 60), (D1, "bob", "opus", 15), (D1, "ann", "haiku", 11))
    found = beyond_users(cells, users, "cost", ["model"]).sort("model")
    # haiku's users exceed their cell: nothing here, the completing row settles it.
    assert found.select("model", "amount").rows() == [("", 7), ("opus", 25)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([D1, D2]),
            st.sampled_from(["ann", "bob", None]),
            st.sampled_from(["opus", "haiku", None]),
            st.integers(-(10**15), 10**15),
        ),
        max_size=30,
    ),
    st.integers(-(10**15), 10**15),
    st.integers(-(10**15), 10**15),
)
def test_every_cut_sums_to_the_total(rows, first, second) -> None:
    found = complete(cost(*rows), total((D1, first), (D2, second)), "cost", CUT)
    sums = dict(found.group_by("day").agg(pl.col("amount").sum()).rows())
    assert sums.get(D1, 0) == first
    assert sums.get(D2, 0) == second
