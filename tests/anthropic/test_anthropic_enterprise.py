"""The Enterprise Analytics API: what is asked, and the documented payloads, figures by hand."""

from datetime import date

import pytest
from anthropic_answers import ok, page, parsed, script

from core.anthropic import enterprise
from core.calendar import Span
from core.money import dollars, from_cents

SPAN = Span(date(2026, 11, 1), date(2026, 12, 1))
BOUNDS = [
    ("starting_at", "2026-11-01T00:00:00Z"),
    ("ending_at", "2026-12-01T00:00:00Z"),
    ("bucket_width", "1d"),
]

COST_ROW = """{"amount":"12.5","list_amount":"20","currency":"USD","requests":0,
 "product":"chat","model":"claude-opus-4-6","context_window":"0-200k","inference_geo":"global",
 "speed":"fast","rbac_group_id":"rbac_group_012rppKaSVsmTo6NqRDXQXNF",
 "slack_channel_id":"C0123ABCDEF","cost_type":"code_execution",
 "token_type":"cache_creation.ephemeral_1h_input_tokens"}"""

USER_COST = """{"data":[{"actor":{"type":"user_actor","user_id":"user_01AbCdEfGhIjKlMnOpQrSt",
  "name":"Jane Smith","email":"jane@example.com","deleted":true},
  "amount":"41280.000000","list_amount":"51600.000000","currency":"USD","requests":128,
  "product":"chat","model":"claude-opus-4-6","starting_at":"2019-12-27T18:11:19.117Z",
  "ending_at":"2019-12-27T18:11:19.117Z","cost_type":"code_execution",
  "token_type":"cache_creation.ephemeral_1h_input_tokens"}],
 "data_refreshed_at":"2019-12-27T18:11:19.117Z","has_more":false,"next_page":null,
 "organization_id":"org_013FP9SaFPBg7Kw7fetjn6cF"}"""

USAGE_ROW = """{"uncached_input_tokens":0,"cache_creation":{"ephemeral_1h_input_tokens":1000,
 "ephemeral_5m_input_tokens":500},"cache_read_input_tokens":0,"output_tokens":0,
 "server_tool_use":{"web_search_requests":10},"requests":0,"product":"chat",
 "model":"claude-opus-4-6","context_window":"0-200k","inference_geo":"global","speed":"fast",
 "rbac_group_id":"rbac_group_012rppKaSVsmTo6NqRDXQXNF","slack_channel_id":"C0123ABCDEF"}"""

USER_USAGE_ROW = """{"actor":{"type":"user_actor","user_id":"user_01AbCdEfGhIjKlMnOpQrSt",
 "name":"Jane Smith","email":"jane@example.com","deleted":true},"uncached_input_tokens":1284500,
 "cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},
 "cache_read_input_tokens":3200000,"output_tokens":891000,"total_tokens":5377000,
 "server_tool_use":{"web_search_requests":10},"requests":128,"product":"chat",
 "model":"claude-opus-4-6"}"""

SUMMARY = """{"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-11-02T00:00:00Z",
 "daily_active_user_count":40,"weekly_active_user_count":70,"monthly_active_user_count":90,
 "assigned_seat_count":100,"pending_invite_count":3,"daily_adoption_rate":40,
 "monthly_adoption_rate":90.0,"weekly_adoption_rate":70.5,"cowork_daily_active_user_count":0,
 "chat_daily_active_user_count":35,"claude_code_daily_active_user_count":20}"""

USER_ACTIVITY = """{"data":[{"user":{"id":"id","email_address":"email_address","type":"user"},
 "web_search_count":0,"distinct_user_count":0,"last_activity_date":"last_activity_date",
 "chat_metrics":{"message_count":0},"claude_code_metrics":{"core_metrics":{"commit_count":4,
 "distinct_session_count":0,"lines_of_code":{"added_count":0,"removed_count":0},
 "pull_request_count":0},"tool_actions":{"edit_tool":{"accepted_count":0,"rejected_count":0}}},
 "cowork_metrics":{"message_count":0},"design_metrics":{"message_count":0},
 "office_metrics":{"excel":{"message_count":2}},"science_metrics":{"message_count":0}}],
 "next_page":null}"""

SPEND_LIMITS = """{"data":[{"scope":{"type":"user","user_id":"user_01AbCdEfGh"},
 "actor":{"type":"user_actor","user_id":"user_01AbCdEfGh","name":"Jane Smith",
 "email_address":"jane@example.com","deleted":false},"amount":"50000","currency":"USD",
 "period":"monthly","source":{"type":"seat_tier","seat_tier":"enterprise_standard"},
 "spend_limit_id":"spl_01XyZaBcDeFgHiJkLmNoPq","period_to_date_spend":"31402.5"}],
 "next_page":null}"""

MEMBERS = """{"data":[{"type":"user","id":"user_01AbCdEfGhIjKlMnOpQrSt","email":"jane@example.com",
 "name":"Jane Smith","role":"user","added_at":"2026-06-12T09:14:03Z"}],"has_more":false,
 "first_id":"user_01AbCdEfGhIjKlMnOpQrSt","last_id":"user_01AbCdEfGhIjKlMnOpQrSt"}"""


