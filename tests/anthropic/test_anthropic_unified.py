"""The Usage and Cost Analytics API: what is asked, the documented rows, and every kind of actor."""

from datetime import UTC, date, datetime

import pytest
from anthropic_answers import ok, page, parsed, script

from core.anthropic import unified
from core.calendar import Span
from core.errors import PayloadInvalid
from core.money import dollars, from_cents

SPAN = Span(date(2026, 11, 1), date(2026, 11, 8))

PLATFORM_COST = """{"data":[{"starting_at":"2026-11-01T00:00:00Z",
 "ending_at":"2026-11-02T00:00:00Z",
 "group":{"api_key_id":"apikey_01Rj","workspace_id":"wrkspc_01Jw","model":"claude-opus-5-5",
 "cost_type":null,"token_type":null,"actor":null,"product":null,"service_tier":null,
 "context_window":null,"inference_geo":null,"speed":null},
 "cost":{"amount":"41280.000000","list_amount":"51600.000000","currency":"USD","requests":128}}],
 "has_more":false,"next_page":null,"data_refreshed_at":"2026-11-02T03:10:00Z"}"""

ENTERPRISE_COST = """{"data":[{"starting_at":"2026-11-01T00:00:00Z",
 "ending_at":"2026-11-02T00:00:00Z",
 "group":{"actor":{"type":"user_actor","user_id":"user_01AbCdEfGhIjKlMnOpQrSt","name":"Jane Smith",
 "email_address":"jane@example.com","deleted":false},"actor_type":null,"agent_id":null,
 "api_key_id":null,"claude_tag_category":null,"claude_tag_user_id":null,"context_window":null,
 "cost_type":"tokens","deployment_id":null,"environment_id":null,"inference_geo":null,
 "model":"claude-opus-5-5","organization_id":null,"product":"claude_code","rbac_group_id":null,
 "service_tier":null,"session_id":null,"slack_channel_id":null,"speed":null,
 "token_type":"output_tokens","user_profile_id":null,"workspace_id":null},
 "cost":{"amount":"1234.567800","list_amount":"1543.209750","currency":"USD","requests":null}}],
 "has_more":false,"next_page":null,"data_refreshed_at":"2026-11-02T04:00:00Z"}"""

USAGE_HEAD = """{"starting_at":"2026-09-03T00:00:00Z","ending_at":"2026-09-04T00:00:00Z",
 "group":{"product":null,"model":"claude-sonnet-5","context_window":null}}"""

USAGE = {
    "uncached_input_tokens": 1,
    "cache_read_input_tokens": 2,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "output_tokens": 5,
    "total_tokens": 15,
    "requests": 6,
    "server_tool_use": {"web_search_requests": 7},
}


@pytest.mark.parametrize(("ask", "name"), [(unified.cost, "cost"), (unified.usage, "usage")])
def test_rows_are_asked_by_day_in_the_order_of_time_with_the_beta(ask, name):
    answers = script(page([]))
    found = ask(answers.client(), SPAN, ["actor", "model"], [("api_key_ids[]", "")])
    assert [one.data for one in found] == [[]]
    request = answers.requests[0]
    assert request.url.path == f"/v1/organizations/analytics/{name}"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["anthropic-beta"] == "analytics-usage-cost-2026-08-24"
    assert answers.queries[0] == [
        ("starting_at", "2026-11-01T00:00:00Z"),
        ("ending_at", "2026-11-08T00:00:00Z"),
        ("time_bucket_width", "1d"),
        ("group_by[]", "actor"),
        ("group_by[]", "model"),
        ("api_key_ids[]", ""),
        ("order_by", "time"),
        ("order", "asc"),
        ("limit", "1000"),
    ]


def test_no_dimensions_ask_for_the_control_total():
    answers = script(page([]))
    list(unified.cost(answers.client(), SPAN, ()))
    assert "group_by[]" not in dict(answers.queries[0])


def test_the_documented_platform_row_is_412_dollars_80():
    (found,) = unified.cost(script(ok(parsed(PLATFORM_COST))).client(), SPAN, ["api_key_id"])
    (row,) = found.data
    assert dollars(from_cents(row.cost.amount)) == "412.80"
    assert dollars(from_cents(row.cost.list_amount or "")) == "516.00"
    assert (row.cost.currency, row.cost.requests) == ("USD", 128)
    assert (row.group.api_key_id, row.group.workspace_id) == ("apikey_01Rj", "wrkspc_01Jw")
    assert row.group.actor is None
    assert found.data_refreshed_at == datetime(2026, 11, 2, 3, 10, tzinfo=UTC)


