"""The official SDK, with strict validation, pages through everything it knows."""

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic

from core.calendar import Span
from core.demo import COMPLIANCE_KEY, Organisation, Server
from core.demo.shape import TOKEN_TYPES
from core.money import from_cents

START, END = datetime(2026, 10, 15, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC)
SPAN = Span(date(2026, 10, 15), date(2026, 11, 15))
RANGE: dict[str, Any] = {"starting_at": START, "ending_at": END}


def _actor(actor: Any) -> str | None:
    """The id under which the facts hold an actor."""
    if actor is None:
        return None
    if actor.type == "federated_actor":
        return f"aws:{actor.provider.account_id}"
    names = {"user_actor": "user_id", "service_account_actor": "service_account_id"}
    return str(getattr(actor, names.get(actor.type, "api_key_id")))


def _row(group: Any, by: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_actor(group.actor) if d == "actor" else getattr(group, d) for d in by)


def _truth(
    company: Organisation, side: Any, by: tuple[str, ...], measure: str, overlap: float = 0.0
) -> dict[tuple[Any, ...], int]:
    frame = company.truth(side, ("day", *by), SPAN, overlap=overlap)
    return {row[:-1]: row[-1] for row in frame.select("day", *by, measure).iter_rows() if row[-1]}


def _tokens(usage: Any) -> int:
    creation = usage.cache_creation
    return sum((
        usage.uncached_input_tokens, usage.cache_read_input_tokens, usage.output_tokens,
        creation.ephemeral_5m_input_tokens, creation.ephemeral_1h_input_tokens,
    ))  # fmt: skip


@pytest.mark.parametrize(
    "by",
    [
        (),
        ("product", "model"),
        ("api_key_id", "workspace_id", "model", "service_tier", "context_window"),
        ("actor", "product", "workspace_id", "api_key_id", "model"),
        ("workspace_id", "model", "context_window", "inference_geo", "speed"),
    ],
)
def test_unified_cost_of_the_console_is_the_truth(
    console: Anthropic, company: Organisation, by: tuple[str, ...]
) -> None:
    rows = console.beta.organization.analytics.cost.list(
        **RANGE,
        time_bucket_width="1d",
        group_by=list(by),
        limit=1000,  # type: ignore[arg-type]
    )
    amounts: dict[tuple[Any, ...], int] = defaultdict(int)
    listed: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        key = (row.starting_at.date(), *_row(row.group, by))
        assert key not in amounts
        amounts[key] += from_cents(row.cost.amount)
        listed[key] += from_cents(row.cost.list_amount)
        assert row.cost.requests is not None
    assert amounts == _truth(company, "platform", by, "amount")
    assert listed == _truth(company, "platform", by, "list_amount")


@pytest.mark.parametrize("overlap", [0.0, 0.5, 1.0])
def test_unified_cost_of_the_parent_holds_the_console_as_far_as_they_overlap(
    seats: Anthropic, server: Server, company: Organisation, overlap: float
) -> None:
    server.behaviour.overlap = overlap
    by = ("organization_id", "workspace_id", "product", "model", "actor")
    rows = seats.beta.organization.analytics.cost.list(
        **RANGE, time_bucket_width="1d", group_by=list(by), limit=1000, order_by="time", order="asc"
    )  # type: ignore[arg-type]
    amounts = {
        (row.starting_at.date(), *_row(row.group, by)): from_cents(row.cost.amount) for row in rows
    }
    assert amounts == _truth(company, "enterprise", by, "amount", overlap)
    assert [key[0] for key in amounts] == sorted(key[0] for key in amounts)


def test_components_of_unified_cost_sum_to_the_row(seats: Anthropic, company: Organisation) -> None:
    by = ("product", "model", "cost_type", "token_type")
    rows = seats.beta.organization.analytics.cost.list(
        **RANGE,
        time_bucket_width="1d",
        group_by=list(by),
        limit=1000,  # type: ignore[arg-type]
    )
    amounts = {}
    for row in rows:
        assert row.cost.requests is None
        amounts[(row.starting_at.date(), *_row(row.group, by))] = from_cents(row.cost.amount)
    assert amounts == _truth(company, "enterprise", by, "amount", 1.0)


