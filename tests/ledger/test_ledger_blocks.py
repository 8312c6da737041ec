"""Where blocks lie in a frame, whatever the order of its rows."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import Span
from core.ledger.blocks import Blocks

FIRST = date(2026, 3, 1)
SCHEMA = {"family": pl.Enum(["cost", "usage"]), "cut": pl.Enum(["a", "b"]), "day": pl.Date,
          "amount": pl.Int64}  # fmt: skip

Row = tuple[str, str, int, int]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["cost", "usage"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 4),
        st.integers(1, 9),
    ),
    max_size=12,
)


def frame_of(rows: list[Row]) -> pl.DataFrame:
    dated = [(family, cut, FIRST + timedelta(days=n), amount) for family, cut, n, amount in rows]
    return pl.DataFrame(dated, schema=SCHEMA, orient="row")


def days(start: int, end: int) -> Span:
    return Span(FIRST + timedelta(days=start), FIRST + timedelta(days=end))


def test_a_frame_in_order_is_kept_as_it_is():
    frame = frame_of([("cost", "b", 0, 1), ("cost", "b", 0, 2), ("cost", "b", 3, 4),
                      ("usage", "b", 1, 8), ("cost", "a", 2, 16)])  # fmt: skip
    blocks = Blocks(frame)
    assert blocks.frame is frame
    parts = [(family, part["amount"].to_list()) for family, part in blocks.parts()]
    assert parts == [("cost", [1, 2, 4]), ("usage", [8]), ("cost", [16])]


def test_a_block_in_two_pieces_or_with_its_days_mixed_is_put_in_order():
    torn = frame_of([("cost", "a", 0, 1), ("cost", "b", 0, 2), ("cost", "a", 1, 4)])
    assert Blocks(torn).take("cost", ["a"], None)["amount"].to_list() == [1, 4]
    mixed = frame_of([("cost", "a", 1, 1), ("cost", "a", 0, 2)])
    assert Blocks(mixed).take("cost", ["a"], days(0, 1))["amount"].to_list() == [2]


def test_no_rows_make_no_blocks():
    blocks = Blocks(frame_of([]))
    assert list(blocks.parts()) == []
    assert blocks.take("cost", ["a"], None).is_empty()


@settings(max_examples=50)
@given(ROWS, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_a_block_has_just_its_rows_of_the_days(rows, start, length, sort):
    frame = frame_of(sorted(rows) if sort else rows)
    for family in ("cost", "usage"):
        for cut in ("a", "b"):
            found = Blocks(frame).take(family, [cut], days(start, start + length))
            wanted = [r[3] for r in rows if r[:2] == (family, cut) and 0 <= r[2] - start < length]
            assert sorted(found["amount"].to_list()) == sorted(wanted)
    assert sum(part.height for _, part in Blocks(frame).parts()) == len(rows)