def bucket(*results, **more):
    day = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z"}
    return {**day, "results": list(results), **more}


def test_the_documented_cost_report_and_what_is_asked_for_it():
    envelope = {
        "data_refreshed_at": "2019-12-27T18:11:19.117Z",
        "organization_id": "org_013FP9SaFPBg7Kw7fetjn6cF",
    }
    answers = script(page([bucket(parsed(COST_ROW))], **envelope))
    (found,) = enterprise.cost_report(answers.client(), SPAN, ["product", "model"])
    (row,) = found.data[0].results
    assert dollars(from_cents(row.amount)) == "0.125"
    assert dollars(from_cents(row.list_amount or "")) == "0.20"
    assert (row.product, row.speed, row.cost_type) == ("chat", "fast", "code_execution")
    assert row.rbac_group_id == "rbac_group_012rppKaSVsmTo6NqRDXQXNF"
    assert row.requests == 0
    assert found.organization_id == "org_013FP9SaFPBg7Kw7fetjn6cF"
    assert found.data_refreshed_at is not None
    assert found.data_refreshed_at.isoformat() == "2019-12-27T18:11:19.117000+00:00"
    request = answers.requests[0]
    assert request.url.path == "/v1/organizations/analytics/cost_report"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert "anthropic-beta" not in request.headers
    assert answers.queries[0] == [
        *BOUNDS, ("limit", "31"), ("group_by[]", "product"), ("group_by[]", "model"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "path", "limit"),
    [
        (enterprise.cost_report, "cost_report", "31"),
        (enterprise.usage_report, "usage_report", "31"),
        (enterprise.user_cost_report, "user_cost_report", "1000"),
        (enterprise.user_usage_report, "user_usage_report", "1000"),
    ],
)
def test_each_report_is_asked_by_day_with_the_largest_page(ask, path, limit):
    answers = script(page([]))
    assert [found.data for found in ask(answers.client(), SPAN, ())] == [[]]
    assert answers.requests[0].url.path == f"/v1/organizations/analytics/{path}"
    assert answers.queries[0] == [*BOUNDS, ("limit", limit)]


def test_the_documented_user_cost_is_412_dollars_80_at_20_percent_discount():
    (found,) = enterprise.user_cost_report(script(ok(parsed(USER_COST))).client(), SPAN, ())
    (row,) = found.data
    amount, listed = from_cents(row.amount), from_cents(row.list_amount or "")
    assert (dollars(amount), dollars(listed)) == ("412.80", "516.00")
    assert (listed - amount) * 5 == listed
    assert row.requests == 128
    assert row.actor.user_id == "user_01AbCdEfGhIjKlMnOpQrSt"
    assert row.actor.address == row.actor.email_address == "jane@example.com"
    assert row.actor.deleted
    assert row.starting_at == "2019-12-27T18:11:19.117Z"


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"email": "a@b.c"}, "a@b.c"),
        ({"email_address": "a@b.c"}, "a@b.c"),
        ({"email": "old@b.c", "email_address": "a@b.c"}, "a@b.c"),
        ({"email": None, "email_address": None}, ""),
        ({}, ""),
    ],
)
def test_an_actors_address_is_read_under_either_name(fields, address):
    row = parsed(USER_COST)["data"][0]
    row["actor"] = {"type": "user_actor", "user_id": "user_1", "deleted": False, **fields}
    (found,) = enterprise.user_cost_report(script(page([row])).client(), SPAN, ())
    assert found.data[0].actor.address == address


def test_a_deleted_account_keeps_its_id_and_loses_its_address():
    row = parsed(USER_COST)["data"][0]
    row["actor"] |= {"email": None, "name": "Deleted User"}
    (found,) = enterprise.user_cost_report(script(page([row])).client(), SPAN, ())
    actor = found.data[0].actor
    assert (actor.user_id, actor.name, actor.address, actor.deleted) == (
        "user_01AbCdEfGhIjKlMnOpQrSt", "Deleted User", "", True,
    )  # fmt: skip


def test_the_documented_usage_row():
    answers = script(page([bucket(parsed(USAGE_ROW))]))
    (found,) = enterprise.usage_report(answers.client(), SPAN, ["product"])
    (row,) = found.data[0].results
    assert row.cache_creation is not None
    assert (
        row.cache_creation.ephemeral_5m_input_tokens,
        row.cache_creation.ephemeral_1h_input_tokens,
    ) == (500, 1000)
    assert row.server_tool_use is not None
    assert row.server_tool_use.web_search_requests == 10
    assert (row.requests, row.speed) == (0, "fast")


