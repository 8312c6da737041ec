"""Every error that the API documents, and those that only clients have seen, as its own class."""

import json

import httpx
import pytest
import respx
from anthropic_answers import API, KEY, REQUEST_ID, refusal, script
from pydantic import SecretStr

from core.anthropic import platform
from core.anthropic.envelope import read
from core.anthropic.statuses import (
    BillingProblem,
    NotFound,
    Refused,
    ScopeMissing,
    error_for,
    scopes,
)
from core.anthropic.transport import Client
from core.errors import (
    CursorExpired,
    FixConnection,
    KeyInvalid,
    KeyScopeMissing,
    NotUnderstood,
    PlanNotEnterprise,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    UnexpectedResponse,
)

PATH = "/v1/organizations/analytics/cost_report"

DOCUMENTED = [
    (400, "invalid_request_error", "Invalid date range: ending date must be after starting date",
     "", Refused, "request_refused"),
    (400, "invalid_request_error", "Cannot specify more than 5 group_by[] dimensions.",
     "", Refused, "request_refused"),
    (400, "invalid_request_error", "anthropic-version: header is required",
     "", Refused, "request_refused"),
    (400, "invalid_request_error", 'limit must be at most 31 for bucket_width="1d"',
     "", Refused, "request_refused"),
    (400, "invalid_request_error", "…", "organization_not_enrolled_in_beta",
     Refused, "request_refused"),
    (400, "invalid_request_error", "…", "organization_on_hold", Refused, "request_refused"),
    (400, "invalid_request_error", "The analytics API requires an enterprise plan",
     "", PlanNotEnterprise, "plan_not_enterprise"),
    (400, "invalid_request_error", "…", "organization_type_not_supported",
     PlanNotEnterprise, "plan_not_enterprise"),
    (401, "authentication_error", "x-api-key header is required", "", KeyInvalid, "key_invalid"),
    (401, "authentication_error", "invalid x-api-key", "", KeyInvalid, "key_invalid"),
    (401, "authentication_error", "Invalid bearer token", "", KeyInvalid, "key_invalid"),
    (402, "billing_error", "…", "", BillingProblem, "billing_problem"),
    (403, "permission_error", "Missing required scopes. Got: [] Needed: ['read:analytics']",
     "", ScopeMissing, "key_scope_missing"),
    (403, "permission_error", "OAuth token does not meet scope requirement any_of(org:admin)",
     "", ScopeMissing, "key_scope_missing"),
    (403, "permission_error", "…", "api_key_scope_missing", ScopeMissing, "key_scope_missing"),
    (403, "permission_error", "…", "organization_level_scoped_api_key_required",
     ScopeMissing, "key_scope_missing"),
    (404, "not_found_error", "Not found", "", NotFound, "not_found"),
    (408, "timeout_error", "…", "", ServiceUnavailable, "service_unavailable"),
    (409, "conflict_error", "…", "", ServiceUnavailable, "service_unavailable"),
    (410, "gone_error", "The cursor has expired", "", CursorExpired, "cursor_expired"),
    (413, "request_too_large", "…", "", UnexpectedResponse, "unexpected_response"),
    (429, "rate_limit_error", "…", "", RateLimited, "rate_limited"),
    (500, "api_error", "Internal server error", "", ServiceUnavailable, "service_unavailable"),
    (504, "timeout_error", "…", "", ServiceUnavailable, "service_unavailable"),
    (529, "overloaded_error", "Overloaded", "", ServiceUnavailable, "service_unavailable"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "message", "code", "expected", "word"), DOCUMENTED)
def test_each_documented_error_has_its_class(status, kind, message, code, expected, word):
    answer = refusal(status, kind, message, code)
    with respx.mock(base_url=API) as api, Client(SecretStr(KEY), API, attempts=1) as client:
        api.get("/v1/organizations/me").mock(return_value=answer)
        with pytest.raises(expected) as caught:
            platform.organization(client)
    error = caught.value
    assert type(error) is expected
    assert (error.code, error.http_status, error.request_id) == (word, status, REQUEST_ID)
    assert "/v1/organizations/me" in error.cause
    assert f"answered {status} (request {REQUEST_ID})" in error.cause
    assert error.title
    assert error.fix
    if message != "…":
        assert message in error.cause
    finding = error.finding()
    assert (finding.code, finding.http_status, finding.request_id) == (word, status, REQUEST_ID)


def test_the_branches_say_what_a_caller_should_do():
    assert issubclass(ScopeMissing, KeyScopeMissing)
    assert issubclass(Refused, RequestRefused)
    assert issubclass(BillingProblem, FixConnection)
    assert issubclass(NotFound, NotUnderstood)


def test_a_refusal_keeps_the_servers_own_words_and_code():
    error = error_for(400, refusal(400, "x", "Too far back", "some_code").content, PATH)
    assert isinstance(error, Refused)
    assert (error.api_message, error.error_code) == ("Too far back", "some_code")


