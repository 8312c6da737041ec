"""All that is told of budgets in one month: spent, pace, what is ahead, overlaps, the uncovered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import polars as pl

from core.analysis.budgets.pace import Ahead, Pace, ahead, crossed_on, pace
from core.analysis.budgets.spent import Filter, both, by_day, daily, everything, filter_of, joint
from core.analysis.budgets.spent import total as total_of
from core.analysis.budgets.tree import Node, tree
from core.analysis.forecast.fit import Fit, fit_all, unfit
from core.analysis.forecast.known import Known
from core.analysis.forecast.series import Part, learned
from core.calendar import Span, next_month
from core.errors import SpendError
from core.ledger.book import Book
from core.ledger.budgets import BudgetRow


@dataclass(frozen=True, slots=True)
class Told:
    """One budget of a month; `problem` says why nothing can be told of what it has spent.

    `crossed` is the day that passed the amount already.
    """

    node: Node
    spent: int = 0
    pace: Pace | None = None
    crossed: date | None = None
    problem: str = ""

    @property
    def left(self) -> int | None:
        """Return what is left of the amount; less than zero: it is over. None without one."""
        return None if self.node.amount is None else self.node.amount - self.spent


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two budgets side by side that look at the same `amount` of dollars."""

    one: str
    other: str
    amount: int


@dataclass(frozen=True)
class Month:
    """A month of all budgets, units of 1e-8 cents; `uncovered` None: too many overlap to say."""

    month: date
    told: tuple[Told, ...]
    overlaps: tuple[Overlap, ...]
    total: int
    uncovered: int | None


def month_of(book: Book, budgets: Sequence[BudgetRow], known: Known, month: date) -> Month:
    """Return a month of budgets: exact sums, nothing fitted; a filter that fails is told."""
    span, nodes = Span(month, next_month(month)), tree(budgets, month)
    parts, problems = parts_of(book, nodes, known, span)
    told = tuple(
        _told(node, parts.get(node.budget.name), known, span, problems.get(node.budget.name, ""))
        for node in nodes
    )
    fine = [node for node in nodes if node.budget.name in parts]
    tops = _tops(fine)
    covered = joint(book, [filter_of(node.budget) for node in tops], span)
    total = everything(book, span)
    uncovered = None if covered is None else total - covered
    return Month(month, told, _overlaps(book, fine, span), total, uncovered)


def ahead_of(
    book: Book,
    budgets: Sequence[BudgetRow],
    known: Known,
    month: date,
    held: Span,
    free: Collection[date] = frozenset(),
) -> dict[str, Ahead]:
    """Return what is ahead of each budget of a month, by name; it fits, so it takes seconds.

    `held` are the days to learn from and the month itself; nothing is learnt of `free` days,
    public holidays, where they are low.
    """
    span, nodes = Span(month, next_month(month)), tree(budgets, month)
    parts, _ = parts_of(book, nodes, known, held)
    runs = [
        learned([part], known).with_columns(pl.lit(name).alias("key"))
        for name, part in parts.items()
    ]
    fits: dict[str, Fit] = {}
    if runs:
        fits = fit_all(pl.concat(runs), known.as_of, until=span.end, free=free)
    nothing = unfit(known.as_of, span.end)
    return {
        node.budget.name: ahead(part, fits.get(node.budget.name, nothing), known, span, node.amount)
        for node in nodes
        if (part := parts.get(node.budget.name))
    }


def parts_of(
    book: Book, nodes: Sequence[Node], known: Known, span: Span
) -> tuple[dict[str, Part], dict[str, str]]:
    """Return each budget's days, and of those whose filter cannot be asked why, by name.

    A budget that only holds its children together has spent what they have.
    """
    frames: dict[str, pl.DataFrame] = {}
    problems: dict[str, str] = {}
    for node in reversed(nodes):
        name = node.budget.name
        try:
            frames[name] = (
                _summed(node, frames) if node.group else daily(book, filter_of(node.budget), span)
            )
        except SpendError as error:
            problems[name] = f"{error.title} {error.cause}"
    return {name: _part(name, frame, known) for name, frame in frames.items()}, problems


def _summed(node: Node, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    there = [frames[name] for name in node.children if name in frames]
    schema = {"day": pl.Date, "connection": pl.String, "value": pl.Int64}
    return pl.concat(there) if there else pl.DataFrame(schema=schema)


def _part(name: str, frame: pl.DataFrame, known: Known) -> Part:
    going = frame.filter(pl.col("connection").is_in(list(known.live)))
    return Part(None, "", name, by_day(frame), by_day(going))


def _told(node: Node, part: Part | None, known: Known, span: Span, problem: str) -> Told:
    if part is None:
        return Told(node, problem=problem)
    if node.amount is None:
        return Told(node, part.spent(span))
    even = pace(part.cost, known, span, node.amount)
    return Told(node, part.spent(span), even, crossed_on(part.cost, span, node.amount))


def _tops(nodes: Sequence[Node]) -> list[Node]:
    """Return the budgets that look at dollars themselves and have no such budget above them."""
    parents = {node.budget.name: node for node in nodes}

    def inside(node: Node) -> bool:
        above = parents.get(node.budget.parent)
        return above is not None and (not above.group or inside(above))

    return [node for node in nodes if not node.group and not inside(node)]


def _overlaps(book: Book, nodes: Sequence[Node], span: Span) -> tuple[Overlap, ...]:
    found = []
    for one, other in combinations([node for node in nodes if not node.group], 2):
        if one.budget.parent == other.budget.parent:
            amount = _shared(book, filter_of(one.budget), filter_of(other.budget), span)
            if amount:
                found.append(Overlap(one.budget.name, other.budget.name, amount))
    return tuple(sorted(found, key=lambda pair: -pair.amount))


def _shared(book: Book, one: Filter, other: Filter, span: Span) -> int:
    common = both(book, one, other, span)
    return total_of(book, common, span) if common else 0
