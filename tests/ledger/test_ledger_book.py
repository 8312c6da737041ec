"""A book's rows: one cut or several, a span of days, from the smallest frame that can answer."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_factory import BILL, KEY, TOKENS, WHO, day, span

from core.ledger import cubes
from core.ledger.book import Book
from core.ledger.cuts import CUTS, DIMENSIONS
from core.ledger.facts import ALL_MEASURES, COLUMNS, FAMILIES
from core.ledger.frame import MEASURES

FAMILY = {cut.name: cut.family for cut in CUTS}


def facts_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    plain = dict.fromkeys(DIMENSIONS, "") | dict.fromkeys(ALL_MEASURES)
    full = [plain | {"connection_id": 1, "family": FAMILY[r["cut"]]} | r for r in rows]
    schema = {
        "day": pl.Date, "family": FAMILIES, "connection_id": pl.Int32,
        "cut": pl.Enum(sorted(FAMILY)),
        **dict.fromkeys(DIMENSIONS, pl.Enum(["", *"abcdefgh"])),
        **dict.fromkeys(ALL_MEASURES, pl.Int64),
    }  # fmt: skip
    frame = pl.DataFrame(full, schema=schema, orient="row").select(COLUMNS)
    return frame.sort("family", "cut", "day")


def book_of(facts: pl.DataFrame) -> Book:
    return Book(1, facts, pl.DataFrame(), cubes=cubes.build(facts))


@pytest.fixture
def small_cubes(monkeypatch):
    monkeypatch.setattr(cubes, "MANY", 0)
    monkeypatch.setattr(cubes, "WORTH", 1.0)


ROWS = [
    {"day": day(1), "cut": KEY, "api_key": "a", "amount": 1},
    {"day": day(2), "cut": KEY, "api_key": "b", "amount": 2},
    {"day": day(1), "cut": WHO, "user": "c", "amount": 1},
    {"day": day(2), "cut": WHO, "user": "d", "amount": 2},
    {"day": day(3), "cut": BILL, "model": "e", "amount": 4},
    {"day": day(3), "cut": TOKENS, "model": "e", "tokens": 8},
]


def test_rows_are_of_the_cuts_and_days_asked_for():
    book = Book(1, facts_of(ROWS), pl.DataFrame())
    assert book.rows("cost", [KEY], ["api_key"])["amount"].to_list() == [1, 2]
    assert book.rows("cost", [KEY], ["api_key"], span(2, 9))["amount"].to_list() == [2]
    assert book.rows("cost", [KEY], ["api_key"], span(3, 9)).is_empty()
    assert book.rows("cost", [KEY], ["api_key"], span(2, 2)).is_empty()
    assert sorted(book.rows("cost", [BILL, KEY], [])["amount"]) == [1, 2, 4]
    assert book.rows("usage", [TOKENS], ["model"])["tokens"].to_list() == [8]
    assert book.rows("cost", [TOKENS, "unknown"], []).is_empty()


def test_facts_in_another_order_give_the_same_rows():
    facts = facts_of(ROWS)
    for order in (facts.reverse(), facts.sort("amount"), facts.sample(6, shuffle=True, seed=1)):
        rows = Book(1, order, pl.DataFrame()).rows("cost", [KEY], [], span(1, 3))
        assert rows["amount"].to_list() == [1, 2]


def test_the_smallest_frame_that_knows_the_dimensions_answers(small_cubes):
    many = [
        {"day": day(1), "cut": KEY, "api_key": k, "model": m, "speed": s, "amount": 1}
        for k in "abc" for m in "ef" for s in "gh"
    ]  # fmt: skip
    book = book_of(facts_of(many))
    keys = book.rows("cost", [KEY], ["api_key"])
    assert keys.height == 3
    assert keys["amount"].to_list() == [4, 4, 4]
    assert "model" not in keys.columns
    assert book.rows("cost", [KEY], []).height == 1
    assert book.rows("cost", [KEY], ["api_key", "speed"]).height == 12


def test_a_measure_that_is_null_throughout_stays_null_in_a_cube(small_cubes):
    rows = [
        {"day": day(1), "cut": KEY, "api_key": "a", "model": m, "amount": 1, "list_amount": known}
        for m, known in (("e", None), ("f", None))
    ] + [{"day": day(1), "cut": KEY, "api_key": "b", "amount": 1, "list_amount": 0}]
    found = book_of(facts_of(rows)).rows("cost", [KEY], ["api_key"]).sort("api_key")
    assert found["list_amount"].to_list() == [None, 0]


def test_few_facts_make_no_cubes():
    assert cubes.build(facts_of(ROWS)) == {}


def test_a_cube_that_saves_little_is_not_kept(monkeypatch):
    monkeypatch.setattr(cubes, "MANY", 0)
    rows = [{"day": day(1), "cut": KEY, "api_key": k, "amount": 1} for k in "abcdefgh"]
    assert frozenset(["api_key"]) not in cubes.build(facts_of(rows))
    assert frozenset(["user", "service_account", "actor_type"]) in cubes.build(facts_of(rows))


cells = st.fixed_dictionaries(
    {
        "day": st.integers(1, 4).map(day),
        "cut": st.sampled_from([KEY, WHO, BILL]),
        "connection_id": st.integers(1, 2),
        "amount": st.integers(-100, 100),
        **{dim: st.sampled_from(["", "a", "b"]) for dim in ("user", "api_key", "model", "speed")},
    }
)


@given(
    st.lists(cells, max_size=40),
    st.sets(st.sampled_from(DIMENSIONS), max_size=3),
    st.sets(st.sampled_from([KEY, WHO, BILL])),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_any_question_has_the_same_sums_from_a_cube_as_from_the_facts(rows, dims, cuts, days):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cubes, "MANY", 0)
        patch.setattr(cubes, "WORTH", 2.0)
        facts = facts_of(rows)
        book = book_of(facts)
    where = span(*days)
    by = ["connection_id", "cut", "day", *sorted(dims)]
    inside = pl.col("day").is_between(where.start, where.end, closed="left")
    plain = facts.filter(pl.col("cut").cast(pl.String).is_in(list(cuts)), inside)
    expected = plain.group_by(by).agg(pl.col("amount").sum())
    found = book.rows("cost", cuts, dims, where).group_by(by).agg(pl.col("amount").sum())
    assert sorted(found.rows()) == sorted(expected.rows())
    assert set(MEASURES["cost"]) <= set(book.rows("cost", cuts, dims, where).columns)
