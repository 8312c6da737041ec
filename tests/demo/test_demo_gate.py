"""Keys, versions, scopes, plans: who is let in, and in which words the others are refused."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from core.demo import (
    ANALYTICS_KEY,
    COMPLIANCE_KEY,
    OAUTH_TOKEN,
    ORDINARY_KEY,
    PLATFORM_KEY,
    Organisation,
    Server,
)

Get = Callable[..., httpx.Response]
VERSION = {"anthropic-version": "2023-06-01"}
COST = ("/analytics/cost", {"starting_at": "2026-11-01T00:00:00Z"})
SUMMARIES = ("/analytics/summaries", {"starting_date": "2026-11-01"})
BILL = ("/cost_report", {"starting_at": "2026-11-01T00:00:00Z"})


def _error(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["type"] == "error"
    assert body["request_id"] == answer.headers["request-id"]
    return answer.status_code, body["error"]["type"], body["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "status", "kind", "message"),
    [
        (VERSION, 401, "authentication_error", "x-api-key header is required"),
        (VERSION | {"x-api-key": "sk-ant-admin01-no"}, 401, "authentication_error",
         "invalid x-api-key"),
        (VERSION | {"authorization": "Bearer nobody"}, 401, "authentication_error",
         "Invalid bearer token"),
        (VERSION | {"authorization": f"Basic {PLATFORM_KEY}"}, 401, "authentication_error",
         "Invalid bearer token"),
        (VERSION | {"x-api-key": OAUTH_TOKEN}, 401, "authentication_error", "invalid x-api-key"),
        (VERSION | {"x-api-key": PLATFORM_KEY, "authorization": f"Bearer {PLATFORM_KEY}"}, 400,
         "invalid_request_error", "Send either x-api-key or Authorization, not both."),
        ({"x-api-key": PLATFORM_KEY}, 400, "invalid_request_error",
         "anthropic-version: header is required"),
        ({"x-api-key": PLATFORM_KEY, "anthropic-version": "2024-01-01"}, 400,
         "invalid_request_error", "anthropic-version: '2024-01-01' is not a valid version"),
    ],
)  # fmt: skip
def test_a_request_needs_one_known_key_and_a_version(
    server: Server, headers: dict[str, str], status: int, kind: str, message: str
) -> None:
    answer = httpx.get(server.base_url + "/v1/organizations/me", headers=headers)
    assert _error(answer) == (status, kind, message)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": PLATFORM_KEY},
        {"authorization": f"Bearer {PLATFORM_KEY}"},
        {"authorization": f"bearer {OAUTH_TOKEN}"},
    ],
)
def test_a_key_may_come_either_way(
    server: Server, company: Organisation, headers: dict[str, str]
) -> None:
    answer = httpx.get(server.base_url + "/v1/organizations/me", headers=VERSION | headers)
    assert answer.json() == {
        "id": company.platform_id,
        "name": "Larkspur Commerce",
        "type": "organization",
    }
    assert answer.headers["anthropic-organization-id"] == company.platform_id


@pytest.mark.parametrize(
    ("key", "path", "message"),
    [
        (PLATFORM_KEY, SUMMARIES,
         "Missing required scopes. Got: ['api:admin'] Needed: ['read:analytics']"),
        (PLATFORM_KEY, ("/rbac_groups", {}),
         "Missing required scopes. Got: ['api:admin'] Needed: ['read:rbac_groups']"),
        (PLATFORM_KEY, ("/service_accounts", {}),
         "Missing required scopes. Got: ['api:admin'] Needed: ['org:admin']"),
        (ANALYTICS_KEY, BILL, "Needed: ['api:admin']"),
        (ANALYTICS_KEY, ("/me", {}), "Needed: ['api:admin']"),
        (COMPLIANCE_KEY, SUMMARIES,
         "Missing required scopes. Got: ['read:compliance_activities'] Needed: ['read:analytics']"),
        (COMPLIANCE_KEY, COST, "Needed: ['read:analytics', 'api:admin']"),
    ],
)  # fmt: skip
def test_a_key_without_the_scope_is_told_what_it_holds_and_needs(
    get: Get, key: str, path: tuple[str, dict[str, Any]], message: str
) -> None:
    status, kind, text = _error(get(*path, key=key))
    assert (status, kind) == (403, "permission_error")
    assert text.endswith(message)


def test_an_analytics_key_may_hold_fewer_scopes(get: Get, server: Server) -> None:
    server.behaviour.analytics_scopes = ("read:analytics",)
    assert get(*SUMMARIES, key=ANALYTICS_KEY).status_code == 200
    assert get("/users", key=ANALYTICS_KEY).status_code == 403
    server.behaviour.analytics_scopes = ("read:members",)
    assert get(*SUMMARIES, key=ANALYTICS_KEY).status_code == 403


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "authentication_error"), (403, "permission_error")]
)
def test_an_ordinary_key_reads_nothing(get: Get, server: Server, status: Any, kind: str) -> None:
    server.behaviour.ordinary_key_status = status
    for path in (("/me", {}), BILL, COST, SUMMARIES):
        assert _error(get(*path, key=ORDINARY_KEY))[:2] == (status, kind)


def test_an_individual_account_has_no_admin_api(get: Get, server: Server) -> None:
    server.behaviour.organization_kind = "individual"
    assert _error(get("/me"))[:2] == (404, "not_found_error")
    assert _error(get(*COST))[:2] == (404, "not_found_error")


def test_analytics_needs_the_enterprise_plan(get: Get, server: Server) -> None:
    server.behaviour.enterprise_plan = False
    for path in (SUMMARIES, COST):
        assert _error(get(*path, key=ANALYTICS_KEY)) == (
            400, "invalid_request_error", "The analytics API requires an enterprise plan",
        )  # fmt: skip
    answer = get("/spend_limits/effective", key=ANALYTICS_KEY).json()
    assert answer["error"]["details"] == {"error_code": "organization_type_not_supported"}
    assert get(*COST).status_code == 200


def test_analytics_must_be_switched_on(get: Get, server: Server) -> None:
    server.behaviour.analytics_enabled = False
    assert _error(get(*SUMMARIES, key=ANALYTICS_KEY))[:2] == (404, "not_found_error")
    assert _error(get(*COST, key=ANALYTICS_KEY))[:2] == (404, "not_found_error")
    assert get("/users", key=ANALYTICS_KEY).status_code == 200


@pytest.mark.parametrize("key", [PLATFORM_KEY, ANALYTICS_KEY])
@pytest.mark.parametrize("path", ["/analytics/cost", "/analytics/usage"])
def test_the_unified_api_needs_its_beta_header(get: Get, key: str, path: str) -> None:
    params = {"starting_at": "2026-11-01T00:00:00Z"}
    assert get(path, params, key=key, beta="").status_code == 400
    named = "files-api-2025-04-14, analytics-usage-cost-2026-08-24"
    assert get(path, params, key=key, beta=named).status_code == 200


def test_a_side_may_be_without_the_unified_api(get: Get, server: Server) -> None:
    server.behaviour.platform_unified = False
    answer = get(*COST)
    assert _error(answer)[:2] == (400, "invalid_request_error")
    code = {"error_code": "organization_not_enrolled_in_beta"}
    assert answer.json()["error"]["details"] == code
    assert get(*COST, key=ANALYTICS_KEY).status_code == 200
    server.behaviour.enterprise_unified = False
    for status in (403, 404):
        server.behaviour.unified_refusal = status
        assert get(*COST, key=ANALYTICS_KEY).status_code == status
    assert get(*SUMMARIES, key=ANALYTICS_KEY).status_code == 200


def test_other_paths_and_methods_are_not_there(get: Get, server: Server) -> None:
    assert _error(get("/invoices"))[:2] == (404, "not_found_error")
    assert _error(get("/analytics/cost/2026"))[:2] == (404, "not_found_error")
    answer = httpx.post(server.base_url + "/v1/organizations/cost_report")
    assert answer.status_code == 405
