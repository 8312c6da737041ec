"""The official SDK and this client read the same rows, field by field, from the simulated API.

The SDK validates strictly and pages in its own small steps, so neither the types nor the paging
of the two can be one invention. What claude-spend leaves unread is named, so that a field which
neither knows of cannot go missing quietly.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import pytest
from anthropic import Anthropic
from pydantic import BaseModel, SecretStr

from core.anthropic import enterprise, platform, unified
from core.anthropic.transport import Client
from core.calendar import Span
from core.demo import ANALYTICS_KEY, PLATFORM_KEY, organisation, serve

SPAN = Span(date(2026, 11, 9), date(2026, 11, 12))
RANGE: dict[str, Any] = {
    "starting_at": "2026-11-09T00:00:00Z",
    "ending_at": "2026-11-12T00:00:00Z",
}
DAILY = {**RANGE, "time_bucket_width": "1d", "order_by": "time", "order": "asc"}


@dataclass(frozen=True)
class Pair:
    """The official SDK and this client, with the same key."""

    sdk: Anthropic
    ours: Client


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(organisation(7, date(2026, 11, 23))) as server:
        yield server.base_url


def _pair(address: str, key: str) -> Iterator[Pair]:
    sdk = Anthropic(api_key=key, base_url=address, max_retries=0, _strict_response_validation=True)
    with sdk, Client(SecretStr(key), address) as client:
        yield Pair(sdk, client)


@pytest.fixture(scope="module")
def console(address: str) -> Iterator[Pair]:
    yield from _pair(address, PLATFORM_KEY)


@pytest.fixture(scope="module")
def seats(address: str) -> Iterator[Pair]:
    yield from _pair(address, ANALYTICS_KEY)


@pytest.fixture(params=["console", "seats"])
def either(request: pytest.FixtureRequest) -> Pair:
    return request.getfixturevalue(request.param)


def plain(row: Any) -> Any:
    """Return a typed row as what JSON could hold: its moments are text, its amounts as they are."""
    dumped = row.model_dump(mode="json") if isinstance(row, BaseModel) else msgspec.to_builtins(row)
    return _stated(dumped)


def _stated(value: Any) -> Any:
    """Leave out what says nothing: nulls, and that somebody is not deleted."""
    if isinstance(value, dict):
        kept = {name: _stated(part) for name, part in value.items()}
        return {
            name: part
            for name, part in kept.items()
            if part is not None and (name, part) != ("deleted", False)
        }
    return [_stated(part) for part in value] if isinstance(value, list) else value


def days_apart(buckets: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of buckets, each with its bucket's bounds; an empty bucket as one row."""
    for bucket in buckets:
        bounds = {name: bucket[name] for name in ("starting_at", "ending_at")}
        yield from ({**row, **bounds} for row in bucket["results"] or [{}])


def flat(pages: Iterable[Any]) -> list[Any]:
    """Return the rows of all pages."""
    return [row for page in pages for row in page.data]


def equal(theirs: Iterable[dict[str, Any]], ours: Iterable[dict[str, Any]], least: int) -> None:
    """Assert that both are the same multiset of at least so many rows."""
    left, right = (Counter(json.dumps(row, sort_keys=True) for row in rows)
                   for rows in (theirs, ours))  # fmt: skip
    assert left - right == Counter()
    assert right - left == Counter()
    assert left.total() >= least


def without(row: dict[str, Any], *unread: str) -> dict[str, Any]:
    """Return a row of the SDK's without the fields that claude-spend does not read."""
    return {name: part for name, part in row.items() if name not in unread}


def known_provider(row: dict[str, Any]) -> dict[str, Any]:
    """Return a unified row without the one part of a federated identity that is not read."""
    row.get("group", {}).get("actor", {}).get("provider", {}).pop("signed_principal", None)
    return row