@pytest.mark.parametrize("by", [(), ("actor_type", "speed"), ("session_id", "agent_id")])
def test_unified_usage_is_the_truth(
    console: Anthropic, company: Organisation, by: tuple[str, ...]
) -> None:
    rows = console.beta.organization.analytics.usage.list(
        **RANGE,
        time_bucket_width="1d",
        group_by=list(by),
        limit=1000,  # type: ignore[arg-type]
    )
    tokens, requests = {}, {}
    for row in rows:
        key = (row.starting_at.date(), *_row(row.group, by))
        assert row.usage.total_tokens == _tokens(row.usage)
        requests[key] = row.usage.requests
        if row.usage.total_tokens:
            tokens[key] = row.usage.total_tokens
    assert requests == _truth(company, "platform", by, "requests")
    frame = company.truth("platform", ("day", *by), SPAN)
    sums = {row[: 1 + len(by)]: sum(row[1 + len(by) :]) for row in
            frame.select("day", *by, *TOKEN_TYPES).iter_rows()}  # fmt: skip
    assert tokens == {key: value for key, value in sums.items() if value}


def test_enterprise_cost_report_is_the_truth_of_the_seats(
    seats: Anthropic, company: Organisation
) -> None:
    by = ("product", "model", "context_window", "inference_geo", "speed")
    buckets = seats.beta.organization.analytics.cost_report.list(**RANGE, group_by=list(by))  # type: ignore[arg-type]
    amounts = {
        (bucket.starting_at.date(), *(getattr(row, name) for name in by)): from_cents(row.amount)
        for bucket in buckets
        for row in bucket.results
    }
    truth = _truth(company, "enterprise", by, "amount")
    renamed = {
        tuple("claude-tag" if value == "claude_tag" else value for value in key): amount
        for key, amount in truth.items()
    }
    assert amounts == renamed


def test_enterprise_usage_report_is_the_truth_of_the_seats(
    seats: Anthropic, company: Organisation
) -> None:
    buckets = list(
        seats.beta.organization.analytics.usage_report.list(**RANGE, group_by=["model"], limit=31)
    )
    assert [bucket.starting_at.date() for bucket in buckets] == list(SPAN)
    output = {
        (bucket.starting_at.date(), row.model): row.output_tokens
        for bucket in buckets
        for row in bucket.results
        if row.output_tokens
    }
    assert output == _truth(company, "enterprise", ("model",), "output_tokens")


def test_user_reports_hold_what_belongs_to_users_and_nothing_else(
    seats: Anthropic, company: Organisation
) -> None:
    analytics = seats.beta.organization.analytics
    by = ("product", "model")
    costs = analytics.user_cost_report.list(
        **RANGE,
        bucket_width="1d",
        group_by=list(by),
        limit=1000,  # type: ignore[arg-type]
    )
    amounts: dict[tuple[Any, ...], int] = {}
    for row in costs:
        assert row.starting_at is not None
        amounts[(row.starting_at.date(), row.actor.user_id)] = amounts.get(
            (row.starting_at.date(), row.actor.user_id), 0
        ) + from_cents(row.amount)
    truth = _truth(company, "enterprise", ("actor",), "amount")
    assert amounts == {key: value for key, value in truth.items() if key[1] is not None}
    nobody = sum(value for key, value in truth.items() if key[1] is None)
    assert nobody > 4000 * 10**10

    usage = analytics.user_usage_report.list(**RANGE, limit=1000)
    requests = {row.actor.user_id: row.requests for row in usage}
    frame = company.truth("enterprise", ("actor",), SPAN)
    expected = dict(frame.select("actor", "requests").iter_rows())
    del expected[None]
    assert requests == expected