def test_the_enterprise_row_is_a_fifth_below_its_list_price():
    (found,) = unified.cost(script(ok(parsed(ENTERPRISE_COST))).client(), SPAN, ["actor"])
    (row,) = found.data
    amount, listed = from_cents(row.cost.amount), from_cents(row.cost.list_amount or "")
    assert (dollars(amount), dollars(listed)) == ("12.345678", "15.4320975")
    assert amount * 5 == listed * 4
    assert row.cost.requests is None
    assert row.group.actor is not None
    assert row.group.actor.address == "jane@example.com"
    assert (row.group.cost_type, row.group.token_type) == ("tokens", "output_tokens")
    assert row.group.workspace_id is None


def test_a_usage_row_whose_group_holds_only_some_dimensions():
    row = {**parsed(USAGE_HEAD), "usage": USAGE}
    (found,) = unified.usage(script(page([row])).client(), SPAN, ["model"])
    (one,) = found.data
    assert one.group.model == "claude-sonnet-5"
    assert one.group.actor is None
    assert one.usage.cache_creation is not None
    assert one.usage.server_tool_use is not None
    parts = (
        one.usage.uncached_input_tokens,
        one.usage.cache_read_input_tokens,
        one.usage.cache_creation.ephemeral_5m_input_tokens,
        one.usage.cache_creation.ephemeral_1h_input_tokens,
        one.usage.output_tokens,
    )
    assert parts == (1, 2, 3, 4, 5)
    assert sum(parts) == one.usage.total_tokens
    assert (one.usage.requests, one.usage.server_tool_use.web_search_requests) == (6, 7)


def test_the_documented_excerpt_with_empty_usage_is_no_row_of_zeros():
    row = {**parsed(USAGE_HEAD), "usage": {}}
    with pytest.raises(PayloadInvalid, match=r"data\[0\]\.usage\.uncached_input_tokens"):
        list(unified.usage(script(page([row])).client(), SPAN, ["model"]))


ACTORS = [
    ({"type": "user_actor", "user_id": "user_1", "deleted": True}, "user_id", "user_1"),
    ({"type": "service_account_actor", "service_account_id": "svac_1"},
     "service_account_id", "svac_1"),
    ({"type": "api_actor", "api_key_id": "apikey_1"}, "api_key_id", "apikey_1"),
    ({"type": "federated_actor", "subject": "arn:aws:iam::1:role/x",
      "provider": {"type": "aws", "account_id": "1", "signed_principal": True}},
     "subject", "arn:aws:iam::1:role/x"),
    ({"type": "federated_actor", "subject": None,
      "provider": {"type": "azure", "subscription_id": "s"}}, "subject", None),
    ({"type": "robot_actor", "robot_id": "r2"}, "user_id", None),
]  # fmt: skip


@pytest.mark.parametrize(("actor", "field", "value"), ACTORS)
def test_every_kind_of_actor_is_read_and_an_unknown_kind_passes(actor, field, value):
    row = parsed(ENTERPRISE_COST)["data"][0]
    row["group"]["actor"] = actor
    (found,) = unified.cost(script(page([row])).client(), SPAN, ["actor"])
    read = found.data[0].group.actor
    assert read is not None
    assert (read.type, getattr(read, field)) == (actor["type"], value)


def test_a_user_without_an_id_is_refused():
    row = parsed(ENTERPRISE_COST)["data"][0]
    row["group"]["actor"] = {"type": "user_actor", "user_id": None, "deleted": False}
    with pytest.raises(PayloadInvalid, match=r"data\[0\]\.group\.actor\.user_id"):
        list(unified.cost(script(page([row])).client(), SPAN, ["actor"]))


def test_several_rows_without_an_actor_all_stay():
    row = parsed(ENTERPRISE_COST)["data"][0]
    row["group"]["actor"] = None
    (found,) = unified.cost(script(page([row, row])).client(), SPAN, ["actor"])
    assert len(found.data) == 2


def test_a_page_may_hold_more_rows_than_the_limit():
    row = parsed(ENTERPRISE_COST)["data"][0]
    (found,) = unified.cost(script(page([row] * 1_250)).client(), SPAN, ["cost_type"])
    assert len(found.data) == 1_250
