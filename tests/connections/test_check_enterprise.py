"""Every answer that an analytics key can meet, and the finding that it becomes."""

from datetime import date

import httpx
import pytest
from scripted_api import ANALYTICS, CANARY, ROOT, UNTRUSTED, UUID, refusal

REPORTS = [
    f"{ANALYTICS}/{name}"
    for name in ("cost_report", "usage_report", "user_cost_report", "user_usage_report")
]
PLAN = "The analytics API requires an enterprise plan"
GOT_ADMIN = "Missing required scopes. Got: ['api:admin'] Needed: ['read:analytics']"
GOT_OTHER = (
    "Missing required scopes. Got: ['read:compliance_activities'] Needed: ['read:analytics']"
)


def only(result):
    assert not result.ok
    assert result.protocol is None
    (finding,) = result.findings
    assert finding.severity == "error"
    assert finding.title
    assert finding.fix
    assert CANARY not in repr(result)
    return finding


def test_a_good_key_says_what_it_will_answer_and_how_far_back(api):
    result = api.enterprise().check("enterprise", "analytics")
    assert result.ok
    assert [finding.code for finding in result.findings] == ["ok"]
    assert "invoice, per-user, per-product" in result.findings[0].cause
    assert "2026-01-01" in result.findings[0].cause
    assert (result.protocol, result.history_from) == ("unified", date(2026, 1, 1))
    assert (result.organization_id, result.organization_name) == (UUID, "")
    assert {a.question: a.answerable for a in result.answers} == {
        "invoice": True,
        "per-user": True,
        "per-product": True,
        "per-workspace": False,
        "per-api-key": False,
    }


def test_the_organization_is_named_where_the_key_may_ask(api):
    api.enterprise().answers[f"{ROOT}/me"] = {"id": UUID, "name": "Larkspur Ltd"}
    api.organization_id = "org_013FP9SaFPBg7Kw7fetjn6cF"
    result = api.check("enterprise", "analytics")
    assert (result.organization_id, result.organization_name) == (UUID, "Larkspur Ltd")


def test_activity_is_asked_for_a_day_that_is_ready(api):
    api.enterprise().check("enterprise", "analytics")
    asked = {request.url.path: request.url.params for request in api.asked}
    assert asked[f"{ANALYTICS}/users"]["date"] == "2026-11-19"
    assert asked[f"{ANALYTICS}/summaries"]["starting_date"] == "2026-11-19"
    assert not set(REPORTS) & set(asked)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404),
        refusal(400, error_code="organization_not_enrolled_in_beta"),
        refusal(403),
        refusal(403, GOT_OTHER),
    ],
)
@pytest.mark.parametrize("path", [f"{ANALYTICS}/cost", f"{ANALYTICS}/usage"])
def test_where_the_unified_api_refuses_the_reports_are_spoken(api, path, answer):
    api.enterprise().answers[path] = answer
    result = api.check("enterprise", "analytics")
    assert (result.ok, result.protocol, result.settled) == (True, "reports", True)
    assert [(f.code, f.severity) for f in result.findings] == [
        ("ok", "info"),
        ("unified_unavailable", "info"),
    ]
    assert set(REPORTS) <= set(api.paths)


def test_an_outage_of_the_unified_api_leaves_the_protocol_unsettled(api):
    api.enterprise().answers[f"{ANALYTICS}/cost"] = refusal(500)
    result = api.check("enterprise", "analytics")
    assert (result.ok, result.protocol, result.settled) == (True, "reports", False)
    assert result.findings[1].code == "unified_unknown"


def test_an_admin_key_is_not_even_sent(api):
    finding = only(api.platform().enterprise().check("enterprise", "admin"))
    assert finding.code == "key_wrong_kind"
    assert "claude.ai/analytics/api-keys" in finding.fix
    assert "read:analytics" in finding.fix
    assert api.paths == []


