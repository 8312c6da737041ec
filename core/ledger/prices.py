"""Prices of the user's contract, as they are entered: each holds for some days, models, operations.

They are read with every comparison and never written into the facts, so a price can be corrected
and history follows.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime

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
from core.ledger.tables import PriceRule
from core.ledger.veil import seen
from core.ledger.versions import bump
from core.money import dollars

PRICED = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_search")
"""The operations that have a price of their own."""

WHOLE = 10**6
"""A discount is a number of millionths of the list price."""


@dataclass(frozen=True, slots=True)
class ContractPrice:
    """A price, or a discount off the list price, from `first` on, up to `end` if there is one.

    `model` and `operation` are `''` for all. `price` is in units of 1e-8 cents for a million
    tokens (web search: a million requests), `discount` in millionths; one of the two is None.
    """

    first: date
    end: date | None = None
    model: str = ""
    operation: str = ""
    price: int | None = None
    discount: int | None = None
    note: str = ""
    id: int = 0
    entered_at: datetime | None = None

    def holds(self, day: date) -> bool:
        """Say whether the price holds on a day."""
        return self.first <= day and (self.end is None or day < self.end)


def all_prices(engine: Engine) -> tuple[ContractPrice, ...]:
    """Return every contract price, in the order in which they were entered."""
    with reading(engine) as session:
        rows = session.exec(select(PriceRule).order_by(col(PriceRule.id))).all()
    found = [_price(row) for row in rows]
    return tuple(replace(one, note=seen(engine, one.note)) for one in found)


def add_price(engine: Engine, price: ContractPrice, *, clock: Clock = calendar.now) -> int:
    """Keep a contract price and return its id; raises BadValue for one that cannot hold.

    Raises NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Entering a contract price")
    check(price)
    row = PriceRule(
        model=storable(price.model.strip()),
        operation=price.operation,
        first_day=number(price.first),
        end_day=None if price.end is None else number(price.end),
        price=price.price,
        discount=price.discount,
        note=storable(price.note.strip()),
        entered_at=clock(),
    )
    with writing(engine) as session:
        session.add(row)
        session.flush()
        _note(session, "entered price", row)
        bump(session)
        return row.id or 0


def delete_price(engine: Engine, number_: int) -> None:
    """Forget a contract price; raises UnknownName, NotAllowed for a viewer."""
    acting.require(Role.ANALYST, "Deleting a contract price")
    with writing(engine) as session:
        row = session.get(PriceRule, number_)
        if row is None:
            raise UnknownName(
                f"There is no contract price {number_}.",
                "It may have been deleted in another window.",
                "Look at the list again.",
            )
        _note(session, "deleted price", row)
        session.delete(row)
        bump(session)


def check(price: ContractPrice) -> None:
    """Raise BadValue for a price that says two things, or nothing, or holds on no day."""
    if (price.price is None) == (price.discount is None):
        raise _refused("It needs either a price or a discount, and not both.")
    if price.price is not None and price.operation not in PRICED:
        raise _refused("A price is for one operation: input and output never cost the same.")
    if price.operation and price.operation not in PRICED:
        raise _refused(f"{price.operation!r} has no price of its own.")
    if price.price is not None and price.price < 0:
        raise _refused("A price cannot be negative.")
    if price.discount is not None and not -WHOLE <= price.discount <= WHOLE:
        raise _refused("A discount lies between -100 % (a surcharge) and 100 %.")
    if price.end is not None and price.end <= price.first:
        raise _refused(f"It would end on {price.end}, before it holds for a day.")


def _note(session: Session, action: audit.Action, row: PriceRule) -> None:
    audit.note(
        session, action, f"contract price {row.id}", model=row.model, operation=row.operation,
        first=day_of(row.first_day), end=None if row.end_day is None else day_of(row.end_day),
        price=None if row.price is None else dollars(row.price), note=row.note,
        discount_millionths=row.discount,
    )  # fmt: skip


def _refused(why: str) -> BadValue:
    return BadValue(
        "This contract price cannot be kept.",
        why,
        f"Give a discount in percent, or a price for one of: {', '.join(PRICED)}.",
    )


def _price(row: PriceRule) -> ContractPrice:
    same = ("id", "model", "operation", "price", "discount", "note", "entered_at")
    kept = {f.name for f in fields(ContractPrice)} & set(same)
    end = None if row.end_day is None else day_of(row.end_day)
    values = {name: getattr(row, name) for name in kept}
    return ContractPrice(first=day_of(row.first_day), end=end, **values)
