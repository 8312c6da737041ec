"""A book whose people have pseudonyms gives the same figures, to the last digit."""

from collections import Counter

import factory as f
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SPAN, books

from core.analysis.explore import ask
from core.analysis.query import Query
from core.errors import UnknownName
from core.ledger.names import NameRow
from core.ledger.veil import Veil

NAMES = {
    (number, "user", user): NameRow(user, f"Name of {user}", f"{user}@example.com", "active")
    for number in range(1, 5) for user in ("u1", "u2")
}  # fmt: skip
SEEN = Veil("ab" * 32, NAMES)
BY = st.lists(
    st.sampled_from(["user", "model", "workspace", "connection", "day", "product"]),
    unique=True, max_size=3,
)  # fmt: skip


@given(book=books(), by=BY, measure=st.sampled_from(["cost", "tokens"]),
       basis=st.sampled_from(["counted_once", "reported"]))  # fmt: skip
@settings(max_examples=50)
def test_every_figure_is_the_same(book, by, measure, basis):
    query = Query(tuple(by), measure, SPAN, basis=basis)
    real, seen = ask(book, query), ask(SEEN.book(book), query)
    assert Counter(seen.frame["value"].to_list()) == Counter(real.frame["value"].to_list())
    if "user" in by:
        told = {raw: SEEN.id(raw) if raw else raw for raw in real.frame["user"].unique()}
        renamed = real.frame.with_columns(
            pl.Series("user", [told[raw] for raw in real.frame["user"]], pl.String)
        )
        assert sorted(map(str, seen.frame.drop("user_name", strict=False).rows())) == sorted(
            map(str, renamed.drop("user_name", strict=False).rows())
        )


def test_people_are_found_by_pseudonym_and_not_by_name():
    cut = "enterprise/unified/cost/who"
    rows = [f.fact(2, cut, "11-01", user=user, amount=n) for user, n in (("u1", 3), ("u2", 4))]
    names = [(2, "user", NAMES[2, "user", user]) for user in ("u1", "u2")]
    real = f.book(rows, [f.enterprise(2)], names=names)
    seen = SEEN.book(real)
    label = SEEN.label(NAMES[2, "user", "u2"])
    for who in (label, SEEN.id("u2"), SEEN.mail("U2@example.com")):
        assert ask(seen, Query(("user",), "cost", SPAN, where=(("user", who),))).total == 4
    for who in ("u2", "Name of u2", "u2@example.com"):
        with pytest.raises(UnknownName) as refused:
            ask(seen, Query((), "cost", SPAN, where=(("user", who),)))
        assert "u1" not in refused.value.cause.replace(SEEN.id("u1"), "").replace(SEEN.id("u2"), "")
    names = ask(seen, Query(("user",), "cost", SPAN)).frame["user_name"].to_list()
    assert sorted(names) == sorted(SEEN.label(NAMES[2, "user", u]) for u in ("u1", "u2"))
