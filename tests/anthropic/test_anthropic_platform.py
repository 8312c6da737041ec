"""The Admin API: what is asked, and the documented payloads, figures checked by hand."""

from datetime import date
from decimal import Decimal

import httpx
import pytest
import respx
from anthropic_answers import API, KEY, ok, page, parsed, script
from pydantic import SecretStr

from core.anthropic import platform
from core.anthropic.transport import Client
from core.calendar import Span
from core.money import dollars, from_cents

SPAN = Span(date(2025, 8, 1), date(2025, 9, 1))
BOUNDS = [
    ("starting_at", "2025-08-01T00:00:00Z"),
    ("ending_at", "2025-09-01T00:00:00Z"),
    ("bucket_width", "1d"),
    ("limit", "31"),
]

USAGE = """{"data":[{"starting_at":"2025-08-01T00:00:00Z","ending_at":"2025-08-02T00:00:00Z","results":[
 {"uncached_input_tokens":1500,"cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},
  "cache_read_input_tokens":200,"output_tokens":500,"server_tool_use":{"web_search_requests":10},
  "account_id":"user_01WCz1FkmYMm4gnmykNKUu3Q","api_key_id":"apikey_01Rj2N8SVvo6BePZj99NhmiT",
  "service_account_id":"svac_01Hk3R9TWxq7CfQak00OiVw4","workspace_id":"wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
  "model":"claude-opus-4-6","service_tier":"standard","context_window":"0-200k","inference_geo":"global"}]}],
 "has_more":true,"next_page":"page_MjAyNS0wNS0xNFQwMDowMDowMFo="}"""  # noqa: E501

COST = """{"data":[{"starting_at":"2025-08-01T00:00:00Z","ending_at":"2025-08-02T00:00:00Z","results":[
 {"amount":"123.78912","currency":"USD","cost_type":"tokens","description":"Claude Sonnet 4 Usage - Input Tokens",
  "model":"claude-opus-4-6","token_type":"uncached_input_tokens","service_tier":"standard","context_window":"0-200k",
  "inference_geo":"global","workspace_id":"wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ"}]}],
 "has_more":true,"next_page":"page_MjAyNS0wNS0xNFQwMDowMDowMFo="}"""  # noqa: E501

LIVE_COST_ROW = """{"currency":"USD","amount":"946.6","workspace_id":"wrkspc_x",
 "description":"Claude Sonnet 4.5 Usage - Input Tokens, Cache Write",
 "cost_type":"tokens","context_window":"0-200k","model":"claude-sonnet-4-5-20250929",
 "service_tier":"standard","token_type":"cache_creation.ephemeral_5m_input_tokens"}"""

CODE = """{"data":[{"date":"2025-09-08T00:00:00Z","actor":{"type":"user_actor","email_address":"developer@company.com"},
 "organization_id":"dc9f6c26-b22c-4831-8d01-0446bada88f1","customer_type":"api","terminal_type":"vscode",
 "core_metrics":{"num_sessions":5,"lines_of_code":{"added":1543,"removed":892},"commits_by_claude_code":12,"pull_requests_by_claude_code":2},
 "tool_actions":{"edit_tool":{"accepted":45,"rejected":5},"notebook_edit_tool":{"accepted":3,"rejected":0}},
 "model_breakdown":[{"model":"claude-opus-5","tokens":{"input":100000,"output":35000,"cache_read":10000,"cache_creation":5000},
  "estimated_cost":{"currency":"USD","amount":141}}]}],"has_more":false,"next_page":null}"""  # noqa: E501


def last_page(text):
    """Return a documented answer as the last page of its query."""
    return ok({**parsed(text), "has_more": False, "next_page": None})


