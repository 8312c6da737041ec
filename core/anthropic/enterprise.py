"""The Enterprise Analytics API: reports by day, reports by user, activity, groups, limits."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from core.anthropic.directory import GroupMember, RbacGroup, SpendLimit, Summary, User
from core.anthropic.pagination import Page, Request, by_id, by_page
from core.anthropic.payloads import (
    ActivityRow,
    CostBucket,
    UsageBucket,
    UserCostRow,
    UserUsageRow,
)
from core.anthropic.platform import ROOT, validated
from core.anthropic.transport import Client
from core.calendar import Span, midnight, zulu

VERSION = "2026-10-21"
ANALYTICS = f"{ROOT}/analytics"


def cost_report(client: Client, span: Span, group_by: Sequence[str]) -> Iterator[Page[CostBucket]]:
    """Yield daily cost by any dimensions: the 100 largest groups of a day, without a remainder."""
    return by_page(client, _report("cost_report", span, group_by, "31"), CostBucket)


def usage_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UsageBucket]]:
    """Yield daily tokens by any dimensions: the 100 largest groups of a day, no remainder."""
    return by_page(client, _report("usage_report", span, group_by, "31"), UsageBucket)


def user_cost_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UserCostRow]]:
    """Yield the daily cost of each user; what belongs to no user is not among it."""
    return by_page(client, _report("user_cost_report", span, group_by, "1000"), UserCostRow)


def user_usage_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UserUsageRow]]:
    """Yield the daily tokens of each user."""
    return by_page(client, _report("user_usage_report", span, group_by, "1000"), UserUsageRow)


def users(client: Client, day: date) -> Iterator[Page[ActivityRow]]:
    """Yield each user's activity on one UTC day; a day that is not ready is refused (400)."""
    params = [("date", day.isoformat()), ("limit", "1000")]
    request = Request(f"{ANALYTICS}/users", params, VERSION)
    return by_page(client, request, ActivityRow, has_more=False)


def summaries(client: Client, span: Span) -> list[Summary]:
    """Return active users and seats by day; today cannot be asked for."""
    params = [("starting_date", span.start.isoformat()), ("ending_date", span.end.isoformat())]
    found = client.get(f"{ANALYTICS}/summaries", params, _either, version=VERSION)
    return validated(iter([Page(found)]), Summary, f"{ANALYTICS}/summaries")


def groups(client: Client) -> list[RbacGroup]:
    """Return the organization's groups; needs the scope read:rbac_groups."""
    request = Request(f"{ROOT}/rbac_groups", [("limit", "1000")], VERSION)
    return validated(by_page(client, request, dict), RbacGroup, request.path)


def group_members(client: Client, group_id: str) -> list[GroupMember]:
    """Return the present members of one group."""
    request = Request(f"{ROOT}/rbac_groups/{group_id}/members", [("limit", "1000")], VERSION)
    return validated(by_page(client, request, dict), GroupMember, request.path)


def members(client: Client) -> list[User]:
    """Return the present members of the organization; needs the scope read:members."""
    request = Request(f"{ROOT}/users", [("limit", "1000")], VERSION)
    return validated(by_id(client, request, dict), User, request.path)


def spend_limits(client: Client) -> list[SpendLimit]:
    """Return each member's effective limits; needs the scope read:spend_limits."""
    request = Request(f"{ROOT}/spend_limits/effective", [("limit", "1000")], VERSION)
    return validated(by_page(client, request, dict, has_more=False), SpendLimit, request.path)


def _report(name: str, span: Span, group_by: Sequence[str], limit: str) -> Request:
    params = [
        ("starting_at", zulu(midnight(span.start))),
        ("ending_at", zulu(midnight(span.end))),
        ("bucket_width", "1d"),
        *(("group_by[]", dim) for dim in group_by),
        ("limit", limit),
    ]
    return Request(f"{ANALYTICS}/{name}", params, VERSION)


def _either(body: bytes) -> list[dict[str, Any]]:
    """Decode the summaries under either name of their list."""
    found = msgspec.json.decode(body, type=dict[str, Any])
    rows = found.get("data", found.get("summaries"))
    if not isinstance(rows, list):
        raise msgspec.ValidationError("Object missing required field `data`")
    return rows
