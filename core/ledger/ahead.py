"""The tables of what is worked out after a sync, and of what people set to be watched.

`core.ledger.tables` has them too. Days are whole numbers and amounts units of 1e-8 cents there.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from core.ledger.columns import big, moment


def _json(default: Any = list) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


class WatchStep(SQLModel, table=True):
    """How the last run of one step after the sync ended, and of which version of the ledger."""

    __tablename__ = "watch_step"
    name: str = Field(primary_key=True)
    version: int = big(default=0)
    ended_at: datetime = moment()
    findings: list[dict[str, Any]] = _json()


class Forecast(SQLModel, table=True):
    """One forecast as it was issued: of one series, made with what was known before `as_of`.

    `dimension` is `''` for everything, `name` the value of the dimension and why it has none, with
    a bar between them. `body` holds the figures as text and integers; old rows stay, with less of
    it and without a stamp, as the record of what was said.
    """

    __tablename__ = "forecast"
    dimension: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    as_of: int = Field(primary_key=True)
    stamp: str = ""
    method: str = ""
    issued_at: datetime = moment()
    body: dict[str, Any] = _json(dict)


class Budget(SQLModel, table=True):
    """What may be spent in a month, by the whole organisation or by what a filter leaves."""

    __tablename__ = "budget"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    parent_id: int | None = None
    amount: int | None = big(default=None, nullable=True)
    filters: list[list[str]] = _json()
    connections: list[str] = _json()
    first_month: int = 0
    end_month: int | None = None
    note: str = ""
    entered_at: datetime = moment()


class BudgetOutcome(SQLModel, table=True):
    """What the step after a sync worked out of one budget, and of which facts (`stamp`)."""

    __tablename__ = "budget_outcome"
    budget_id: int = Field(primary_key=True)
    stamp: str = ""
    body: dict[str, Any] = _json(dict)


class SpendLimit(SQLModel, table=True):
    """A member's spend limit at Anthropic, as it was last read."""

    __tablename__ = "spend_limit"
    connection_id: int = Field(primary_key=True)
    actor: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    source: str = ""
    currency: str = ""
    amount: int | None = big(default=None, nullable=True)
    spent: int | None = big(default=None, nullable=True)
    read_at: datetime = moment()


class WatchedSeries(SQLModel, table=True):
    """A series that is watched for anomalies; `body` holds its days and what was expected of them.

    `basis` says what its days were judged by, `stamp` what the last run read.
    """

    __tablename__ = "watched_series"
    dimension: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    label: str = ""
    method: str = ""
    basis: str = ""
    stamp: str = ""
    first_day: int
    end_day: int
    body: dict[str, Any] = _json(dict)


class Anomaly(SQLModel, table=True):
    """Days on which a series cost another amount than expected; `body` says what drove it.

    `kind` is `over` or `drop`, `state` `found`, `healed` or `restated`.
    """

    __tablename__ = "anomaly"
    dimension: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    first_day: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    end_day: int
    state: str = ""
    label: str = ""
    expected: int = big()
    actual: int = big()
    stamp: str = ""
    found_at: datetime = moment()
    body: dict[str, Any] = _json(dict)


class Dismissal(SQLModel, table=True):
    """An anomaly that somebody looked at and said why it is none of their worry."""

    __tablename__ = "dismissal"
    dimension: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    first_day: int = Field(primary_key=True)
    reason: str = ""
    by: str = ""
    dismissed_at: datetime = moment()


class AlertTarget(SQLModel, table=True):
    """Where alerts go; the address and secret are encrypted as keys are.

    `kinds` are the kinds of alerts that it gets; an empty list stands for all of them.
    """

    __tablename__ = "alert_target"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: str
    hint: str = ""
    ciphertext: str = ""
    kinds: list[str] = _json()
    paused: bool = False
    created_at: datetime = moment()


class AlertState(SQLModel, table=True):
    """A condition that stands, since when, and in which words; its row goes when it heals."""

    __tablename__ = "alert_state"
    key: str = Field(primary_key=True)
    kind: str = ""
    since: datetime = moment()
    title: str = ""
    text: str = ""
    amount: int | None = big(default=None, nullable=True)
    page: str = ""


class AlertSent(SQLModel, table=True):
    """One alert to one target: claimed before it is sent, so that each is sent once.

    `key` names the condition and since when it stood: one that healed and came back is another.
    """

    __tablename__ = "alert_sent"
    target_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    kind: str = ""
    title: str = ""
    claimed_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    attempts: int = 0
    problem: str = ""