@pytest.mark.parametrize(
    ("key", "code"),
    [("analytics", "key_invalid"), ("gateway", "key_invalid"), ("api", "key_wrong_kind")],
)
def test_an_unknown_key_is_told_by_its_shape(api, key, code):
    finding = only(api.everywhere(refusal(401, "invalid x-api-key")).check("enterprise", key))
    assert (finding.code, finding.http_status, finding.request_id) == (code, 401, "req_011C")
    assert "claude.ai/analytics/api-keys" in finding.fix
    assert len(api.paths) == 1


@pytest.mark.parametrize(
    ("key", "message", "code", "words"),
    [
        ("analytics", "", "key_scope_missing", "read:analytics"),
        ("analytics", GOT_OTHER, "key_scope_missing", "read:analytics"),
        ("gateway", "", "key_scope_missing", "read:analytics"),
        ("gateway", GOT_ADMIN, "key_wrong_kind", "Claude Console"),
        ("analytics", GOT_ADMIN, "key_wrong_kind", "Claude Console"),
        ("api", "", "key_wrong_kind", "ordinary API key"),
        ("api", GOT_ADMIN, "key_wrong_kind", "ordinary API key"),
    ],
)
def test_a_forbidden_key_is_told_by_its_scopes_and_shape(api, key, message, code, words):
    finding = only(api.everywhere(refusal(403, message)).check("enterprise", key))
    assert (finding.code, finding.http_status) == (code, 403)
    assert words in finding.title
    assert "read:analytics" in finding.fix


def test_the_scopes_that_a_key_holds_are_named(api):
    finding = only(api.everywhere(refusal(403, GOT_OTHER)).check("enterprise", "analytics"))
    assert "It holds read:compliance_activities." in finding.cause


@pytest.mark.parametrize(
    "answer",
    [refusal(400, PLAN), refusal(400, "No", error_code="organization_type_not_supported")],
)
def test_an_organization_without_the_plan(api, answer):
    finding = only(api.everywhere(answer).check("enterprise", "analytics"))
    assert (finding.code, finding.http_status) == ("plan_not_enterprise", 400)
    assert "Connect the Anthropic Platform instead" in finding.fix


def test_the_plan_is_named_even_where_only_the_reports_say_so(api):
    api.enterprise(unified=False)
    api.answers |= dict.fromkeys(REPORTS, refusal(400, PLAN))
    assert only(api.check("enterprise", "analytics")).code == "plan_not_enterprise"


def test_analytics_that_anthropic_has_not_enabled(api):
    finding = only(api.everywhere(refusal(404, "Not found")).check("enterprise", "analytics"))
    assert (finding.code, finding.http_status) == ("analytics_not_enabled", 404)
    assert "Contact Anthropic Support" in finding.fix
    assert "account team" in finding.fix
    assert "public API access" in finding.fix


def test_scopes_by_name_say_more_than_a_mere_not_found(api):
    api.enterprise(unified=False)
    api.answers |= dict.fromkeys(REPORTS, refusal(404))
    api.answers[f"{ANALYTICS}/cost"] = refusal(403, GOT_OTHER)
    assert only(api.check("enterprise", "analytics")).code == "key_scope_missing"
    api.answers[f"{ANALYTICS}/cost"] = refusal(403)
    assert only(api.check("enterprise", "analytics")).code == "analytics_not_enabled"


@pytest.mark.parametrize("path", REPORTS)
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "key_scope_missing"), (404, "analytics_not_enabled"), (529, "service_unavailable")],
)
def test_the_reports_answer_all_or_not_at_all(api, path, status, code):
    api.enterprise(unified=False).answers[path] = refusal(status)
    assert only(api.check("enterprise", "analytics")).code == code


