"""What the activity endpoints answer: Claude Code by actor, and the Enterprise plan by user."""

from decimal import Decimal
from typing import Any

import msgspec

from core.anthropic.counts import Count


class CodeActor(msgspec.Struct, frozen=True):
    """Who used Claude Code: a person by address or an API key by name; there are no ids."""

    type: str
    email_address: str | None = None
    api_key_name: str | None = None


class Lines(msgspec.Struct, frozen=True):
    """Lines of code."""

    added: Count
    removed: Count


class CodeMetrics(msgspec.Struct, frozen=True):
    """What came of it."""

    num_sessions: Count
    lines_of_code: Lines
    commits_by_claude_code: Count
    pull_requests_by_claude_code: Count


class ToolAction(msgspec.Struct, frozen=True):
    """Suggestions of one tool, accepted and rejected."""

    accepted: Count = 0
    rejected: Count = 0


class CodeTokens(msgspec.Struct, frozen=True):
    """Tokens of one model; `input` is uncached, cache writes are not split by lifetime."""

    input: Count
    output: Count
    cache_read: Count
    cache_creation: Count


class EstimatedCost(msgspec.Struct, frozen=True):
    """An estimate at list price in cents: a number here, never part of any bill."""

    amount: Decimal
    currency: str = "USD"


class CodeModel(msgspec.Struct, frozen=True):
    """One model's share of a Claude Code row."""

    model: str
    tokens: CodeTokens
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
    """One user's activity; the blocks are nested counts, null where a feature is off.

    `user` is null and `distinct_user_count` set where the answer is grouped.
    """

    user: ActivityUser | None = None
    web_search_count: Count | None = None
    distinct_user_count: Count | None = None
    last_activity_date: str | None = None
    rbac_group_id: str | None = None
    rbac_group_name: str | None = None
    chat_metrics: dict[str, Any] | None = None
    claude_code_metrics: dict[str, Any] | None = None
    cowork_metrics: dict[str, Any] | None = None
    design_metrics: dict[str, Any] | None = None
    office_metrics: dict[str, Any] | None = None
    science_metrics: dict[str, Any] | None = None
    chat_cowork_unified_metrics: dict[str, Any] | None = None
    claude_tag_metrics: dict[str, Any] | None = None
