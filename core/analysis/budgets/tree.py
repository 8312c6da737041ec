"""The tree of budgets in one month: what each amounts to, hands down, and has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.ledger.budgets import BudgetRow


@dataclass(frozen=True, slots=True)
class Node:
    """A budget in a month, units of 1e-8 cents.

    `amount` is its own or its children's sum, None where neither is known; `handed` what its
    children have, `rest` = amount - handed: less than zero where more is handed down than there is.
    """

    budget: BudgetRow
    depth: int
    amount: int | None
    handed: int
    children: tuple[str, ...]

    @property
    def rest(self) -> int | None:
        """Return what is not handed down; None without an amount."""
        return None if self.amount is None else self.amount - self.handed

    @property
    def group(self) -> bool:
        """Say whether it only holds its children together: no amount and no filter of its own."""
        mine = self.budget
        return bool(self.children) and mine.amount is None and not (mine.where or mine.connections)


def tree(budgets: Sequence[BudgetRow], month: date) -> tuple[Node, ...]:
    """Return the budgets that hold in a month, each before its children.

    One whose parent does not hold then stands at the top. The budgets are free of circles.
    """
    here = [budget for budget in budgets if budget.holds(month)]
    names = {budget.name for budget in here}
    return tuple(
        node for budget in here if budget.parent not in names for node in _under(budget, here, 0)
    )


def _under(budget: BudgetRow, here: Sequence[BudgetRow], depth: int) -> list[Node]:
    parts = [_under(child, here, depth + 1) for child in here if child.parent == budget.name]
    heads = [part[0] for part in parts]
    handed = sum(head.amount or 0 for head in heads)
    known = any(head.amount is not None for head in heads)
    amount = budget.amount if budget.amount is not None else (handed if known else None)
    own = Node(budget, depth, amount, handed, tuple(head.budget.name for head in heads))
    return [own, *(node for part in parts for node in part)]