@pytest.mark.parametrize("key", ["api", "oauth", "gateway"])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_console_key_that_the_unified_api_answers_is_not_taken_for_enterprise(api, key, status):
    api.platform()
    api.answers |= dict.fromkeys(
        [f"{ANALYTICS}/users", f"{ANALYTICS}/summaries", *REPORTS], refusal(status)
    )
    finding = only(api.check("enterprise", key))
    assert (finding.code, finding.http_status) == ("key_wrong_kind", status)
    assert "claude.ai/analytics/api-keys" in finding.fix


def test_a_console_key_of_an_organization_without_the_plan_is_told_so(api):
    api.platform().answers |= dict.fromkeys(REPORTS, refusal(400, PLAN))
    assert only(api.check("enterprise", "gateway")).code == "plan_not_enterprise"


def test_whether_it_is_a_console_key_is_not_judged_during_an_outage(api):
    api.platform().answers |= dict.fromkeys(REPORTS, refusal(529))
    assert only(api.check("enterprise", "gateway")).code == "service_unavailable"


@pytest.mark.parametrize("key", ["api", "oauth", "gateway"])
def test_an_unusual_key_that_opens_the_analytics_endpoints_is_accepted(api, key):
    result = api.enterprise().check("enterprise", key)
    assert result.ok
    assert [f.code for f in result.findings] == ["ok", "key_unusual"]


@pytest.mark.parametrize(
    ("path", "code", "severity"),
    [
        (f"{ANALYTICS}/users", "activity_unavailable", "warning"),
        (f"{ANALYTICS}/summaries", "seats_unavailable", "warning"),
        (f"{ROOT}/rbac_groups", "groups_unavailable", "info"),
        (f"{ROOT}/users", "members_unavailable", "info"),
        (f"{ROOT}/spend_limits/effective", "spend_limits_unavailable", "info"),
    ],
)
def test_what_the_sync_can_do_without_is_no_fault(api, path, code, severity):
    api.enterprise().answers[path] = refusal(403)
    result = api.check("enterprise", "analytics")
    assert result.ok
    assert [(f.code, f.severity) for f in result.findings[1:]] == [(code, severity)]


def test_an_analytics_key_without_activity_is_still_an_enterprise_key(api):
    api.enterprise().answers |= dict.fromkeys(
        [f"{ANALYTICS}/users", f"{ANALYTICS}/summaries"], refusal(404)
    )
    result = api.check("enterprise", "analytics")
    assert [f.code for f in result.findings] == ["ok", "activity_unavailable", "seats_unavailable"]


def test_a_key_of_another_organization_than_the_connections(api):
    api.enterprise()
    assert api.check("enterprise", "analytics", UUID).ok
    assert api.check("enterprise", "analytics", "org_of_another_form").ok
    other = "00000000-0000-4000-8000-000000000000"
    finding = only(api.check("enterprise", "analytics", other))
    assert finding.code == "organization_mismatch"
    assert UUID in finding.title


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(429), "rate_limited"),
        (refusal(500), "service_unavailable"),
        (httpx.Response(504, text="<html>"), "service_unavailable"),
        (httpx.ConnectTimeout("timed out"), "network_unreachable"),
        (UNTRUSTED, "network_unreachable"),
        (httpx.Response(200, text="<html>Sign in"), "unexpected_response"),
        (httpx.Response(307, headers={"location": "https://x.example"}), "unexpected_response"),
        (httpx.Response(200, json={"rows": []}), "unexpected_response"),
        (refusal(400, "Something new"), "unexpected_response"),
    ],
)
def test_what_says_nothing_of_the_key_is_called_by_its_name(api, answer, code):
    assert only(api.everywhere(answer).check("enterprise", "analytics")).code == code


def test_after_a_rate_limit_nothing_more_is_asked(api):
    api.everywhere(refusal(429)).check("enterprise", "analytics")
    assert len(api.paths) == 1


def test_an_endpoint_that_fails_on_its_side_is_asked_twice(api):
    api.everywhere(refusal(500)).check("platform", "admin")
    assert len(api.paths) == 2
