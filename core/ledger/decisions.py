"""The tables of what people decide or enter: never the API's, and never part of the facts.

`core.ledger.tables` has them too. Days are whole numbers and amounts units of 1e-8 cents there.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.ledger.columns import big, moment


class PairWord(SQLModel, table=True):
    """The user's word on how two connections' books relate; it decides after identity."""

    __tablename__ = "pair_word"
    platform_id: int = Field(primary_key=True)
    enterprise_id: int = Field(primary_key=True)
    word: str
    note: str = ""
    decided_at: datetime = moment()


class PriceRule(SQLModel, table=True):
    """A price of the user's contract, from a day on: a price of its own, or a share off the list.

    `model` and `operation` name what it is for, `''` for all. `price` is in units of 1e-8 cents
    for a million tokens; `discount` in millionths of the list price. One of the two is null.
    """

    __tablename__ = "price_rule"
    id: int | None = Field(default=None, primary_key=True)
    model: str = ""
    operation: str = ""
    first_day: int
    end_day: int | None = None
    price: int | None = big(default=None, nullable=True)
    discount: int | None = None
    note: str = ""
    entered_at: datetime = moment()


class Invoice(SQLModel, table=True):
    """An invoice as the user has it before them, to be compared with the ledger."""

    id: int | None = Field(default=None, primary_key=True)
    number: str = ""
    source: str = ""
    connection_id: int | None = Field(default=None)
    first_day: int
    end_day: int
    total: int = big()
    credits: int = big(default=0)
    tax: int = big(default=0)
    seat_fees: int = big(default=0)
    other_fees: int = big(default=0)
    note: str = ""
    entered_at: datetime = moment()


class MonthClose(SQLModel, table=True):
    """A month that was closed: what changes in it later is an adjustment."""

    __tablename__ = "month_close"
    connection_id: int = Field(primary_key=True)
    month: int = Field(primary_key=True)
    total: int = big()
    note: str = ""
    closed_at: datetime = moment()
