"""The ledger's tables. Alembic owns the schema; these classes describe it.

Days are whole numbers: days since 1970-01-01 in UTC, the physical form of a Polars Date.
Amounts are units of 1e-8 cents. Text dimensions are never null, `''` stands for null, because a
null in a unique key makes two equal rows different.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, Column, Index, LargeBinary, Table
from sqlmodel import Field, SQLModel

from core.ledger.ahead import AlertSent as AlertSent
from core.ledger.ahead import AlertState as AlertState
from core.ledger.ahead import AlertTarget as AlertTarget
from core.ledger.ahead import Anomaly as Anomaly
from core.ledger.ahead import Budget as Budget
from core.ledger.ahead import BudgetOutcome as BudgetOutcome
from core.ledger.ahead import Dismissal as Dismissal
from core.ledger.ahead import Forecast as Forecast
from core.ledger.ahead import SpendLimit as SpendLimit
from core.ledger.ahead import WatchedSeries as WatchedSeries
from core.ledger.ahead import WatchStep as WatchStep
from core.ledger.columns import NO_ROWID, big, moment
from core.ledger.decisions import Invoice as Invoice
from core.ledger.decisions import MonthClose as MonthClose
from core.ledger.decisions import PairWord as PairWord
from core.ledger.decisions import PriceRule as PriceRule
from core.ledger.oversight import AuditEntry as AuditEntry
from core.ledger.oversight import PeopleRule as PeopleRule
from core.ledger.people import Activity as Activity
from core.ledger.people import ActivityDay as ActivityDay
from core.ledger.people import Name as Name


class Connection(SQLModel, table=True):
    """What a user set up: one key to one organization."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: str
    state: str = "unverified"
    organization_id: str = ""
    organization_name: str = ""
    key_hint: str = ""
    key_ciphertext: str = ""
    protocol: str = ""
    history_floor: int | None = None
    created_at: datetime = moment()
    checked_at: datetime | None = moment(nullable=True)
    findings: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )


class SyncRun(SQLModel, table=True):
    """One run of the sync over some connections; a row without `ended_at` runs or was killed."""

    __tablename__ = "sync_run"
    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    outcome: str = "running"
    trigger: str = ""
    host: str = ""
    pid: int = 0


class SyncPart(SQLModel, table=True):
    """What one run did for one connection; updated as it goes, so that any process can show it."""

    __tablename__ = "sync_part"
    run_id: int = Field(primary_key=True, foreign_key="sync_run.id")
    connection_id: int = Field(primary_key=True)
    outcome: str = "running"
    protocol: str = ""
    planned: int = 0
    replaced: int = 0
    unchanged: int = 0
    failed: int = 0
    requests: int = 0
    rows: int = big(default=0)
    restated_rows: int = big(default=0)
    restated_delta: int = big(default=0)
    findings: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )


class Window(SQLModel, table=True):
    """One fetched window: connection x family x days, replaced in one transaction."""

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="sync_run.id")
    connection_id: int
    family: str
    protocol: str
    first_day: int
    end_day: int
    fetched_at: datetime = moment()
    data_refreshed_at: datetime | None = moment(nullable=True)
    requests: int = 0
    rows: int = big(default=0)
    changed: int = big(default=0)


class DayState(SQLModel, table=True):
    """What is known of one day of one connection and family.

    `first_seen_at` and `first_window_id` name the fetch that first had figures for the day; null
    while none had any. The window decides what came first: clocks go back.
    """

    __tablename__ = "day_state"
    connection_id: int = Field(primary_key=True)
    family: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    protocol: str
    window_id: int = Field(foreign_key="window.id")
    first_window_id: int | None = None
    first_seen_at: datetime | None = moment(nullable=True)
    fetched_at: datetime = moment()
    data_refreshed_at: datetime | None = moment(nullable=True)
    present: bool = True
    capped: bool = False
    total: int = big(default=0)
    not_attributed: int = big(default=0)


class DayRestatement(SQLModel, table=True):
    """What a window found known of a day and changed; the ledger's past is rebuilt from it."""

    __tablename__ = "day_restatement"
    __table_args__ = NO_ROWID
    window_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    present: bool
    capped: bool
    total: int = big()
    not_attributed: int = big()


class Series(SQLModel, table=True):
    """One combination of all dimensions; `key` is the 128-bit BLAKE2b of its text."""

    __table_args__ = (Index("ix_series_connection_cut", "connection_id", "cut"),)
    id: int | None = Field(default=None, primary_key=True)
    key: bytes = Field(sa_column=Column(LargeBinary(16), unique=True, nullable=False))
    connection_id: int
    cut: str
    workspace: str = ""
    api_key: str = ""
    user: str = ""
    service_account: str = ""
    actor_type: str = ""
    product: str = ""
    model: str = ""
    operation: str = ""
    token_type: str = ""
    cost_type: str = ""
    service_tier: str = ""
    context_window: str = ""
    inference_geo: str = ""
    speed: str = ""
    description: str = ""


class Charge(SQLModel, table=True):
    """Money of one series on one day."""

    __table_args__ = NO_ROWID
    day: int = Field(primary_key=True)
    series_id: int = Field(primary_key=True)
    amount: int = big()
    list_amount: int | None = big(default=None, nullable=True)


class Usage(SQLModel, table=True):
    """Tokens, requests and searches of one series on one day."""

    __table_args__ = NO_ROWID
    day: int = Field(primary_key=True)
    series_id: int = Field(primary_key=True)
    tokens: int | None = big(default=None, nullable=True)
    requests: int | None = big(default=None, nullable=True)
    web_searches: int | None = big(default=None, nullable=True)


class ChargeRestatement(SQLModel, table=True):
    """A charge that differed from what was kept; null on one side means: was not there."""

    __tablename__ = "charge_restatement"
    __table_args__ = NO_ROWID
    window_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    series_id: int = Field(primary_key=True)
    was_there: bool
    is_there: bool
    before_amount: int | None = big(default=None, nullable=True)
    after_amount: int | None = big(default=None, nullable=True)
    before_list_amount: int | None = big(default=None, nullable=True)
    after_list_amount: int | None = big(default=None, nullable=True)


class UsageRestatement(SQLModel, table=True):
    """Usage that differed from what was kept."""

    __tablename__ = "usage_restatement"
    __table_args__ = NO_ROWID
    window_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    series_id: int = Field(primary_key=True)
    was_there: bool
    is_there: bool
    before_tokens: int | None = big(default=None, nullable=True)
    after_tokens: int | None = big(default=None, nullable=True)
    before_requests: int | None = big(default=None, nullable=True)
    after_requests: int | None = big(default=None, nullable=True)
    before_web_searches: int | None = big(default=None, nullable=True)
    after_web_searches: int | None = big(default=None, nullable=True)


class Version(SQLModel, table=True):
    """One row; `version` grows with every committed change that a reader could see.

    `identity` names this database for ever; `stamp` is drawn anew whenever facts or activity
    change, so that a database restored from a backup never meets another future's snapshot.
    """

    __tablename__ = "ledger_version"
    id: int = Field(primary_key=True)
    version: int = big(default=0)
    identity: str = ""
    stamp: str = ""


FACTS: dict[str, type[Charge | Usage]] = {"cost": Charge, "usage": Usage}
"""The table of a family's facts."""

RESTATEMENTS: dict[str, type[ChargeRestatement | UsageRestatement]] = {
    "cost": ChargeRestatement,
    "usage": UsageRestatement,
}
"""The table of what a family's facts were before."""


def table(model: type[SQLModel]) -> Table:
    """Return a class's table, for statements over columns rather than objects."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
