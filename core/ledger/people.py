"""The tables of names and of people's work; `core.ledger.tables` has them too."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from core.ledger.columns import NO_ROWID, big, moment


class Name(SQLModel, table=True):
    """What an id is called: workspace, api_key, user, service_account, group."""

    connection_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str = ""
    email: str = ""
    state: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    seen_at: datetime = moment()


class Activity(SQLModel, table=True):
    """A count of one person's (or key's) work on one day: lines, commits, sessions, messages."""

    __table_args__ = NO_ROWID
    connection_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    actor: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    detail: str = Field(primary_key=True)
    metric: str = Field(primary_key=True)
    value: int = big()


class ActivityDay(SQLModel, table=True):
    """When the activity of a day was last read, also where nobody did anything."""

    __tablename__ = "activity_day"
    __table_args__ = NO_ROWID
    connection_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    fetched_at: datetime = moment()
