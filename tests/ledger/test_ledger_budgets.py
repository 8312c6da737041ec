"""Budgets as they are kept: all of them or none, in a tree without circles."""

from dataclasses import replace
from datetime import date

import pytest
from ledger_factory import NOON

from core.errors import BadValue, UnknownName
from core.ledger.budgets import (
    BudgetRow,
    all_budgets,
    check,
    delete_budget,
    keep_outcomes,
    outcomes,
    save_budgets,
)
from core.ledger.limits import LimitRow, all_limits, replace_limits

NOVEMBER = date(2026, 11, 1)
ALL = BudgetRow("All", NOVEMBER, 1000)
LAB = BudgetRow("Lab", NOVEMBER, 400, "All", (("workspace", "w1"), ("team", "Research")),
                ("console",), date(2026, 12, 1), "a word")  # fmt: skip


def test_budgets_come_back_as_they_were_entered(engine):
    save_budgets(engine, [LAB, ALL])
    assert all_budgets(engine) == (LAB, ALL)


def test_a_name_that_is_there_is_replaced_and_can_be_renamed(engine):
    save_budgets(engine, [ALL, LAB])
    save_budgets(engine, [replace(LAB, amount=None)])
    save_budgets(engine, [replace(ALL, name="Everything")], renamed="All")
    assert all_budgets(engine) == (
        replace(ALL, name="Everything"), replace(LAB, amount=None, parent="Everything"),
    )  # fmt: skip
    with pytest.raises(BadValue, match="cannot be kept"):
        save_budgets(engine, [replace(ALL, name="Lab")], renamed="Everything")


def test_a_circle_an_unknown_parent_and_a_name_twice_keep_nothing(engine):
    save_budgets(engine, [ALL, LAB])
    for wrong, kind in (
        ([replace(ALL, parent="Lab")], BadValue), ([replace(ALL, parent="All")], BadValue),
        ([replace(ALL, amount=7), replace(LAB, parent="none")], UnknownName),
        ([replace(ALL, amount=7), ALL], BadValue),
    ):  # fmt: skip
        with pytest.raises(kind):
            save_budgets(engine, wrong)
        assert all_budgets(engine) == (ALL, LAB)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ALL, name=""), replace(ALL, name=" x"), replace(ALL, amount=-1),
        replace(ALL, first=date(2026, 11, 2)), replace(ALL, last=date(2026, 10, 1)),
    ],
)  # fmt: skip
def test_what_is_no_budget_is_refused(wrong):
    with pytest.raises(BadValue):
        check(wrong)


def test_children_of_a_deleted_budget_move_up_and_its_outcome_goes(engine):
    save_budgets(engine, [ALL, LAB, BudgetRow("Desk", NOVEMBER, 1, "Lab")])
    keep_outcomes(engine, "s", {"Lab": {"spent": 1}, "Desk": {"spent": 2}, "gone": {}})
    delete_budget(engine, "Lab")
    assert [(b.name, b.parent) for b in all_budgets(engine)] == [("All", ""), ("Desk", "All")]
    assert outcomes(engine) == ("s", {"Desk": {"spent": 2}})
    with pytest.raises(UnknownName):
        delete_budget(engine, "Lab")


def test_a_connections_limits_are_replaced_and_another_ones_stay(engine):
    row = LimitRow(1, "u1", "monthly", "seat_tier", "EUR", None, 0, NOON)
    other = replace(row, connection_id=2, amount=5 * 10**10)
    replace_limits(engine, 1, [row, replace(row, actor="u2")])
    replace_limits(engine, 2, [other])
    replace_limits(engine, 1, [row])
    assert all_limits(engine) == (row, other)