GROUPS = (
    (),
    ("product", "model"),
    ("actor",),
    ("actor", "product", "workspace_id", "api_key_id", "model"),
    ("api_key_id", "workspace_id", "model", "service_tier", "context_window"),
    ("workspace_id", "model", "context_window", "inference_geo", "speed"),
)
COMPONENTS = (
    ("cost_type",),
    ("cost_type", "token_type"),
    ("actor", "product", "cost_type", "token_type"),
)


@pytest.mark.parametrize("by", [*GROUPS, *COMPONENTS], ids=" ".join)
def test_unified_cost(either, by):
    listed = either.sdk.beta.organization.analytics.cost.list(**DAILY, group_by=list(by), limit=90)
    theirs = [known_provider(plain(row)) for row in listed]
    ours = [plain(row) for row in flat(unified.cost(either.ours, SPAN, by))]
    equal(theirs, ours, least=3)
    assert all(set(row["group"]) <= set(by) for row in ours)
    assert all(isinstance(row["cost"]["amount"], str) for row in ours)


@pytest.mark.parametrize("by", GROUPS, ids=" ".join)
def test_unified_usage(either, by):
    listed = either.sdk.beta.organization.analytics.usage.list(**DAILY, group_by=list(by), limit=90)
    theirs = [known_provider(plain(row)) for row in listed]
    equal(theirs, map(plain, flat(unified.usage(either.ours, SPAN, by))), least=3)


@pytest.mark.parametrize("by", [("organization_id", "workspace_id"), ("rbac_group_id", "model")])
def test_unified_dimensions_of_a_parent_organization(seats, by):
    analytics = seats.sdk.beta.organization.analytics
    cost = map(plain, analytics.cost.list(**DAILY, group_by=list(by), limit=9))
    equal(cost, map(plain, flat(unified.cost(seats.ours, SPAN, by))), least=20)
    usage = map(plain, analytics.usage.list(**DAILY, group_by=list(by), limit=9))
    equal(usage, map(plain, flat(unified.usage(seats.ours, SPAN, by))), least=20)


def test_both_kinds_of_actors_were_compared(console, seats):
    """The comparison of actors is worth what it has seen."""
    rows = [*flat(unified.cost(console.ours, SPAN, ("actor",))),
            *flat(unified.cost(seats.ours, SPAN, ("actor",)))]  # fmt: skip
    kinds = {row.group.actor.type for row in rows if row.group.actor}
    assert kinds == {"user_actor", "service_account_actor", "federated_actor", "api_actor"}
    assert any(row.group.actor is None for row in rows)


REPORT_GROUPS = (
    (),
    ("product", "model", "context_window", "inference_geo", "speed"),
    ("rbac_group_id",),
)


@pytest.mark.parametrize("by", [*REPORT_GROUPS, ("product", "cost_type", "token_type")])
def test_enterprise_cost_report(seats, by):
    listed = seats.sdk.beta.organization.analytics.cost_report.list(
        **RANGE, bucket_width="1d", group_by=list(by), limit=1
    )
    ours = map(plain, flat(enterprise.cost_report(seats.ours, SPAN, by)))
    equal(days_apart(map(plain, listed)), days_apart(ours), least=3)


@pytest.mark.parametrize("by", REPORT_GROUPS)
def test_enterprise_usage_report(seats, by):
    listed = seats.sdk.beta.organization.analytics.usage_report.list(
        **RANGE, bucket_width="1d", group_by=list(by), limit=1
    )
    ours = map(plain, flat(enterprise.usage_report(seats.ours, SPAN, by)))
    equal(days_apart(map(plain, listed)), days_apart(ours), least=3)


@pytest.mark.parametrize("by", [(), ("product", "model"), ("cost_type", "token_type")])
def test_user_cost_report(seats, by):
    listed = seats.sdk.beta.organization.analytics.user_cost_report.list(
        **RANGE, bucket_width="1d", group_by=list(by), limit=90
    )
    ours = map(plain, flat(enterprise.user_cost_report(seats.ours, SPAN, by)))
    equal(map(plain, listed), ours, least=200)


