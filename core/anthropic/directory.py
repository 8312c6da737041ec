"""Small answers: organization, names, keys, groups, limits. Unknown fields pass."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Payload(BaseModel):
    """Base of small answers: never prints its input."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Organization(Payload):
    """Whom a key belongs to; `id` is a bare UUID."""

    id: str
    name: str = ""


class Workspace(Payload):
    """A workspace; `is_default` where the list shows it only when asked to include the default."""

    id: str
    name: str = ""
    display_color: str | None = None
    created_at: datetime | None = None
    archived_at: datetime | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    is_default: bool = False


class ApiKey(Payload):
    """An API key by its hint, never its secret; `workspace_id` None is the default workspace."""

    id: str
    name: str = ""
    status: str = ""
    partial_key_hint: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    workspace_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _either_placement(cls, data: Any) -> Any:
        """Accept `scope` (since 2026-10-21) where `workspace_id` was."""
        if isinstance(data, dict) and isinstance(data.get("scope"), dict):
            return {**data, "workspace_id": data["scope"].get("workspace_id")}
        return data


class User(Payload):
    """A member of the organization."""

    id: str
    email: str = ""
    name: str | None = None
    role: str = ""

    @model_validator(mode="before")
    @classmethod
    def _either_address(cls, data: Any) -> Any:
        """Accept `email_address` where `email` was."""
        if isinstance(data, dict) and "email" not in data:
            return {**data, "email": data.get("email_address") or ""}
        return data


class RbacGroup(Payload):
    """A group of members; usage is attributed by membership on the day, and overlaps."""

    id: str
    name: str = ""
    source_type: str = ""


class GroupMember(Payload):
    """A membership."""

    group_id: str
    user_id: str
    email: str | None = None


class Summary(Payload):
    """Active users and seats of one day."""

    starting_at: str
    daily_active_user_count: int = 0
    weekly_active_user_count: int = 0
    monthly_active_user_count: int = 0
    assigned_seat_count: int | None = None
    pending_invite_count: int | None = None


class SpendLimit(Payload):
    """A member's limit in one period: `amount` None is unlimited, cents as a decimal string."""

    amount: str | None
    currency: str
    period: str
    period_to_date_spend: str
    spend_limit_id: str | None = None
    user_id: str = ""
    name: str | None = None
    email_address: str | None = None
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, data: Any) -> Self | Any:
        """Lift the actor's and the source's fields."""
        if not isinstance(data, dict):
            return data
        actor, source = data.get("actor") or {}, data.get("source") or {}
        return {**actor, **data, "source": source.get("type", "")}
