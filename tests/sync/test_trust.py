"""A key that nobody checked is checked before its money gets into the ledger."""

from core.connections import store
from core.demo import ANALYTICS_KEY, PLATFORM_KEY, Fault
from core.demo.organisation import ENTERPRISE_ORGANIZATION
from core.ledger.runs import latest


def _codes(report) -> list[str]:
    return [finding.code for part in report.connections for finding in part.findings]


def test_an_admin_key_fills_no_enterprise_connection(desk):
    number = desk.add("mine", "enterprise", PLATFORM_KEY)
    report = desk.sync()
    assert report.outcome == "failed"
    assert _codes(report) == ["key_wrong_kind"]
    assert store.get(desk.engine, "mine").state == "failing"
    assert latest(desk.engine, number).outcome == "failed"
    assert desk.count() == 0
    assert desk.api.requests == []


def test_an_analytics_key_fills_no_platform_connection(desk):
    desk.add("mine", "platform", ANALYTICS_KEY)
    assert _codes(desk.sync()) == ["key_wrong_kind"]
    assert desk.count() == 0


def test_a_key_of_another_organization_fills_no_connection(desk):
    desk.add("mine", "platform", organization_id=ENTERPRISE_ORGANIZATION)
    assert _codes(desk.sync()) == ["organization_mismatch"]
    assert desk.count() == 0


def test_a_wrong_key_put_in_the_place_of_a_right_one_changes_nothing(desk):
    number = desk.add("mine", "enterprise")
    desk.sync()
    kept = desk.total(number, "enterprise", "unified")
    desk.rotate("mine", PLATFORM_KEY)
    assert desk.sync().outcome == "failed"
    assert desk.total(number, "enterprise", "unified") == kept


def test_what_is_verified_once_is_not_asked_again(desk, company):
    desk.add("mine", "platform")
    assert desk.sync().outcome == "complete"
    known = store.get(desk.engine, "mine")
    assert (known.state, known.organization_id) == ("ok", company.platform_id)
    before = len(desk.api.requests)
    desk.sync()
    assert "/v1/organizations/me" not in [seen.path for seen in desk.api.requests[before:]]


def test_an_outage_during_the_check_says_nothing_of_the_key(desk):
    desk.add("mine", "platform")
    desk.api.behaviour.faults = [
        Fault(times=10_000, status=503, headers={"x-should-retry": "false"})
    ]
    assert _codes(desk.sync()) == ["service_unavailable"]
    assert store.get(desk.engine, "mine").state == "unverified"