@respx.mock(base_url=API, assert_all_called=True)
def test_the_organization_is_read_as_documented(respx_mock):
    respx_mock.get("/v1/organizations/me").respond(
        json={
            "id": "12345678-1234-5678-1234-567812345678",
            "name": "Organization Name",
            "type": "organization",
        }
    )
    with Client(SecretStr(KEY), API) as client:
        found = platform.organization(client)
    assert (found.id, found.name) == ("12345678-1234-5678-1234-567812345678", "Organization Name")
    request = respx_mock.calls.last.request
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.url.query == b""


def test_the_documented_usage_has_2000_tokens_written_or_fresh_and_200_read():
    answers = script(last_page(USAGE))
    (found,) = platform.usage_report(answers.client(), SPAN, ["model", "api_key_id"])
    (bucket,) = found.data
    (row,) = bucket.results
    assert bucket.starting_at == "2025-08-01T00:00:00Z"
    assert (row.uncached_input_tokens, row.cache_read_input_tokens, row.output_tokens) == (
        1500, 200, 500,
    )  # fmt: skip
    assert row.cache_creation is not None
    assert row.server_tool_use is not None
    assert row.cache_creation.ephemeral_5m_input_tokens == 500
    assert row.cache_creation.ephemeral_1h_input_tokens == 1000
    assert row.server_tool_use.web_search_requests == 10
    assert row.requests is None
    assert (row.account_id, row.api_key_id, row.service_account_id, row.workspace_id) == (
        "user_01WCz1FkmYMm4gnmykNKUu3Q",
        "apikey_01Rj2N8SVvo6BePZj99NhmiT",
        "svac_01Hk3R9TWxq7CfQak00OiVw4",
        "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
    )
    assert (row.model, row.service_tier, row.context_window, row.inference_geo, row.speed) == (
        "claude-opus-4-6", "standard", "0-200k", "global", None,
    )  # fmt: skip


def test_usage_is_asked_with_repeated_bracketed_names_and_filters():
    answers = script(page([]))
    dims, filters = ["workspace_id", "model"], [("inference_geos[]", "us")]
    list(platform.usage_report(answers.client(), SPAN, dims, filters))
    assert answers.requests[0].url.path == "/v1/organizations/usage_report/messages"
    assert answers.queries[0] == [
        *BOUNDS,
        ("group_by[]", "workspace_id"),
        ("group_by[]", "model"),
        ("inference_geos[]", "us"),
    ]
    assert answers.requests[0].headers["anthropic-version"] == "2023-06-01"
    assert "anthropic-beta" not in answers.requests[0].headers


def test_speed_needs_the_fast_mode_beta():
    answers = script(page([]))
    list(platform.usage_report(answers.client(), SPAN, ["speed"], fast_mode=True))
    assert answers.requests[0].headers["anthropic-beta"] == "fast-mode-2026-02-01"


def test_the_documented_cost_is_a_dollar_and_twenty_four_cents():
    answers = script(last_page(COST))
    (found,) = platform.cost_report(answers.client(), SPAN, group=True)
    (row,) = found.data[0].results
    assert row.amount == "123.78912"
    assert dollars(from_cents(row.amount)) == "1.2378912"
    assert (row.currency, row.cost_type, row.token_type) == (
        "USD", "tokens", "uncached_input_tokens",
    )  # fmt: skip
    assert row.description == "Claude Sonnet 4 Usage - Input Tokens"
    assert row.list_amount is None
    assert answers.requests[0].url.path == "/v1/organizations/cost_report"
    assert answers.queries[0] == [
        *BOUNDS,
        ("group_by[]", "workspace_id"),
        ("group_by[]", "description"),
    ]


def test_cost_as_one_total_a_day_is_asked_without_groups():
    answers = script(page([]))
    list(platform.cost_report(answers.client(), SPAN, group=False))
    assert answers.queries[0] == BOUNDS