def test_activity_is_paged_and_typed(seats: Anthropic, company: Organisation) -> None:
    rows = list(seats.organization.analytics.users.list(date="2026-11-19", limit=7))
    frame = company.truth("enterprise", ("actor",), Span(date(2026, 11, 19), date(2026, 11, 20)))
    active = {a for a in frame["actor"] if a is not None} - {"user_01ClaudeSecurityService"}
    assert {row.user.id for row in rows if row.user} == active
    assert len(rows) == len(active) > 40
    assert sum(row.claude_code_metrics.core_metrics.commit_count for row in rows) > 20


def test_summaries_cover_the_year(seats: Anthropic) -> None:
    days = list(seats.organization.analytics.summaries.list(starting_date="2026-01-01"))
    assert [day.starting_at.date() for day in days] == list(
        Span(date(2026, 1, 1), date(2026, 11, 23))
    )
    assert days[-1].assigned_seat_count == 150
    for day in days:
        assert (
            day.daily_active_user_count
            <= day.weekly_active_user_count
            <= day.monthly_active_user_count
            <= 156
        )


def test_the_directory_is_paged_and_typed(console: Anthropic, company: Organisation) -> None:
    organization = console.organization
    assert organization.retrieve().id == company.platform_id
    keys = {key.id: key for key in organization.api_keys.list(limit=7)}
    assert {id_: key.status for id_, key in keys.items()} == {
        key.id: key.status(company.today) for key in company.estate.keys
    }
    everything = organization.workspaces.list(include_archived=True, include_default=True, limit=5)
    assert [w.id for w in everything] == [w.id for w in company.estate.workspaces]
    assert len(list(organization.workspaces.list())) == 10
    assert len(list(organization.users.list(limit=10))) == len(
        {user.id for user in organization.users.list(limit=1000)}
    )
    default = next(key for key in keys.values() if key.name == "default-key")
    assert default.scope.type == "workspace"
    assert default.scope.workspace_id == company.default_workspace


def test_groups_members_and_limits_are_paged_and_typed(
    seats: Anthropic, company: Organisation
) -> None:
    organization = seats.organization
    groups = list(organization.rbac_groups.list(limit=3))
    assert [group.id for group in groups] == [group.id for group in company.groups]
    members = list(organization.rbac_groups.members.list(groups[0].id, limit=10))
    present = [n for n in company.groups[0].members if company.people[n].present(company.today)]
    assert [member.user_id for member in members] == [company.people[n].id for n in present]
    limits = list(organization.spend_limits.effective.list(limit=40))
    assert len(limits) == 150
    assert any(limit.amount is None for limit in limits)
    month = company.truth("enterprise", ("actor",), Span(date(2026, 11, 1), company.today))
    spent = dict(month.select("actor", "amount").iter_rows())
    for limit in limits:
        assert limit.actor.type == "user_actor"
        exact = spent.get(limit.actor.user_id, 0)
        assert 0 <= exact - from_cents(limit.period_to_date_spend) < 10**5
    assert len(list(organization.users.list(limit=100))) == 150


def test_the_sdk_raises_its_own_errors(server: Server, console: Anthropic) -> None:
    with pytest.raises(anthropic.PermissionDeniedError, match="read:analytics"):
        console.organization.analytics.users.list(date="2026-11-19")
    with pytest.raises(anthropic.BadRequestError, match=r"365|2026-01-01"):
        console.beta.organization.analytics.cost.list(starting_at="2025-12-31T00:00:00Z")
    with (
        Anthropic(api_key="sk-ant-api01-nobody", base_url=server.base_url) as nobody,
        pytest.raises(anthropic.AuthenticationError, match="bearer"),
    ):
        nobody.organization.retrieve()
    with (
        Anthropic(api_key=COMPLIANCE_KEY, base_url=server.base_url) as compliance,
        pytest.raises(anthropic.PermissionDeniedError, match="read:compliance_activities"),
    ):
        compliance.organization.analytics.summaries.list(starting_date="2026-11-01")
