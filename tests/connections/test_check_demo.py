"""Checks against the simulated API: its keys, its refusals, over a real loopback connection."""

import pytest

from core import demo
from core.connections.checks import check
from core.demo import credentials
from core.demo.behaviour import Behaviour
from core.settings import Settings


@pytest.fixture(scope="module")
def organisation():
    return demo.organisation()


@pytest.fixture(scope="module")
def server(organisation):
    with demo.serve(organisation, Behaviour()) as server:
        yield server


@pytest.fixture
def ask(server, monkeypatch):
    def ask(kind, key, organization_id="", **behaviour):
        with monkeypatch.context() as patch:
            for name, value in behaviour.items():
                patch.setattr(server.behaviour, name, value)
            return check(kind, key, Settings(api_url=server.base_url), organization_id)

    return ask


@pytest.mark.parametrize(
    ("kind", "key", "codes"),
    [
        ("platform", credentials.PLATFORM_KEY, ["ok"]),
        ("platform", credentials.OAUTH_TOKEN, ["ok", "key_unusual"]),
        ("platform", credentials.ANALYTICS_KEY, ["key_wrong_kind"]),
        ("platform", credentials.COMPLIANCE_KEY, ["key_wrong_kind"]),
        ("platform", credentials.ORDINARY_KEY, ["key_wrong_kind"]),
        ("platform", credentials.PLATFORM_KEY.replace("larkspur", "buttercup"), ["key_invalid"]),
        ("enterprise", credentials.ANALYTICS_KEY, ["ok"]),
        ("enterprise", credentials.PLATFORM_KEY, ["key_wrong_kind"]),
        ("enterprise", credentials.OAUTH_TOKEN, ["key_wrong_kind"]),
        ("enterprise", credentials.ORDINARY_KEY, ["key_wrong_kind"]),
        ("enterprise", credentials.COMPLIANCE_KEY, ["key_scope_missing"]),
    ],
)
def test_each_key_is_known_for_what_it_is(ask, kind, key, codes):
    assert [finding.code for finding in ask(kind, key).findings] == codes


@pytest.mark.parametrize(
    ("kind", "key", "behaviour", "code"),
    [
        ("enterprise", credentials.ANALYTICS_KEY, {"enterprise_plan": False},
         "plan_not_enterprise"),
        ("enterprise", credentials.ANALYTICS_KEY, {"analytics_enabled": False},
         "analytics_not_enabled"),
        ("platform", credentials.PLATFORM_KEY, {"organization_kind": "individual"},
         "individual_account"),
        ("platform", credentials.ORDINARY_KEY, {"ordinary_key_status": 403}, "key_wrong_kind"),
    ],
)  # fmt: skip
def test_each_organisation_is_known_for_what_it_is(ask, kind, key, behaviour, code):
    assert [finding.code for finding in ask(kind, key, **behaviour).findings] == [code]


@pytest.mark.parametrize("refusal", [400, 403, 404])
@pytest.mark.parametrize(
    ("kind", "key"),
    [("platform", credentials.PLATFORM_KEY), ("enterprise", credentials.ANALYTICS_KEY)],
)
def test_the_reports_are_spoken_where_the_unified_api_refuses(ask, kind, key, refusal):
    refused = {"platform_unified": False, "enterprise_unified": False}
    result = ask(kind, key, unified_refusal=refusal, **refused)
    assert (result.ok, result.protocol) == (True, "reports")
    assert ask(kind, key).protocol == "unified"


def test_a_wrong_organization_id_names_the_right_one(ask, organisation):
    (finding,) = ask("platform", credentials.PLATFORM_KEY, organisation.enterprise_id).findings
    assert finding.code == "organization_mismatch"
    assert organisation.name in finding.title
    assert organisation.platform_id in finding.title


def test_nobody_listens():
    settings = Settings(api_url="http://127.0.0.1:9")
    (finding,) = check("platform", credentials.PLATFORM_KEY, settings).findings
    assert finding.code == "network_unreachable"
    assert "CLAUDE_SPEND_API_URL" in finding.fix
