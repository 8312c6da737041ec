"""An anomaly's parts: price, mix and volume by hand, and exact for any cells."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.anomalies.split import Cell, Split, shared, split

AMOUNTS = st.integers(-(10**6), 10**15)


def cell(expected, actual, before, after):
    return Cell(expected, actual, Fraction(before), after)


def test_more_of_the_same_is_volume():
    assert split([cell(100, 300, 10, 30)]) == Split(volume=200, mix=0, price=0, untokened=0)


def test_the_same_at_another_price_is_price():
    assert split([cell(100, 150, 10, 10)]) == Split(volume=0, mix=0, price=50, untokened=0)


def test_dearer_models_among_as_many_tokens_are_mix():
    # 10 tokens at 1 and 10 at 9 become 0 and 20: 180 instead of 100.
    found = split([cell(10, 0, 10, 0), cell(90, 180, 10, 20)])
    assert found == Split(volume=0, mix=80, price=0, untokened=0)


def test_all_three_at_once_by_hand():
    # Expected: 100 tokens at 1 and 100 at 3, 400 in all, 2 on average.
    # Was: 100 at 1, and 200 at 4: 900. Price: 200 x (4 - 3). Volume: 100 tokens more at 2.
    # Mix: the rest of 500, 100: at the expected prices 700 were 2.33 on average.
    found = split([cell(100, 100, 100, 100), cell(300, 800, 100, 200)])
    assert found == Split(volume=200, mix=100, price=200, untokened=0)
    assert found.impact == 500


def test_a_model_that_nobody_expected_is_mix_at_its_own_price():
    found = split([cell(100, 100, 100, 100), cell(0, 500, 0, 100)])
    assert found == Split(volume=100, mix=400, price=0, untokened=0)


def test_cost_without_tokens_is_a_line_of_its_own():
    found = split([cell(100, 100, 10, 10), cell(7, 50, 0, 0)])
    assert found == Split(volume=0, mix=0, price=0, untokened=43)


def test_where_nothing_was_expected_all_of_it_is_volume():
    assert split([cell(0, 500, 0, 10)]) == Split(volume=500, mix=0, price=0, untokened=0)
    assert split([]) == Split(0, 0, 0, 0)


CELLS = st.lists(
    st.builds(
        Cell, AMOUNTS, AMOUNTS, st.fractions(0, 10**12, max_denominator=997), st.integers(0, 10**12)
    ),
    max_size=6,
)


@settings(max_examples=50)
@given(CELLS)
def test_the_parts_sum_to_the_impact_to_the_last_unit(cells):
    assert split(cells).impact == sum(c.actual - c.expected for c in cells)


def test_a_total_is_shared_in_whole_units_the_largest_remainder_first():
    assert shared(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert shared(-7, {"a": 3, "b": 1}) == {"a": -5, "b": -2}
    assert shared(5, {"a": 2, "b": -9}) == {"a": 5}
    assert shared(5, {"a": 0}) == {"": 5}
    assert shared(0, {}) == {}


@settings(max_examples=50)
@given(AMOUNTS, st.dictionaries(st.text(max_size=2), st.integers(-10, 10**15), max_size=6))
def test_what_is_shared_sums_to_the_total(total, weights):
    parts = shared(total, weights)
    assert sum(parts.values()) == total
    assert set(parts) <= {*weights, ""}
