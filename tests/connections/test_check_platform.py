"""Every answer that an Admin key can meet, and the finding that it becomes."""

from datetime import date
from functools import partial

import httpx
import pytest
from scripted_api import ANALYTICS, CANARY, KEYS, ROOT, UNTRUSTED, UUID, refusal

from core.connections import checks

ME = f"{ROOT}/me"
COST = f"{ROOT}/cost_report"
HTML = httpx.Response(200, text="<html><body>Please sign in</body></html>")
SCOPES = "Missing required scopes. Got: ['read:analytics'] Needed: ['api:admin']"


def only(result):
    assert not result.ok
    assert result.protocol is None
    assert [answer.answerable for answer in result.answers] == [False] * 5
    (finding,) = result.findings
    assert finding.severity == "error"
    assert finding.title
    assert finding.fix
    assert CANARY not in repr(result)
    return finding


def test_a_good_key_says_what_it_will_answer_and_how_far_back(api):
    result = api.platform().check("platform", "admin", UUID)
    assert result.ok
    assert [finding.code for finding in result.findings] == ["ok"]
    assert "Larkspur Ltd" in result.findings[0].title
    assert "per-workspace, per-api-key" in result.findings[0].cause
    assert (result.protocol, result.settled) == ("unified", True)
    assert result.history_from == date(2025, 11, 23)
    assert (result.organization_id, result.organization_name) == (UUID, "Larkspur Ltd")
    assert {a.question: a.answerable for a in result.answers} == {
        "invoice": False,
        "per-user": False,
        "per-product": False,
        "per-workspace": True,
        "per-api-key": True,
    }
    by_key = result.answers[4].why
    assert "As billed" in by_key


def test_a_check_asks_each_endpoint_once_and_for_little(api):
    api.platform().check("platform", "admin", UUID)
    assert sorted(api.paths) == sorted(api.answers)
    cost = next(r for r in api.asked if r.url.path == COST)
    assert cost.url.params["starting_at"] == "2026-11-21T00:00:00Z"
    assert cost.url.params["ending_at"] == "2026-11-23T00:00:00Z"
    assert cost.headers["x-api-key"].endswith(CANARY)
    assert "authorization" not in cost.headers
    assert all(CANARY not in str(request.url) for request in api.asked)


def test_without_the_unified_api_the_reports_are_spoken(api):
    api.platform(unified=False)
    api.answers[f"{ANALYTICS}/cost"] = refusal(400, error_code="organization_not_enrolled_in_beta")
    result = api.check("platform", "admin", UUID)
    assert (result.ok, result.protocol, result.settled) == (True, "reports", True)
    assert [f.code for f in result.findings] == ["ok", "unified_unavailable"]
    assert [f.severity for f in result.findings] == ["info", "info"]
    assert result.history_from == date(2025, 11, 23)
    assert "Allocated" in result.answers[4].why


def test_an_outage_of_the_unified_api_leaves_the_protocol_unsettled(api):
    api.platform().answers[f"{ANALYTICS}/usage"] = refusal(529)
    result = api.check("platform", "admin", UUID)
    assert (result.ok, result.protocol, result.settled) == (True, "reports", False)
    assert [f.code for f in result.findings] == ["ok", "unified_unknown"]


@pytest.mark.parametrize("status", [400, 404])
def test_where_only_the_unified_api_answers_history_is_shorter(api, status):
    api.platform().answers[COST] = refusal(status)
    result = api.check("platform", "admin", UUID)
    assert (result.ok, result.protocol) == (True, "unified")
    assert result.history_from == date(2026, 1, 1)
    assert [f.code for f in result.findings] == ["ok", "reports_unavailable"]
    assert "2026-01-01" in result.findings[1].title


@pytest.mark.parametrize(
    ("key", "code", "fix"),
    [
        ("admin", "key_invalid", "platform.claude.com"),
        ("gateway", "key_invalid", "platform.claude.com"),
        ("analytics", "key_wrong_kind", "belongs in an Enterprise connection"),
        ("api", "key_wrong_kind", "sk-ant-admin01-"),
    ],
)
def test_an_unknown_key_is_told_by_its_shape(api, key, code, fix):
    api.everywhere(refusal(401, "invalid x-api-key"))
    finding = only(api.check("platform", key, UUID))
    assert (finding.code, finding.http_status, finding.request_id) == (code, 401, "req_011C")
    assert fix in finding.fix
    assert "invalid x-api-key" in finding.cause
    assert "revoked" in finding.cause
    assert api.paths == [ME]