def test_a_row_of_before_inference_geo_existed_has_none():
    bucket = {
        "starting_at": "2025-10-01T00:00:00Z",
        "ending_at": "2025-10-02T00:00:00Z",
        "results": [parsed(LIVE_COST_ROW)],
    }
    (found,) = platform.cost_report(script(page([bucket])).client(), SPAN, group=True)
    (row,) = found.data[0].results
    assert dollars(from_cents(row.amount)) == "9.466"
    assert row.inference_geo is None
    assert row.token_type == "cache_creation.ephemeral_5m_input_tokens"


def test_empty_days_are_buckets_without_rows():
    day = {"starting_at": "2025-08-01T00:00:00Z", "ending_at": "2025-08-02T00:00:00Z"}
    answers = script(page([{**day, "results": []}] * 31))
    (found,) = platform.cost_report(answers.client(), SPAN, group=True)
    assert len(found.data) == 31
    assert all(bucket.results == [] for bucket in found.data)


def test_a_month_is_read_over_several_pages():
    answers = script(ok(parsed(COST)), last_page(COST))
    found = list(platform.cost_report(answers.client(), SPAN, group=True))
    assert len(found) == 2
    assert answers.queries[1][-1] == ("page", "page_MjAyNS0wNS0xNFQwMDowMDowMFo=")


def test_the_documented_claude_code_day():
    answers = script(ok(parsed(CODE)))
    (found,) = platform.claude_code(answers.client(), date(2025, 9, 8))
    (row,) = found.data
    assert answers.requests[0].url.path == "/v1/organizations/usage_report/claude_code"
    assert answers.queries[0] == [("starting_at", "2025-09-08"), ("limit", "1000")]
    assert row.date == "2025-09-08T00:00:00Z"
    assert (row.actor.type, row.actor.email_address) == ("user_actor", "developer@company.com")
    assert (row.customer_type, row.terminal_type) == ("api", "vscode")
    assert (row.subscription_type, row.is_remote) == (None, None)
    assert row.core_metrics.num_sessions == 5
    assert row.core_metrics.lines_of_code.added - row.core_metrics.lines_of_code.removed == 651
    assert row.core_metrics.commits_by_claude_code == 12
    assert row.core_metrics.pull_requests_by_claude_code == 2
    accepted = sum(tool.accepted for tool in row.tool_actions.values())
    rejected = sum(tool.rejected for tool in row.tool_actions.values())
    assert (accepted, rejected) == (48, 5)
    (model,) = row.model_breakdown
    assert (model.tokens.input, model.tokens.output) == (100_000, 35_000)
    assert (model.tokens.cache_read, model.tokens.cache_creation) == (10_000, 5_000)
    # At list price: 100k x $5 + 35k x $25 + 10k x $0.50 + 5k x $6.25, each a million.
    by_hand = Decimal(5) / 10 + Decimal(35) * 25 / 1000 + Decimal(5) / 1000 + Decimal("0.03125")
    assert model.estimated_cost is not None
    assert model.estimated_cost.amount == 141
    assert round(by_hand * 100) == 141


@pytest.mark.parametrize("number", ["141", "141.07", "0.1", "1e2", "0"])
def test_an_estimate_is_read_digit_by_digit(number):
    body = CODE.replace('"amount":141', f'"amount":{number}').encode()
    answers = script(httpx.Response(200, content=body))
    (found,) = platform.claude_code(answers.client(), date(2025, 9, 8))
    estimate = found.data[0].model_breakdown[0].estimated_cost
    assert estimate is not None
    assert estimate.amount == Decimal(number)


def test_a_key_without_ids_and_new_fields_is_an_actor_by_name():
    row = parsed(CODE)["data"][0]
    row |= {
        "actor": {"type": "api_actor", "api_key_name": "ci-key"},
        "subscription_type": "team",
        "is_remote": True,
        "something_new": {"x": 1},
    }
    (found,) = platform.claude_code(script(page([row])).client(), date(2025, 9, 8))
    assert found.data[0].actor.api_key_name == "ci-key"
    assert found.data[0].is_remote is True
