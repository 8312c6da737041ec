"""The tables of who did what, and of what people may see; `core.ledger.tables` has them too."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from core.ledger.columns import moment


class AuditEntry(SQLModel, table=True):
    """One thing that somebody did; the database itself refuses to change or delete a row."""

    __tablename__ = "audit_entry"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment()
    who: str = ""
    role: str = ""
    source: str = ""
    action: str = ""
    object: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class PeopleRule(SQLModel, table=True):
    """One row, made when it is first needed: may viewers see who is who, and what hides it.

    `secret` makes the pseudonyms; whoever has it can tell whom a pseudonym stands for by trying.
    """

    __tablename__ = "people_rule"
    id: int = Field(primary_key=True)
    viewers_see_names: bool = False
    secret: str = ""