@pytest.mark.parametrize(
    ("key", "message", "code", "words"),
    [
        ("admin", "", "key_scope_missing", "access to the Admin API"),
        ("gateway", "Got: ['x'] Needed: ['api:admin']", "key_scope_missing", "api:admin"),
        ("oauth", "OAuth token does not meet scope requirement any_of(org:admin)",
         "key_scope_missing", "org:admin"),
        ("api", "", "key_wrong_kind", "ordinary API key"),
        ("analytics", "", "key_wrong_kind", "Enterprise plan"),
        ("gateway", SCOPES, "key_wrong_kind", "Enterprise plan"),
        ("admin", "Got: ['read:compliance_activities'] Needed: ['api:admin']",
         "key_wrong_kind", "Enterprise plan"),
    ],
)  # fmt: skip
def test_a_forbidden_key_is_told_by_its_scopes_and_shape(api, key, message, code, words):
    api.everywhere(refusal(403, message))
    finding = only(api.check("platform", key, UUID))
    assert (finding.code, finding.http_status) == (code, 403)
    assert words in finding.title
    assert "platform.claude.com" in finding.fix


def test_an_account_without_an_organization_has_no_admin_api(api):
    finding = only(api.everywhere(refusal(404)).check("platform", "admin", UUID))
    assert (finding.code, finding.http_status) == ("individual_account", 404)
    assert "Free, Pro and Max" in finding.cause
    assert "Set up an organization" in finding.fix


def test_an_unsupported_kind_of_organization_is_an_individual_account(api):
    answer = refusal(400, error_code="organization_type_not_supported")
    assert only(api.everywhere(answer).check("platform", "admin")).code == "individual_account"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_analytics_key_is_found_out_even_where_the_unified_api_answers_it(api, status):
    api.platform().answers[COST] = refusal(status)
    finding = only(api.check("platform", "analytics", UUID))
    assert (finding.code, finding.http_status) == ("key_wrong_kind", status)
    assert "sk-ant-admin01-" in finding.fix


def test_an_analytics_key_of_unusual_shape_is_found_out_by_its_scopes(api):
    api.platform().answers[COST] = refusal(403, SCOPES)
    assert only(api.check("platform", "gateway", UUID)).code == "key_wrong_kind"


@pytest.mark.parametrize("entered", [UUID, UUID.upper(), f" {UUID} ", UUID.replace("-", ""), ""])
def test_the_organization_id_is_compared_by_what_it_means(api, entered):
    result = api.platform().check("platform", "admin", entered)
    assert [finding.code for finding in result.findings] == ["ok"]


def test_an_organization_id_of_either_form_is_known_from_the_header(api):
    api.organization_id = "org_013FP9SaFPBg7Kw7fetjn6cF"
    api.platform()
    assert [f.code for f in api.check("platform", "admin", api.organization_id).findings] == ["ok"]
    assert api.check("platform", "admin", UUID).ok
    assert only(api.check("platform", "admin", "org_other")).code == "organization_mismatch"


def test_an_organization_id_that_cannot_be_compared_is_noted(api):
    result = api.platform().check("platform", "admin", "org_013FP9SaFPBg7Kw7fetjn6cF")
    assert [f.code for f in result.findings] == ["ok", "organization_unconfirmed"]
    assert result.organization_id == UUID


@pytest.mark.parametrize("entered", ["00000000-0000-4000-8000-000000000000", "Larkspur Ltd"])
def test_a_wrong_organization_id_names_the_one_that_the_key_belongs_to(api, entered):
    finding = only(api.platform().check("platform", "admin", entered))
    assert finding.code == "organization_mismatch"
    assert f"Larkspur Ltd ({UUID})" in finding.title
    assert entered in finding.cause
    assert UUID in finding.fix
    assert api.paths == [ME]


def test_the_id_of_a_workspace_is_recognised(api):
    finding = only(api.platform().check("platform", "admin", "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ"))
    assert "ID of a workspace" in finding.cause


@pytest.mark.parametrize(
    ("key", "status", "code", "words"),
    [
        ("admin", 403, "key_scope_missing", "lacks"),
        ("api", 403, "key_scope_missing", "lacks"),
        ("admin", 401, "key_invalid", "does not accept"),
        ("admin", 404, "unexpected_response", "does not offer its cost report"),
        ("admin", 400, "unexpected_response", "refused the request"),
    ],
)
def test_refused_reports_of_a_known_key_have_their_own_reason(api, key, status, code, words):
    api.platform(unified=False).answers[COST] = refusal(status)
    finding = only(api.check("platform", key, UUID))
    assert (finding.code, finding.http_status) == (code, status)
    assert words in finding.title


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("usage_report/claude_code", "claude_code_unavailable", "Lines, commits"),
        ("workspaces", "workspaces_unavailable", "shown by their ids"),
        ("api_keys", "api_keys_unavailable", "shown by their ids"),
        ("users", "users_unavailable", "shown by their ids"),
    ],
)
def test_an_optional_endpoint_is_a_warning_that_says_what_will_be_missing(api, path, code, words):
    api.platform().answers[f"{ROOT}/{path}"] = refusal(403)
    result = api.check("platform", "admin", UUID)
    assert result.ok
    assert [f.code for f in result.findings] == ["ok", code]
    warning = result.findings[1]
    assert (warning.severity, warning.http_status) == ("warning", 403)
    assert words in warning.title


