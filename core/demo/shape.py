"""What a fact is made of: the names of its columns, shared by those who make and who read facts.

A fact is one stream's work on one UTC day: its dimensions (null as the unified API has them), its
counters, and its money in units of 1e-8 cents, component by component.
"""

import polars as pl

TOKEN_TYPES = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
    "output_tokens",
)
"""The API's token types; a fact's counter of each has the same name."""

COST_TYPES = ("web_search", "code_execution", "session_usage")
"""The cost components that are not tokens."""

COMPONENTS = (*TOKEN_TYPES, *COST_TYPES)

WEB_SEARCHES = "web_search_requests"
COUNTERS = (*TOKEN_TYPES, WEB_SEARCHES, "requests", "code_minutes", "session_minutes")

AMOUNTS = tuple(f"amount:{name}" for name in COMPONENTS)
LIST_AMOUNTS = tuple(f"list:{name}" for name in COMPONENTS)
MEASURES = (*COUNTERS, *AMOUNTS, *LIST_AMOUNTS, "amount", "list_amount")

DIMENSIONS = (
    "organization_id",
    "workspace_id",
    "api_key_id",
    "actor",
    "actor_type",
    "product",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
    "agent_id",
    "deployment_id",
    "environment_id",
    "session_id",
    "slack_channel_id",
    "claude_tag_category",
    "claude_tag_user_id",
    "user_profile_id",
)
"""The unified API's dimensions; `actor` is the identity's tagged id."""

EXTRAS = ("account_id", "service_account_id", "terminal", "remote")
"""What only the Admin API reports: OAuth user, federated service account, Claude Code's place."""

CENT_STEP = 100
"""Amounts are whole multiples of 1e-6 cents, so that six decimals always write them exactly."""


def step(units: pl.Expr) -> pl.Expr:
    """Return amounts rounded to a whole number of 1e-6 cents, halves up."""
    return (units + CENT_STEP // 2) // CENT_STEP * CENT_STEP
