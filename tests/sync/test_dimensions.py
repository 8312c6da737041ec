"""Dimensions of rows as columns: every row keeps its own, however few combinations there are."""

from datetime import date
from types import SimpleNamespace as Row

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.anthropic.payloads import Actor
from core.sync.dimensions import Flat, text_columns


def test_days_and_dimensions_stand_beside_each_other() -> None:
    rows = [Row(m="opus", w=None), Row(m=None, w="wrk_1"), Row(m="opus", w=None)]
    found = text_columns(
        Flat(["2026-02-28", "2026-03-01", "2026-03-01"], rows), {"model": "m", "workspace": "w"}
    )
    assert found.rows() == [
        (date(2026, 2, 28), "opus", None),
        (date(2026, 3, 1), None, "wrk_1"),
        (date(2026, 3, 1), "opus", None),
    ]


def test_only_people_are_users() -> None:
    rows = [
        Row(who=Actor(type="user_actor", user_id="user_1")),
        Row(who=Actor(type="service_actor", service_account_id="svac_1")),
        Row(who=None),
        Row(who=Actor(type="api_actor", api_key_id="apikey_1")),
    ]
    found = text_columns(Flat(["2026-03-01"] * 4, rows), {}, actor="who")
    assert found.drop("day").rows() == [
        ("user_1", None, "user_actor"),
        (None, "svac_1", "service_actor"),
        (None, None, None),
        (None, "apikey_1", "api_actor"),
    ]


def test_no_rows_are_a_frame_without_rows_and_with_every_column() -> None:
    found = text_columns(Flat([], []), {"model": "m"}, actor="who")
    assert found.schema == {
        "day": pl.Date,
        "model": pl.String,
        "user": pl.String,
        "service_account": pl.String,
        "actor_type": pl.String,
    }
    assert text_columns(Flat(["2026-03-01"], [Row()]), {}).columns == ["day"]


_TEXT = st.none() | st.sampled_from(["", "a", "b", "☃"])


@given(st.lists(st.tuples(st.dates(date(1999, 1, 1), date(2101, 1, 1)), _TEXT, _TEXT)))
def test_every_row_comes_back_as_it_was(
    given_rows: list[tuple[date, str | None, str | None]],
) -> None:
    flat = Flat([str(day) for day, _, _ in given_rows], [Row(a=a, b=b) for _, a, b in given_rows])
    assert text_columns(flat, {"one": "a", "two": "b"}).rows() == given_rows
