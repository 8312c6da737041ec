"""What the endpoints answer, row by row: typed when decoded, every documented variant accepted.

Bulk rows are msgspec structs: a missing or mistyped required field stops the answer with the
path of the field, an unknown field passes, an unknown word of an enumeration passes.
Dimensions are None both when they were not asked for and when the source has no value.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec

Count = Annotated[int, msgspec.Meta(le=2**63 - 1)]
"""A whole number that the ledger can hold."""


class CacheCreation(msgspec.Struct, gc=False, frozen=True):
    """Tokens written to the prompt cache, by its lifetime."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class ServerToolUse(msgspec.Struct, gc=False, frozen=True):
    """Uses of tools that Anthropic runs."""

    web_search_requests: Count = 0


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
    """Four disjoint counters of input tokens, output tokens, searches and requests."""

    uncached_input_tokens: Count
    cache_read_input_tokens: Count
    output_tokens: Count
    cache_creation: CacheCreation | None = None
    server_tool_use: ServerToolUse | None = None
    requests: Count | None = None


class CostBucket(msgspec.Struct, frozen=True):
    """One UTC day of a cost report; an empty day has no results."""

    starting_at: str
    ending_at: str
    results: list[CostRow]


class UsageBucket(msgspec.Struct, frozen=True):
    """One UTC day of a usage report; an empty day has no results."""

    starting_at: str
    ending_at: str
    results: list[UsageRow]


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

    @property
    def address(self) -> str:
        """Return the e-mail address under either of its two names."""
        return self.email_address or self.email or ""


class UserCostRow(CostRow, gc=False, frozen=True, kw_only=True):
    """Money of one user on one day."""

    actor: Actor
    starting_at: str
    ending_at: str | None = None


class UserUsageRow(UsageRow, gc=False, frozen=True, kw_only=True):
    """Tokens of one user on one day."""

    actor: Actor
    starting_at: str
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


class UnifiedCostRow(msgspec.Struct, gc=False, frozen=True):
    """One combination of dimensions on one day, in money."""

    starting_at: str
    ending_at: str
    group: Group
    cost: Cost


class UnifiedUsageRow(msgspec.Struct, gc=False, frozen=True):
    """One combination of dimensions on one day, in tokens."""

    starting_at: str
    ending_at: str
    group: Group
    usage: Tokens


class CodeActor(msgspec.Struct, frozen=True):
    """Who used Claude Code: a person by address or an API key by name; there are no ids."""

    type: str
    email_address: str | None = None
    api_key_name: str | None = None


class Lines(msgspec.Struct, frozen=True):
    """Lines of code."""

    added: int = 0
    removed: int = 0


class CodeMetrics(msgspec.Struct, frozen=True):
    """What came of it."""

    num_sessions: int = 0
    lines_of_code: Lines = Lines()
    commits_by_claude_code: int = 0
    pull_requests_by_claude_code: int = 0


class ToolAction(msgspec.Struct, frozen=True):
    """Suggestions of one tool, accepted and rejected."""

    accepted: int = 0
    rejected: int = 0


class CodeTokens(msgspec.Struct, frozen=True):
    """Tokens of one model; `input` is uncached, cache writes are not split by lifetime."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0


class EstimatedCost(msgspec.Struct, frozen=True):
    """An estimate at list price in cents: a number here, never part of any bill."""

    amount: Decimal
    currency: str = "USD"


class CodeModel(msgspec.Struct, frozen=True):
    """One model's share of a Claude Code row."""

    model: str
    tokens: CodeTokens = CodeTokens()
    estimated_cost: EstimatedCost | None = None


class ClaudeCodeRow(msgspec.Struct, frozen=True):
    """One actor, terminal and kind of customer on one day; an actor has several rows a day."""

    date: str
    actor: CodeActor
    core_metrics: CodeMetrics
    customer_type: str = ""
    subscription_type: str | None = None
    terminal_type: str = ""
    is_remote: bool | None = None
    organization_id: str = ""
    tool_actions: dict[str, ToolAction] = {}
    model_breakdown: list[CodeModel] = []


class ActivityUser(msgspec.Struct, frozen=True):
    """Whose activity a row is."""

    id: str
    email_address: str | None = None
    email: str | None = None


class ActivityRow(msgspec.Struct, frozen=True):
    """One user's activity; the blocks are nested counts, null where a feature is off."""

    user: ActivityUser | None = None
    web_search_count: int | None = None
    chat_metrics: dict[str, Any] | None = None
    claude_code_metrics: dict[str, Any] | None = None
    cowork_metrics: dict[str, Any] | None = None
    design_metrics: dict[str, Any] | None = None
    office_metrics: dict[str, Any] | None = None
    science_metrics: dict[str, Any] | None = None
    chat_cowork_unified_metrics: dict[str, Any] | None = None
    claude_tag_metrics: dict[str, Any] | None = None