@pytest.mark.parametrize("by", [(), ("product", "model"), ("context_window", "speed")])
def test_user_usage_report(seats, by):
    listed = seats.sdk.beta.organization.analytics.user_usage_report.list(
        **RANGE, bucket_width="1d", group_by=list(by), limit=90
    )
    ours = map(plain, flat(enterprise.user_usage_report(seats.ours, SPAN, by)))
    equal(map(plain, listed), ours, least=200)


def test_activity_of_users(seats):
    listed = seats.sdk.organization.analytics.users.list(date="2026-11-10", limit=30)
    theirs = [plain(row) for row in listed]
    for row in theirs:
        del row["user"]["type"]
    ours = map(plain, flat(enterprise.users(seats.ours, date(2026, 11, 10))))
    equal(theirs, ours, least=60)


def test_summaries(seats):
    span = Span(date(2026, 11, 1), date(2026, 11, 10))
    listed = seats.sdk.organization.analytics.summaries.list(
        starting_date=span.start, ending_date=span.end
    )
    theirs = [
        {
            name: part
            for name, part in plain(row).items()
            if not name.startswith("chat_cowork_unified_")
            and (name == "weekly_active_user_count" or not name.endswith(_WEEKLY))
        }
        for row in listed
    ]
    equal(theirs, map(plain, enterprise.summaries(seats.ours, span)), least=9)


_WEEKLY = "_weekly_active_user_count"
"""Of the single products only days and months are read."""


def test_the_organization(console):
    theirs = without(plain(console.sdk.organization.retrieve()), "type")
    equal([theirs], [plain(platform.organization(console.ours))], least=1)


def test_workspaces(console):
    workspaces = console.sdk.organization.workspaces
    plainly = {row.id for row in workspaces.list(include_archived=True, limit=5)}
    unread = ("type", "compartment_id", "data_residency", "external_key_id", "user_profile_id")
    theirs = [
        {**without(plain(row), *unread), "is_default": row.id not in plainly}
        for row in workspaces.list(include_archived=True, include_default=True, limit=5)
    ]
    assert [row["name"] for row in theirs if row["is_default"]] == ["Default"]
    equal(theirs, map(plain, platform.workspaces(console.ours)), least=12)


def test_api_keys(console):
    theirs = []
    for row in map(plain, console.sdk.organization.api_keys.list(limit=7)):
        scope = row.pop("scope")
        theirs.append({**without(row, "type", "created_by", "principal"), **without(scope, "type")})
    assert sum("workspace_id" in row for row in theirs) >= 30
    equal(theirs, map(plain, platform.api_keys(console.ours)), least=40)


def test_users(console, seats):
    for pair, read in ((console, platform.users), (seats, enterprise.members)):
        listed = pair.sdk.organization.users.list(limit=20)
        theirs = [without(plain(row), "type", "added_at") for row in listed]
        equal(theirs, map(plain, read(pair.ours)), least=40)


def test_groups_and_their_members(seats):
    groups = seats.sdk.organization.rbac_groups
    listed = list(groups.list(limit=3))
    unread = ("type", "created_at", "updated_at", "role_ids")
    theirs = [without(plain(row), *unread) for row in listed]
    equal(theirs, map(plain, enterprise.groups(seats.ours)), least=10)
    for group in listed[:2]:
        members = [
            {**without(plain(row), "type", "created_at", "rbac_group_id"),
             "group_id": row.rbac_group_id}
            for row in groups.members.list(group.id, limit=10)
        ]  # fmt: skip
        equal(members, map(plain, enterprise.group_members(seats.ours, group.id)), least=5)


def test_effective_spend_limits(seats):
    theirs = []
    for row in map(plain, seats.sdk.organization.spend_limits.effective.list(limit=40)):
        actor, source = row.pop("actor"), row.pop("source")
        tier = {"seat_tier": source["seat_tier"]} if "seat_tier" in source else {}
        theirs.append({**without(row, "scope"), **without(actor, "type"),
                       "source": source["type"], **tier})  # fmt: skip
    equal(theirs, map(plain, enterprise.spend_limits(seats.ours)), least=150)