def test_a_rate_limit_among_the_optional_endpoints_ends_the_asking(api):
    api.platform().answers[f"{ROOT}/usage_report/claude_code"] = refusal(429)
    result = api.check("platform", "admin", UUID)
    assert result.ok
    assert len(result.findings) == 5
    assert f"{ROOT}/workspaces" not in api.paths
    assert all("Check again later" in f.fix for f in result.findings[1:])


def test_a_check_waits_a_few_seconds_as_told_and_no_longer(api, monkeypatch):
    api.everywhere(httpx.Response(429, headers={"retry-after": "2"}))
    waits = []
    scripted = {"transport": httpx.MockTransport(api.answer), "sleep": waits.append}
    monkeypatch.setattr(checks, "Client", partial(checks.Client, **scripted))
    result = checks.check("platform", KEYS["admin"], api.settings)
    assert only(result).code == "rate_limited"
    assert waits == [2.0, 2.0]  # a third one would come to six seconds, and five are borne


@pytest.mark.parametrize("key", ["api", "oauth", "gateway"])
def test_an_unusual_key_that_works_is_accepted_and_noted(api, key):
    result = api.platform().check("platform", key, UUID)
    assert result.ok
    assert [f.code for f in result.findings] == ["ok", "key_unusual"]
    bearer = api.asked[0].headers.get("authorization", "")
    assert bearer.startswith("Bearer ") is (key == "oauth")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(429), "rate_limited"),
        (httpx.Response(429, headers={"retry-after": "3600"}), "rate_limited"),
        (refusal(500), "service_unavailable"),
        (refusal(529), "service_unavailable"),
        (httpx.Response(503, headers={"retry-after": "60"}), "service_unavailable"),
        (httpx.Response(502, text="<html>Bad gateway</html>"), "service_unavailable"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "network_unreachable"),
        (httpx.ConnectTimeout("timed out"), "network_unreachable"),
        (httpx.ReadTimeout("timed out"), "network_unreachable"),
        (UNTRUSTED, "network_unreachable"),
        (HTML, "unexpected_response"),
        (httpx.Response(403, text="<!DOCTYPE html><p>Blocked"), "unexpected_response"),
        (httpx.Response(302, headers={"location": "https://login.example"}), "unexpected_response"),
        (httpx.Response(200, text='{"id": "1234'), "service_unavailable"),
        (httpx.Response(200, json={"surprise": True}), "unexpected_response"),
        (httpx.Response(418, text="teapot"), "unexpected_response"),
    ],
)
@pytest.mark.parametrize("path", [ME, COST])
def test_what_says_nothing_of_the_key_is_called_by_its_name(api, answer, code, path):
    api.platform().answers[path] = answer
    finding = only(api.check("platform", "admin", UUID))
    assert finding.code == code


def test_passing_troubles_are_inconclusive_and_verdicts_are_not(api):
    assert api.everywhere(refusal(529)).check("platform", "admin").inconclusive
    assert not api.everywhere(refusal(401)).check("platform", "admin").inconclusive
    assert not api.platform().check("platform", "admin").inconclusive


def test_a_failed_certificate_names_the_remedy(api):
    api.everywhere(UNTRUSTED)
    assert "SSL_CERT_FILE" in only(api.check("platform", "admin")).fix


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "key_missing"),
        (None, "key_missing"),
        ("sk-ant-admin01-R2D...igAA", "key_malformed"),
        ("sk-ant-admin01-abc def", "key_malformed"),
        ("sk-proj-abcdefghijklmnopqrstuvwxyz", "key_malformed"),
        ("refresh", "key_wrong_kind"),
    ],
)
@pytest.mark.parametrize("kind", ["platform", "enterprise"])
def test_what_cannot_be_sent_is_not_sent(api, kind, pasted, code):
    assert only(api.platform().enterprise().check(kind, pasted)).code == code
    assert api.paths == []


def test_pasted_surroundings_are_not_sent(api):
    assert api.platform().check("platform", f' x-api-key: "sk-ant-admin01-{CANARY}"\n').ok
    assert api.asked[0].headers["x-api-key"] == f"sk-ant-admin01-{CANARY}"


@pytest.mark.parametrize("key", ["admin", "gateway"])
@pytest.mark.parametrize("path", [ME, COST, f"{ROOT}/workspaces"])
def test_a_server_that_quotes_the_key_does_not_get_it_shown(api, key, path):
    api.platform().answers[path] = refusal(403, f"No entry for the key {KEYS[key]}, sorry")
    result = api.check("platform", key, UUID)
    assert any("sorry" in finding.cause for finding in result.findings)
    assert CANARY not in repr(result)
