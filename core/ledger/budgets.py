"""Budgets as people set them, in a tree; and what the step after a sync worked out of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock
from core.errors import BadValue, UnknownName
from core.ledger import audit
from core.ledger.columns import storable
from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.tables import Budget, BudgetOutcome
from core.ledger.veil import USER, veil_of
from core.money import dollars


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """What may be spent in each month from `first` on, up to and with the month `last`.

    `amount` is units of 1e-8 cents, None where the children's amounts are summed. `where` as in
    `core.analysis.query.Query`, and `team` besides; `parent` is another budget's name. Months are
    their first days.
    """

    name: str
    first: date
    amount: int | None = None
    parent: str = ""
    where: tuple[tuple[str, str], ...] = ()
    connections: tuple[str, ...] = ()
    last: date | None = None
    note: str = ""

    def holds(self, month: date) -> bool:
        """Say whether the budget is there in a month."""
        return self.first <= month and (self.last is None or month <= self.last)


def all_budgets(engine: Engine) -> tuple[BudgetRow, ...]:
    """Return every budget in the order in which they were entered."""
    with reading(engine) as session:
        rows = _rows(session)
        names = {row.id: row.name for row in rows}
        return tuple(_seen(engine, _budget(row, names)) for row in rows)


def save_budgets(
    engine: Engine,
    budgets: Sequence[BudgetRow],
    *,
    renamed: str = "",
    clock: Clock = calendar.now,
) -> None:
    """Keep budgets, all of them or none: one with a name that is there replaces it.

    `renamed` is the former name of the only one given. Raises BadValue for what is no budget, a
    name given twice or a tree that would go in a circle, UnknownName for a parent not there,
    NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Setting a budget")
    for budget in budgets:
        check(budget)
    _once(budgets)
    with writing(engine) as session:
        kept = {row.name: row for row in _rows(session)}
        if renamed:
            row = _there(kept, renamed)
            if budgets[0].name != renamed and budgets[0].name in kept:
                raise _refused(f"There is a budget {budgets[0].name!r} already.")
            kept[budgets[0].name] = kept.pop(row.name)
        for budget in budgets:
            row = kept.setdefault(budget.name, Budget(name=budget.name, entered_at=clock()))
            _put(row, budget)
            session.add(row)
        session.flush()
        for budget in budgets:
            parent = _there(kept, budget.parent).id if budget.parent else None
            kept[budget.name].parent_id = parent
            _note(session, budget, renamed)
        _no_circle(kept.values())


def delete_budget(engine: Engine, name: str) -> None:
    """Forget a budget; its children move to its parent. Raises UnknownName, NotAllowed."""
    acting.require(Role.ADMIN, "Deleting a budget")
    with writing(engine) as session:
        kept = {row.name: row for row in _rows(session)}
        gone = _there(kept, name)
        for row in kept.values():
            if row.parent_id == gone.id:
                row.parent_id = gone.parent_id
                session.add(row)
        outcome = session.get(BudgetOutcome, gone.id)
        if outcome is not None:
            session.delete(outcome)
        audit.note(session, "deleted budget", gone.name)
        session.delete(gone)


def keep_outcomes(engine: Engine, stamp: str, bodies: Mapping[str, dict[str, Any]]) -> None:
    """Replace what was worked out, by budget name; a budget that went in the meantime is left."""
    with writing(engine) as session:
        for old in session.exec(select(BudgetOutcome)):
            session.delete(old)
        session.flush()
        ids = {row.name: row.id or 0 for row in _rows(session)}
        session.add_all(
            BudgetOutcome(budget_id=ids[name], stamp=stamp, body=body)
            for name, body in bodies.items() if name in ids
        )  # fmt: skip