def test_the_documented_user_usage_adds_up_to_its_total():
    row = parsed(USER_USAGE_ROW)
    row |= {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z"}
    (found,) = enterprise.user_usage_report(script(page([row])).client(), SPAN, ())
    (usage,) = found.data
    assert usage.cache_creation is not None
    parts = (
        usage.uncached_input_tokens,
        usage.cache_creation.ephemeral_5m_input_tokens,
        usage.cache_creation.ephemeral_1h_input_tokens,
        usage.cache_read_input_tokens,
        usage.output_tokens,
    )
    assert parts == (1_284_500, 500, 1_000, 3_200_000, 891_000)
    assert sum(parts) == usage.total_tokens == 5_377_000


def test_user_activity_of_one_day():
    answers = script(ok(parsed(USER_ACTIVITY)))
    (found,) = enterprise.users(answers.client(), date(2026, 11, 20))
    (row,) = found.data
    assert answers.requests[0].url.path == "/v1/organizations/analytics/users"
    assert answers.queries[0] == [("date", "2026-11-20"), ("limit", "1000")]
    assert row.user is not None
    assert (row.user.id, row.user.email_address) == ("id", "email_address")
    assert row.claude_code_metrics is not None
    assert row.claude_code_metrics["core_metrics"]["commit_count"] == 4
    assert row.office_metrics == {"excel": {"message_count": 2}}
    assert row.chat_cowork_unified_metrics is None


def test_user_activity_goes_on_without_has_more():
    first = {**parsed(USER_ACTIVITY), "next_page": "page_2"}
    answers = script(ok(first), ok(parsed(USER_ACTIVITY)))
    assert len(list(enterprise.users(answers.client(), date(2026, 11, 20)))) == 2


@pytest.mark.parametrize("name", ["data", "summaries"])
def test_summaries_are_read_under_either_name_of_their_list(name):
    answers = script(ok({name: [parsed(SUMMARY)]}))
    (day,) = enterprise.summaries(answers.client(), SPAN)
    assert answers.requests[0].url.path == "/v1/organizations/analytics/summaries"
    assert answers.queries[0] == [("starting_date", "2026-11-01"), ("ending_date", "2026-12-01")]
    assert day.starting_at == "2026-11-01T00:00:00Z"
    assert (day.daily_active_user_count, day.monthly_active_user_count) == (40, 90)
    assert (day.assigned_seat_count, day.pending_invite_count) == (100, 3)
    assert (day.daily_adoption_rate, day.weekly_adoption_rate) == (40.0, 70.5)
    assert day.claude_code_daily_active_user_count == 20
    assert day.science_daily_active_user_count is None


def test_spend_limits_are_flat_and_stay_text():
    answers = script(ok(parsed(SPEND_LIMITS)))
    (limit,) = enterprise.spend_limits(answers.client())
    assert answers.requests[0].url.path == "/v1/organizations/spend_limits/effective"
    assert (limit.amount, limit.period_to_date_spend) == ("50000", "31402.5")
    assert dollars(from_cents(limit.period_to_date_spend)) == "314.025"
    assert (limit.user_id, limit.email_address) == ("user_01AbCdEfGh", "jane@example.com")
    assert (limit.source, limit.seat_tier) == ("seat_tier", "enterprise_standard")
    assert (limit.currency, limit.period) == ("USD", "monthly")


def test_an_unlimited_member_and_a_key_as_actor_are_limits_too():
    row = parsed(SPEND_LIMITS)["data"][0]
    key = {"type": "scoped_api_key_actor", "scoped_api_key_id": "x"}
    row |= {"amount": None, "actor": key, "source": None}
    (limit,) = enterprise.spend_limits(script(ok({"data": [row]})).client())
    assert (limit.amount, limit.user_id, limit.source) == (None, "", "")


def test_groups_and_members_are_read_over_all_pages():
    answers = script(
        ok({"data": [{"id": "g1", "name": "A", "source_type": "scim", "roles": None}],
            "has_more": True, "next_page": "p2"}),
        ok({"data": [{"id": "g2", "name": "B", "source_type": "direct"}], "next_page": None}),
    )  # fmt: skip
    found = enterprise.groups(answers.client())
    assert [(g.id, g.name, g.source_type) for g in found] == [
        ("g1", "A", "scim"), ("g2", "B", "direct"),
    ]  # fmt: skip
    assert answers.requests[0].url.path == "/v1/organizations/rbac_groups"


@pytest.mark.parametrize("name", ["group_id", "rbac_group_id"])
def test_a_membership_names_its_group_under_either_name(name):
    row = {name: "g/1", "user_id": "user_1", "email": "a@b.c", "created_at": "2026-06-12"}
    answers = script(ok({"data": [row], "next_page": None}))
    (member,) = enterprise.group_members(answers.client(), "g/1")
    assert (member.group_id, member.user_id, member.email) == ("g/1", "user_1", "a@b.c")
    assert answers.requests[0].url.raw_path.startswith(b"/v1/organizations/rbac_groups/g%2F1/mem")


def test_members_are_read_as_documented():
    answers = script(ok(parsed(MEMBERS)))
    (user,) = enterprise.members(answers.client())
    assert (user.id, user.email, user.name) == (
        "user_01AbCdEfGhIjKlMnOpQrSt", "jane@example.com", "Jane Smith",
    )  # fmt: skip
    assert answers.requests[0].url.path == "/v1/organizations/users"
