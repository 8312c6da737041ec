"""Amounts by the column: exact, or refused by name."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AmountRefused
from core.money import LARGEST, dollars, from_cents, from_dollars, label
from core.sync.amounts import exact, guard_sum


def column(*texts: str | None) -> pl.Series:
    return pl.Series("amount", texts, pl.String)


def test_documented_examples() -> None:
    found = exact(column("41280.000000", "123.78912", "946.6", "-0.5", "0", None), "cost")
    assert found.to_list() == [4128000000000, 12378912000, 94660000000, -50000000, 0, None]


def test_412_dollars_80() -> None:
    assert dollars(from_cents("41280.000000")) == "412.80"


@pytest.mark.parametrize(
    "text",
    ["1e3", "NaN", "", "1.", ".5", "+2", " 1", "1,234.5", "Infinity", "0.123456789", "\u0661"],
)
def test_what_is_no_plain_decimal_of_eight_places_is_refused_by_name(text: str) -> None:
    with pytest.raises(AmountRefused) as refused:
        exact(column("1", text), "cost_report amount")
    assert repr(text) in refused.value.title
    assert "cost_report amount" in refused.value.cause
    with pytest.raises(AmountRefused):
        from_cents(text)


@pytest.mark.parametrize("text", ["92233720368.54775808", "1" * 31, "9" * 60])
def test_what_exceeds_64_bits_is_refused(text: str) -> None:
    with pytest.raises(AmountRefused):
        exact(column(text), "cost")
    with pytest.raises(AmountRefused):
        from_cents(text)


def test_the_largest_amount_is_kept() -> None:
    assert exact(column("92233720368.54775807"), "cost").to_list() == [LARGEST]


def test_trailing_zeros_beyond_eight_places_are_no_excess() -> None:
    assert exact(column("1.1234567800000"), "cost").to_list() == [112345678]


def test_a_sum_that_could_wrap_is_refused() -> None:
    with pytest.raises(AmountRefused):
        guard_sum(pl.Series([LARGEST, 1], dtype=pl.Int64), "cost")
    guard_sum(pl.Series([LARGEST - 1, -1], dtype=pl.Int64), "cost")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=8, allow_nan=False))
def test_column_and_single_reading_agree_with_decimal(amount: Decimal) -> None:
    text = format(amount, "f")
    expected = int(amount.scaleb(8))
    assert exact(column(text), "cost").to_list() == [expected]
    assert from_cents(text) == expected


@given(st.integers(-LARGEST, LARGEST))
def test_dollars_read_back_exactly(units: int) -> None:
    text = dollars(units)
    assert from_dollars(text) == units
    assert "E" not in text
    assert len(text.partition(".")[2]) >= 2
    assert Decimal(text).scaleb(10) == units


def test_labels_round_half_away_from_zero() -> None:
    assert label(from_dollars("1234.505")) == "$1,234.51"
    assert label(from_dollars("-0.004")) == "$0.00"
    assert label(from_dollars("-1234.5"), 0) == "-$1,235"
