"""The tree of budgets, and what their filters leave of the bill, each worked out by hand."""

from datetime import date

import factory as f
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.budgets.spent import both, everything, filter_of, joint, total
from core.analysis.budgets.tree import tree
from core.errors import UnknownName
from core.ledger.budgets import BudgetRow
from core.ledger.cuts import cuts_of
from core.ledger.names import MEMBERS, NameRow

NOV = date(2026, 11, 1)
SPAN = f.span("11-01", "11-04")


def budget(name, amount=None, parent="", *where, **more):
    return BudgetRow(name, NOV, amount, parent, where, **more)


def test_a_parent_without_an_amount_is_its_childrens_sum_and_another_tells_the_rest():
    nodes = tree(
        [budget("All", 100), budget("Lab", None, "All"), budget("A", 70, "Lab"),
         budget("B", 40, "Lab"), budget("Old", 9, "All", last=NOV)],
        date(2026, 12, 1),
    )  # fmt: skip
    told = [(n.budget.name, n.depth, n.amount, n.handed, n.rest, n.group) for n in nodes]
    assert told == [
        ("All", 0, 100, 110, -10, False), ("Lab", 1, 110, 110, 0, True),
        ("A", 2, 70, 0, 70, False), ("B", 2, 40, 0, 40, False),
    ]  # fmt: skip


def test_an_orphan_stands_at_the_top_and_no_amount_is_not_zero():
    (node,) = tree([budget("Child", None, "Gone")], NOV)
    assert (node.depth, node.amount, node.rest) == (0, None, None)


@st.composite
def forests(draw):
    made = []
    for n in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from(["", *(b.name for b in made)]))
        amount = draw(st.one_of(st.none(), st.integers(0, 10**18)))
        made.append(budget(f"b{n}", amount, parent))
    return made


@settings(max_examples=50, deadline=None)
@given(forests())
def test_children_and_the_rest_are_always_the_parent(made):
    nodes = {n.budget.name: n for n in tree(made, NOV)}
    assert set(nodes) == {b.name for b in made}
    for node in nodes.values():
        children = [nodes[name].amount or 0 for name in node.children]
        assert node.handed == sum(children)
        if node.amount is not None:
            assert sum(children) + node.rest == node.amount
        if node.budget.amount is None and node.amount is not None:
            assert node.rest == 0


def world(amounts=(1000, 200, 30, 4)):
    keys = [("w1", "m1"), ("w1", "m2"), ("w2", "m1"), ("w2", "m2")]
    rows = []
    for n, ((w, m), amount) in enumerate(zip(keys, amounts, strict=True)):
        told = {"workspace": w, "model": m, "user": f"u{n}"}
        for cut in cuts_of("platform", "unified", "cost"):
            own = {dim: value for dim, value in told.items() if dim in cut.dims}
            rows.append(f.fact(1, cut.name, "11-02", **own, amount=amount))
    team = NameRow("g1", "Research", "", "active", {MEMBERS: ["u0", "u3"]})
    names = [(1, "group", team), (1, "workspace", NameRow("w1", "Prod", "", "active", {}))]
    return f.book(rows, [f.platform()], names=names)


def of(*where, **more):
    return filter_of(budget("x", 1, "", *where, **more))


def test_only_what_the_filter_leaves_is_spent():
    book = world()
    assert total(book, of(("workspace", "Prod")), SPAN) == 1200
    assert total(book, of(("workspace", "w1"), ("model", "m1")), SPAN) == 1000
    assert total(book, of(("team", "Research")), SPAN) == 1004
    assert total(book, of(("team", "g1"), ("model", "m2")), SPAN) == 4
    assert total(book, of(connections=("console",)), SPAN) == everything(book, SPAN) == 1234


def test_the_same_dollar_in_two_budgets_is_found_by_name_and_id():
    book = world()
    meet = both(book, of(("workspace", "Prod")), of(("workspace", "w1"), ("model", "m2")), SPAN)
    assert meet is not None
    assert total(book, meet, SPAN) == 200
    assert both(book, of(("workspace", "w1")), of(("workspace", "w2")), SPAN) is None
    assert both(book, of(("team", "A")), of(("team", "B")), SPAN) is None


def test_overlapping_budgets_together_count_each_dollar_once():
    book = world()
    chosen = [of(("workspace", "w1")), of(("model", "m1")), of(("team", "Research"))]
    assert joint(book, chosen, SPAN) == 1234
    assert joint(book, chosen[:2], SPAN) == 1230
    assert joint(book, [], SPAN) == 0
    assert joint(book, chosen, SPAN, most=1) is None


def test_a_dimension_that_no_budget_can_have_is_refused():
    with pytest.raises(UnknownName, match="no dimension for budgets 'day'"):
        of(("day", "2026-11-02"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**15), min_size=4, max_size=4), st.booleans())
def test_disjoint_budgets_and_what_none_covers_are_the_total(amounts, second):
    book = world(tuple(amounts))
    chosen = [of(("workspace", "w1")), *([of(("workspace", "w2"))] if second else [])]
    covered = joint(book, chosen, SPAN)
    assert covered == sum(total(book, one, SPAN) for one in chosen)
    uncovered = 0 if second else amounts[2] + amounts[3]
    assert covered + uncovered == everything(book, SPAN)