def test_the_inner_object_alone_is_read_like_the_whole_envelope():
    body = b'{"type":"authentication_error","message":"The API key provided is invalid"}'
    error = error_for(401, body, PATH, "req_1")
    assert isinstance(error, KeyInvalid)
    assert "The API key provided is invalid" in error.cause
    assert error.request_id == "req_1"


def test_the_documented_429_of_the_sibling_api_needs_no_outer_type():
    body = b'{"error":{"type":"rate_limit_error","message":"Slow down"}}'
    assert "Slow down" in error_for(429, body, PATH).cause


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'"x"', b'{"error":null}', b'{"error":"words"}',
             b'{"error":{"type":7,"message":["x"],"details":"x"}}', b"[" * 100_000]
)  # fmt: skip
def test_no_body_can_break_the_reading_of_an_error(body):
    error = error_for(500, body, PATH)
    assert isinstance(error, ServiceUnavailable)
    assert PATH in error.cause


HTML = b"\n<!DOCTYPE html><html><title>Sign in</title></html>"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413])
def test_a_web_page_with_a_refusals_status_is_a_proxy_and_not_a_verdict_on_the_key(status):
    error = error_for(status, HTML, PATH)
    assert isinstance(error, UnexpectedResponse)
    assert "proxy or sign-in page" in error.cause
    assert error.http_status == status


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_plain_text_with_a_refusals_status_is_no_verdict_either(status):
    error = error_for(status, b"Forbidden", PATH)
    assert type(error) is UnexpectedResponse
    assert "no JSON" in error.cause


@pytest.mark.parametrize("status", [500, 502, 503, 520, 529])
def test_a_gateways_error_page_is_an_outage(status):
    assert isinstance(error_for(status, HTML, PATH), ServiceUnavailable)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (410, CursorExpired)])
def test_some_statuses_mean_the_same_whatever_the_body(status, kind):
    assert isinstance(error_for(status, HTML, PATH), kind)


@pytest.mark.parametrize("status", [300, 304, 307])
def test_a_redirect_with_a_json_body_is_still_a_redirect(status):
    error = error_for(status, b'{"type":"error"}', PATH)
    assert isinstance(error, UnexpectedResponse)
    assert "redirects are not followed" in error.cause


@pytest.mark.parametrize(
    ("message", "held", "needed"),
    [
        (
            "Missing required scopes. Got: ['read:compliance_activities'] "
            "Needed: ['read:analytics']",
            ("read:compliance_activities",),
            ("read:analytics",),
        ),
        ('Got: ["a", "b"]\nNeeded: ["c", "d"]', ("a", "b"), ("c", "d")),
        ("Got: [] Needed: [read:analytics]", (), ("read:analytics",)),
        ("You may not", (), ()),
        ("", (), ()),
    ],
)
def test_scopes_are_read_from_the_message(message, held, needed):
    assert scopes(message) == (held, needed)


def test_a_missing_scope_names_what_the_new_key_must_have():
    message = "Missing required scopes. Got: ['read:members'] Needed: ['read:analytics']"
    error = error_for(403, refusal(403, "permission_error", message).content, PATH)
    assert isinstance(error, ScopeMissing)
    assert error.scopes_held == ("read:members",)
    assert error.scopes_needed == ("read:analytics",)
    assert "the scope read:analytics" in error.fix


def test_a_servers_message_is_shortened_and_holds_no_key_and_no_query():
    said = f"Bad {KEY} at https://api.anthropic.com/v1/x?page=secret " + "x" * 5000
    body = json.dumps({"error": {"type": "invalid_request_error", "message": said}}).encode()
    envelope = read(body)
    assert "CANARY" not in envelope.message
    assert "secret" not in envelope.message
    assert len(envelope.message) == 300


def test_a_cause_is_one_line():
    body = json.dumps({"error": {"message": "two\n\n  lines\t"}}).encode()
    assert read(body).message == "two lines"


def test_the_path_is_named_without_its_query():
    answers = script(refusal(400, "invalid_request_error", "no"))
    with pytest.raises(Refused) as caught:
        answers.client().get(PATH, [("page", "page_secret")], version="2023-06-01")
    assert "page_secret" not in str(caught.value)
    assert PATH in str(caught.value)


def test_a_request_id_comes_from_the_header_before_the_body():
    answer = httpx.Response(400, json={"request_id": "req_body"}, headers={"request-id": "req_h"})
    with pytest.raises(Refused) as caught:
        script(answer).client().get(PATH, (), version="2023-06-01")
    assert caught.value.request_id == "req_h"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Not found", "Anthropic said: Not found. GET /v1/x answered 404."),
        ("Try later!", "Anthropic said: Try later! GET /v1/x answered 404."),
        ("", "GET /v1/x answered 404."),
    ],
)
def test_what_anthropic_said_is_a_sentence_of_its_own(message, cause):
    body = json.dumps({"error": {"type": "not_found_error", "message": message}}).encode()
    assert error_for(404, body, "/v1/x").finding().cause.endswith(cause)
