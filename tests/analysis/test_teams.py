"""Cost by team: everyone stands in one place, and the places sum to the whole."""

import dataclasses

import factory as f
import polars as pl
import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.explore import MEASURES, Query, ask
from core.analysis.questions.answers import answer
from core.analysis.receipt import receipt
from core.analysis.receipt_text import as_text
from core.analysis.replay import replay
from core.errors import UnknownName
from core.ledger.names import REMOVED, NameRow

NOV = f.span("11-01", "12-01")
WHO = "enterprise/unified/cost/who"
GROUPS = {"g1": ("Search", ["u1", "u2"]), "g2": ("Ads", ["u2", "u3"]), "g3": ("Empty", [])}


def group(identity, name, members, state="active", connection=2):
    return (connection, "group", NameRow(identity, name, "", state, {"members": members}))


def book(groups=GROUPS, connections=None, more=()):
    spent = {"u1": 50, "u2": 30, "u3": 8, "u4": 4, "": 2}
    rows = [f.fact(2, WHO, "11-02", user=user, product="chat", amount=n)
            for user, n in spent.items()]  # fmt: skip
    names = [group(identity, *known) for identity, known in groups.items()]
    return f.book([*rows, *more], connections or [f.platform(), f.enterprise()], names=names)


def lines(view):
    return view.frame.select("team", "team_name", "value", "line").rows()


def test_everyone_stands_once_with_their_team_with_several_or_with_none():
    view = answer(book(), "per-team", NOV).view
    assert lines(view) == [
        ("g1", "Search", 50, None),
        (None, "Ads + Search", 30, "several teams"),
        ("g2", "Ads", 8, None),
        (None, None, 4, "no team"),
        (None, None, 2, "no person"),
    ]
    assert view.total == 94 == ask(book(), Query((), "cost", NOV)).total


def test_several_teams_are_not_no_team():
    said = answer(book(), "per-team", NOV)
    assert any("belongs to no team (people in no group" in text for text in said.caveats)
    assert any("its rows sum to more than the bill" in text for text in said.caveats)
    assert not said.other.able


def test_what_completes_a_report_stays_what_it_is():
    rest = f.rest(2, WHO, "11-02", amount=7)
    view = answer(book(more=[rest]), "per-team", NOV).view
    assert (None, None, 7, "not attributed") in lines(view)
    assert view.total == 101


def test_a_group_that_is_gone_has_no_members():
    names = [group("g1", "Search", ["u1"], REMOVED), group("g2", "Ads", ["u1"])]
    rows = [f.fact(2, WHO, "11-02", user="u1", amount=5)]
    said = answer(f.book(rows, [f.enterprise()], names=names), "per-team", NOV)
    assert lines(said.view) == [("g2", "Ads", 5, None)]


@pytest.mark.parametrize("groups", [{}, None])
def test_without_members_there_is_no_answer_but_the_way_to_one(groups):
    named = [(2, "group", NameRow("g1", "Search", "", "active", {"source": "scim"}))]
    rows = [f.fact(2, WHO, "11-02", user="u1", amount=5)]
    bare = book({}) if groups is not None else f.book(rows, [f.enterprise()], names=named)
    said = answer(bare, "per-team", NOV)
    assert (said.answered_by, said.view, said.connections) == (None, None, ())
    assert "read:rbac_groups" in said.why
    assert "claude-spend rotate NAME" in said.why


def test_without_the_enterprise_it_says_what_to_connect():
    said = answer(book({}, [f.platform()]), "per-team", NOV)
    assert (said.answered_by, said.view) == (None, None)
    assert "claude-spend connect enterprise NAME" in said.why


def test_teams_divide_beside_people_and_days():
    view = ask(book(), Query(("day", "team", "user"), "cost", NOV))
    first = view.frame.row(0, named=True)
    assert (first["day"], first["team"], first["user"], first["value"]) == (
        f.day("11-02"), "g1", "u1", 50,
    )  # fmt: skip
    assert view.frame.height == 5


def test_a_team_is_no_filter():
    with pytest.raises(UnknownName, match="team"):
        Query((), "cost", NOV, (("team", "g1"),))


def test_the_receipt_of_a_team_question_gives_the_figure_again():
    asked = Query(("team",), "cost", NOV)
    text = as_text(receipt(book(), asked, side="enterprise"))
    again = replay(book(), text)
    assert (again.now, again.asked.query.by) == (94, ("team",))
    assert again.same


MEMBERSHIP = st.dictionaries(
    st.sampled_from(["g1", "g2", "g3"]), st.lists(st.sampled_from(["u1", "u2"]), unique=True)
)


@given(worlds.books(), MEMBERSHIP, st.sampled_from(MEASURES))
@settings(max_examples=40)
def test_teams_sum_to_the_people_whoever_belongs_where(world, groups, measure):
    named = {
        (c.id, "group", g): NameRow(g, g.upper(), "", "active", {"members": users})
        for c in world.connections for g, users in groups.items()
    }  # fmt: skip
    world = dataclasses.replace(world, names={**world.names, **named})
    view = ask(world, Query(("day", "team"), measure, worlds.SPAN))
    people = ask(world, Query(("day",), measure, worlds.SPAN))
    assert view.total == people.total == view.frame["value"].sum()
    sums = view.frame.group_by("day").agg(pl.col("value").sum()).rows()
    assert dict(sums) == dict(people.frame.select("day", "value").rows())