def outcomes(engine: Engine) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the stamp of what was last worked out, `''` for nothing, and it by budget name."""
    with reading(engine) as session:
        names = {row.id: row.name for row in _rows(session)}
        rows = session.exec(select(BudgetOutcome)).all()
        veil = veil_of(engine)
        if veil is not None:
            names = {number: veil.text(name) for number, name in names.items()}
        found = {names[row.budget_id]: dict(row.body) for row in rows if row.budget_id in names}
        return next((row.stamp for row in rows), ""), found


def _seen(engine: Engine, budget: BudgetRow) -> BudgetRow:
    """Return a budget as whoever reads through this engine may see it."""
    veil = veil_of(engine)
    if veil is None:
        return budget
    where = tuple(
        (dim, one)
        for dim, value in budget.where for one in (veil.people(value) if dim == USER else (value,))
    )  # fmt: skip
    return replace(budget, name=veil.text(budget.name), parent=veil.text(budget.parent),
                   where=where, note=veil.text(budget.note))  # fmt: skip


def check(budget: BudgetRow) -> None:
    """Raise BadValue for what is no budget."""
    if (
        not budget.name
        or budget.name != budget.name.strip()
        or any(storable(text) != text for text in _texts(budget))
    ):
        raise _refused("It needs a name, without spaces around it, and whole characters only.")
    if budget.amount is not None and budget.amount < 0:
        raise _refused("Its amount is less than nothing.")
    if budget.first.day != 1 or (
        budget.last and (budget.last.day != 1 or budget.last < budget.first)
    ):
        raise _refused("Its last month would come before its first.")


def _note(session: Session, budget: BudgetRow, renamed: str) -> None:
    audit.note(
        session, "set budget", budget.name, was=renamed if renamed != budget.name else "",
        amount=None if budget.amount is None else dollars(budget.amount),
        first=budget.first, last=budget.last, parent=budget.parent,
        where=[f"{dim}={value}" for dim, value in budget.where], connections=budget.connections,
    )  # fmt: skip


def _texts(budget: BudgetRow) -> Iterator[str]:
    yield from (budget.name, *budget.connections)
    yield from (text for pair in budget.where for text in pair)


def _once(budgets: Sequence[BudgetRow]) -> None:
    seen: set[str] = set()
    for budget in budgets:
        if budget.name in seen:
            raise _refused(f"{budget.name!r} is there twice.")
        seen.add(budget.name)


def _no_circle(rows: Iterable[Budget]) -> None:
    parents = {row.id: row.parent_id for row in rows}
    names = {row.id: row.name for row in rows}
    for start in parents:
        at, steps = parents[start], 0
        while at is not None and steps <= len(parents):
            if at == start:
                raise _refused(f"{names[start]!r} would be among its own parents.")
            at, steps = parents.get(at), steps + 1


def _rows(session: Session) -> list[Budget]:
    return list(session.exec(select(Budget).order_by(col(Budget.id))).all())


def _there(kept: Mapping[str, Budget], name: str) -> Budget:
    if name not in kept:
        raise UnknownName(
            f"There is no budget {name!r}.",
            f"There are: {', '.join(kept) or 'none yet'}.",
            "Use one of these names, spelled as here.",
        )
    return kept[name]


def _put(row: Budget, budget: BudgetRow) -> None:
    row.name, row.amount, row.note = budget.name, budget.amount, storable(budget.note)
    row.filters = [[dim, value] for dim, value in budget.where]
    row.connections = list(budget.connections)
    row.first_month = number(budget.first)
    row.end_month = number(budget.last) if budget.last else None


def _budget(row: Budget, names: Mapping[int | None, str]) -> BudgetRow:
    return BudgetRow(
        row.name, day_of(row.first_month), row.amount, names.get(row.parent_id, ""),
        tuple((dim, value) for dim, value in row.filters), tuple(row.connections),
        None if row.end_month is None else day_of(row.end_month), row.note,
    )  # fmt: skip


def _refused(why: str) -> BadValue:
    return BadValue("This budget cannot be kept.", why, "Correct it and try again.")
