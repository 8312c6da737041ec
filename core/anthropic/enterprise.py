"""The Enterprise Analytics API: reports by day, reports by user, activity, groups, limits."""

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import quote

from core.anthropic.asking import ANALYTICS, DIRECTORY_VERSION, ROOT, by_day, grouped
from core.anthropic.directory import GroupMember, RbacGroup, SpendLimit, Summary, User
from core.anthropic.pagination import AfterId, NextPage, Page, Request, listed, pages
from core.anthropic.payloads import (
    ActivityRow,
    CostBucket,
    UsageBucket,
    UserCostRow,
    UserUsageRow,
)
from core.anthropic.transport import Client
from core.calendar import Span

VERSION = "2026-10-21"
"""The version that the shapes of the analytics endpoints are typed by."""

_MOST = ("limit", "1000")


def cost_report(client: Client, span: Span, group_by: Sequence[str]) -> Iterator[Page[CostBucket]]:
    """Yield daily cost by any dimensions: the 100 largest groups of a day, without a remainder."""
    return pages(client, _report("cost_report", span, group_by, 31), CostBucket)


def usage_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UsageBucket]]:
    """Yield daily tokens by any dimensions: the 100 largest groups of a day, no remainder."""
    return pages(client, _report("usage_report", span, group_by, 31), UsageBucket)


def user_cost_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UserCostRow]]:
    """Yield the daily cost of each user; what belongs to no user is not among it."""
    return pages(client, _report("user_cost_report", span, group_by, 1000), UserCostRow)


def user_usage_report(
    client: Client, span: Span, group_by: Sequence[str]
) -> Iterator[Page[UserUsageRow]]:
    """Yield the daily tokens of each user; what belongs to no user is not among it."""
    return pages(client, _report("user_usage_report", span, group_by, 1000), UserUsageRow)


def users(client: Client, day: date) -> Iterator[Page[ActivityRow]]:
    """Yield each user's activity on one UTC day; a day that is not ready is refused (400)."""
    params = [("date", day.isoformat()), _MOST]
    request = Request(f"{ANALYTICS}/users", params, VERSION)
    return pages(client, request, ActivityRow, NextPage())


def summaries(client: Client, span: Span) -> list[Summary]:
    """Return active users and seats by day; today cannot be asked for."""
    params = [("starting_date", span.start.isoformat()), ("ending_date", span.end.isoformat())]
    request = Request(f"{ANALYTICS}/summaries", params, VERSION)
    return listed(client, request, Summary, NextPage())


def groups(client: Client) -> list[RbacGroup]:
    """Return the organization's groups; needs the scope read:rbac_groups."""
    return listed(client, Request(f"{ROOT}/rbac_groups", [_MOST], DIRECTORY_VERSION), RbacGroup)


def group_members(client: Client, group_id: str) -> list[GroupMember]:
    """Return the present members of one group; needs the scope read:rbac_groups."""
    path = f"{ROOT}/rbac_groups/{quote(group_id, safe='')}/members"
    return listed(client, Request(path, [_MOST], DIRECTORY_VERSION), GroupMember)


def members(client: Client) -> list[User]:
    """Return the present members of the organization; needs the scope read:members."""
    return listed(client, Request(f"{ROOT}/users", [_MOST], DIRECTORY_VERSION), User, AfterId())


def spend_limits(client: Client) -> list[SpendLimit]:
    """Return each member's effective limits; needs the scope read:spend_limits."""
    request = Request(f"{ROOT}/spend_limits/effective", [_MOST], DIRECTORY_VERSION)
    return listed(client, request, SpendLimit, NextPage())


def _report(name: str, span: Span, group_by: Sequence[str], limit: int) -> Request:
    params = [*by_day(span, limit), *grouped(group_by)]
    return Request(f"{ANALYTICS}/{name}", params, VERSION)
