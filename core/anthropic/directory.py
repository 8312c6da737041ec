"""Small answers: organization, names, keys, groups, limits. Unknown fields pass."""

from datetime import datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator


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
    """An API key by its hint, never its secret.

    `workspace_id` None is a key of the whole organization; in answers before 2026-10-21 it is one
    of the default workspace.
    """

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

    group_id: str = Field(validation_alias=AliasChoices("rbac_group_id", "group_id"))
    user_id: str
    email: str | None = None


class Summary(Payload):
    """Active users and seats of one UTC day; None where a surface is not enabled or not known.

    Rates are percent of the assigned seats. Weeks and months end with the day.
    """

    starting_at: str
    ending_at: str | None = None
    daily_active_user_count: int
    weekly_active_user_count: int
    monthly_active_user_count: int
    assigned_seat_count: int | None = None
    pending_invite_count: int | None = None
    daily_adoption_rate: float | None = None
    weekly_adoption_rate: float | None = None
    monthly_adoption_rate: float | None = None
    cowork_daily_active_user_count: int | None = None
    cowork_monthly_active_user_count: int | None = None
    chat_daily_active_user_count: int | None = None
    chat_monthly_active_user_count: int | None = None
    claude_code_daily_active_user_count: int | None = None
    claude_code_monthly_active_user_count: int | None = None
    claude_design_daily_active_user_count: int | None = None
    claude_design_monthly_active_user_count: int | None = None
    office_agent_daily_active_user_count: int | None = None
    office_agent_monthly_active_user_count: int | None = None
    science_daily_active_user_count: int | None = None
    science_monthly_active_user_count: int | None = None
    claude_tag_daily_active_user_count: int | None = None
    claude_tag_monthly_active_user_count: int | None = None


class SpendLimit(Payload):
    """A member's limit in one period, in decimal strings of the currency's cents.

    `amount` None is unlimited, "0" allows included usage only; the currency may not be USD.
    `period_to_date_spend` is "0" also where Anthropic cannot read it.
    """

    amount: str | None
    currency: str
    period: str
    period_to_date_spend: str
    spend_limit_id: str | None = None
    user_id: str = ""
    name: str | None = None
    email_address: str | None = None
    deleted: bool = False
    source: str = ""
    seat_tier: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, data: Any) -> Any:
        """Lift the actor's and the source's fields to the row."""
        if not isinstance(data, dict):
            return data
        actor, source = _block(data, "actor"), _block(data, "source")
        lifted = {name: actor[name] for name in _OF_ACTOR if name in actor}
        tier = source.get("seat_tier")
        return {**lifted, **data, "source": source.get("type", ""), "seat_tier": tier}


_OF_ACTOR = ("user_id", "name", "email_address", "deleted")


def _block(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
