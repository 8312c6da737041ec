"""What the endpoints answer, row by row: typed when decoded, every documented variant accepted.

Bulk rows are msgspec structs: a missing or mistyped required field stops the answer with the
path of the field, an unknown field passes, an unknown word of an enumeration passes.
Dimensions are None both when they were not asked for and when the source has no value.
"""

from typing import Annotated

import msgspec

from core.anthropic.activity import ActivityRow, ClaudeCodeRow
from core.anthropic.counts import Count

__all__ = [
    "ActivityRow",
    "Actor",
    "ClaudeCodeRow",
    "Cost",
    "CostBucket",
    "CostRow",
    "Group",
    "Tokens",
    "UnifiedCostRow",
    "UnifiedUsageRow",
    "UsageBucket",
    "UsageRow",
    "UserCostRow",
    "UserUsageRow",
]


Moment = Annotated[str, msgspec.Meta(min_length=20)]
"""An RFC 3339 timestamp in UTC, as text: its first ten characters are the day."""


class CacheCreation(msgspec.Struct, gc=False, frozen=True):
    """Tokens written to the prompt cache, by its lifetime."""

    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class ServerToolUse(msgspec.Struct, gc=False, frozen=True):
    """Uses of tools that Anthropic runs."""

    web_search_requests: Count


NO_CACHE = CacheCreation(0, 0)
NO_TOOLS = ServerToolUse(0)


def _fill(row: "UsageRow | Tokens") -> None:
    """Make zeros of the nested blocks that an answer leaves out or has null."""
    if row.cache_creation is None:
        msgspec.structs.force_setattr(row, "cache_creation", NO_CACHE)
    if row.server_tool_use is None:
        msgspec.structs.force_setattr(row, "server_tool_use", NO_TOOLS)


class Dimensions(msgspec.Struct, gc=False, frozen=True):
    """Every dimension that any report may carry beside its figures."""

    workspace_id: str | None = None
    api_key_id: str | None = None
    account_id: str | None = None
    service_account_id: str | None = None
    product: str | None = None
    model: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    rbac_group_id: str | None = None
    cost_type: str | None = None
    token_type: str | None = None
    description: str | None = None


class CostRow(Dimensions, gc=False, frozen=True, kw_only=True):
    """Money: `amount` and `list_amount` are decimal strings of cents."""

    amount: str
    currency: str
    list_amount: str | None = None
    requests: Count | None = None


class UsageRow(Dimensions, gc=False, frozen=True, kw_only=True):
    """Four disjoint counters of input tokens, output tokens, searches and requests.

    The nested blocks are never None once decoded: what is left out or null is zeros.
    """

    uncached_input_tokens: Count
    cache_read_input_tokens: Count
    output_tokens: Count
    cache_creation: CacheCreation | None = None
    server_tool_use: ServerToolUse | None = None
    requests: Count | None = None

    def __post_init__(self) -> None:
        _fill(self)


class CostBucket(msgspec.Struct, gc=False, frozen=True):
    """One UTC day of a cost report; an empty day has no results."""

    starting_at: Moment
    results: list[CostRow]
    ending_at: str | None = None


class UsageBucket(msgspec.Struct, gc=False, frozen=True):
    """One UTC day of a usage report; an empty day has no results."""

    starting_at: Moment
    results: list[UsageRow]
    ending_at: str | None = None


class Provider(msgspec.Struct, gc=False, frozen=True):
    """Where a federated identity comes from."""

    type: str
    issuer: str | None = None
    account_id: str | None = None
    subscription_id: str | None = None
    project_number: str | None = None


class Actor(msgspec.Struct, gc=False, frozen=True):
    """Who used Claude: a user, a service account, a federated identity, or a key by itself."""

    type: str
    user_id: str | None = None
    name: str | None = None
    email_address: str | None = None
    email: str | None = None
    deleted: bool = False
    service_account_id: str | None = None
    api_key_id: str | None = None
    provider: Provider | None = None
    subject: str | None = None

    def __post_init__(self) -> None:
        if self.type == "user_actor" and not self.user_id:
            raise ValueError("Object missing required field `user_id`")
        if self.email_address is None and self.email is not None:
            msgspec.structs.force_setattr(self, "email_address", self.email)

    @property
    def address(self) -> str:
        """Return the e-mail address, under either of its two names; empty if there is none."""
        return self.email_address or ""


class UserCostRow(CostRow, gc=False, frozen=True, kw_only=True):
    """Money of one user on one day."""

    actor: Actor
    starting_at: Moment
    ending_at: str | None = None


class UserUsageRow(UsageRow, gc=False, frozen=True, kw_only=True):
    """Tokens of one user on one day."""

    actor: Actor
    starting_at: Moment
    ending_at: str | None = None
    total_tokens: Count | None = None


class Group(Dimensions, gc=False, frozen=True, kw_only=True):
    """The dimensions of a unified row."""

    actor: Actor | None = None
    organization_id: str | None = None


class Cost(msgspec.Struct, gc=False, frozen=True):
    """The money of a unified row, decimal strings of cents."""

    amount: str
    currency: str
    list_amount: str | None = None
    requests: Count | None = None


class Tokens(msgspec.Struct, gc=False, frozen=True):
    """The usage of a unified row."""

    uncached_input_tokens: Count
    cache_read_input_tokens: Count
    output_tokens: Count
    cache_creation: CacheCreation | None = None
    server_tool_use: ServerToolUse | None = None
    total_tokens: Count | None = None
    requests: Count | None = None

    def __post_init__(self) -> None:
        _fill(self)


class UnifiedCostRow(msgspec.Struct, gc=False, frozen=True):
    """One combination of dimensions on one day, in money."""

    starting_at: Moment
    group: Group
    cost: Cost
    ending_at: str | None = None


class UnifiedUsageRow(msgspec.Struct, gc=False, frozen=True):
    """One combination of dimensions on one day, in tokens."""

    starting_at: Moment
    group: Group
    usage: Tokens
    ending_at: str | None = None
