"""What a request to the row reports asks for: range, groups, filters, order; validated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from core.calendar import ENTERPRISE_FLOOR, midnight
from core.demo.api.books import Range, keep, keep_any
from core.demo.api.call import Call
from core.demo.api.query import Query, floor
from core.demo.api.refusals import bad
from core.demo.shape import DIMENSIONS

MOST_DAYS = timedelta(days=31)
HISTORY = timedelta(days=365)
MOST_DIMENSIONS = 5
GROUPS = (*(name for name in DIMENSIONS), "rbac_group_id")
FANS = ("cost_type", "token_type")
TIERS = ("standard", "batch", "priority", "priority_on_demand", "flex", "flex_discount")
PRODUCTS = (
    "chat", "chat_cowork_unified", "claude_code", "claude_console", "claude_design",
    "claude_in_chrome", "claude_tag", "cowork", "managed_agents_api", "message_batches_api",
    "messages_api", "office_agent",
)  # fmt: skip
CATEGORIES = ("dm", "engaged", "monitoring", "proactive", "scheduled")
_ENUMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("actor_types", "actor_type",
     ("user_actor", "service_account_actor", "federated_actor", "api_actor")),
    ("claude_tag_categories", "claude_tag_category", CATEGORIES),
    ("context_windows", "context_window", ("0-200k", "200k-1M")),
    ("inference_geos", "inference_geo", ("global", "us", "not_available")),
    ("products", "product", PRODUCTS),
    ("service_tiers", "service_tier", TIERS),
    ("speeds", "speed", ("fast", "standard")),
)  # fmt: skip
_FREE = (
    ("actor_ids", "actor"), ("agent_ids", "agent_id"),
    ("claude_tag_user_ids", "claude_tag_user_id"),
    ("deployment_ids", "deployment_id"), ("environment_ids", "environment_id"),
    ("models", "model"), ("session_ids", "session_id"),
    ("slack_channel_ids", "slack_channel_id"), ("user_profile_ids", "user_profile_id"),
    ("workspace_ids", "workspace_id"),
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What a request asks for, validated."""

    span: Range
    by: tuple[str, ...]
    fans: frozenset[str]
    order_by: str
    descending: bool
    limit: int


def check_start(start: datetime, now: datetime) -> None:
    """Refuse a start before the analytics floor or more than 365 days back."""
    if start < midnight(ENTERPRISE_FLOOR):
        raise bad("starting_at must be no earlier than 2026-01-01T00:00:00Z.")
    if start < now - HISTORY:
        raise bad("starting_at must be within the last 365 days.")


def check_range(start: datetime, end: datetime, width: str | None) -> None:
    """Refuse a range that is empty, too long, or too long for minutes."""
    if end <= start:
        raise bad("ending_at must be after starting_at.")
    if end - start > MOST_DAYS:
        raise bad("The range may span at most 31 days.")
    if width == "1m" and end - start > timedelta(hours=24):
        raise bad('The range may span at most 24 hours for "1m" buckets.')


def bounds(query: Query, now: datetime, width_name: str) -> Range:
    """Return the range of a request to the row reports; only buckets make `ending_at` a must."""
    width = query.choice(width_name, ("1d", "1h", "1m"), "none") if query.one(width_name) else None
    start, end = query.required("starting_at"), query.moment("ending_at")
    check_start(start, now)
    if end is None and width is not None:
        raise bad(f"ending_at is required when {width_name} is set.")
    end = end or min(now, start + MOST_DAYS)
    check_range(start, end, width)
    fine = "1m" if width == "1m" else "1h"
    return Range(floor(start, fine), floor(end, fine), width)


def plan(call: Call, metrics: Sequence[str], fans: Sequence[str]) -> Plan:
    """Return what a request asks for; refuses what the API refuses."""
    query = call.query
    span = bounds(query, call.now, "time_bucket_width")
    asked = query.choices("group_by", (*GROUPS, *fans))
    by = tuple(name for name in asked if name not in FANS)
    if len(by) > MOST_DIMENSIONS:
        raise bad("Cannot specify more than 5 group_by[] dimensions.")
    if call.credential.side == "platform" and (
        "organization_id" in by or query.many("organization_ids")
    ):
        raise bad("organization_id requires an API key created at the parent organization level.")
    if query.flag("exclude_deleted_users") and "actor" not in by:
        raise bad("exclude_deleted_users requires group_by[]=actor.")
    return Plan(
        span,
        by,
        frozenset(asked) & frozenset(FANS),
        query.choice("order_by", (*metrics, "time"), metrics[0]),
        query.choice("order", ("asc", "desc"), "desc") == "desc",
        query.number("limit", 20, 1000),
    )


def filters(query: Query) -> list[pl.Expr]:
    """Return the conditions of every filter parameter."""
    made = [c for name, column, known in _ENUMS for c in keep(column, query.choices(name, known))]
    made += keep_any(query, _FREE)
    keys = query.many("api_key_ids")
    if keys:
        listed = pl.col("api_key_id").is_in([key for key in keys if key])
        keyless = pl.col("api_key_id").is_null() if "" in keys else pl.lit(value=False)
        made.append(listed.fill_null(value=False) | keyless)
    return made


def refuse_tagged_groups(query: Query, by: Sequence[str]) -> None:
    """Refuse Slack users together with RBAC groups."""
    tagged = query.many("claude_tag_user_ids") or "claude_tag_user_id" in by
    if tagged and (query.many("rbac_group_ids") or "rbac_group_id" in by):
        raise bad("claude_tag_user_id cannot be combined with rbac_group_id.")
