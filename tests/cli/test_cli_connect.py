import pytest
from cli_desk import connect_both

from core import demo

SECRET = "larkspurlarkspur"
FIELDS = {"id", "name", "kind", "state", "organization_id", "organization_name", "key_hint"}


def test_connecting_both_checks_them_and_shows_no_key(desk, company):
    console, seats = connect_both(desk, company)
    assert (console.status, seats.status) == (0, 0)
    made = console.doc["connection"]
    assert set(made) == FIELDS
    assert (made["name"], made["kind"], made["state"]) == ("console", "platform", "ok")
    assert made["organization_id"] == company.platform_id
    assert made["key_hint"] == f"sk-ant-admin01-…{demo.PLATFORM_KEY[-4:]}"
    assert seats.doc["connection"]["kind"] == "enterprise"
    for said in (console, seats, desk.run("connections"), desk.json("connections")):
        assert SECRET not in said.out + said.err
    stored = b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.is_file())
    assert SECRET.encode() not in stored


@pytest.mark.parametrize("words", [("check", "seats"), ("sync", "seats"), ("doctor",)])
def test_not_even_the_most_talkative_log_holds_a_key(copied, words):
    said = copied.run(*words, CLAUDE_SPEND_LOG="DEBUG")
    assert said.status == 0
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    ("kind", "key", "code"),
    [
        ("platform", demo.ANALYTICS_KEY, "key_wrong_kind"),
        ("platform", demo.ORDINARY_KEY, "key_wrong_kind"),
        ("platform", demo.PLATFORM_KEY[:-6] + "wrongA", "key_invalid"),
        ("enterprise", demo.PLATFORM_KEY, "key_wrong_kind"),
        ("enterprise", demo.COMPLIANCE_KEY, "key_scope_missing"),
        ("enterprise", "sk-ant-api01-…abcd", "key_malformed"),
        ("enterprise", "", "key_missing"),
    ],
)
def test_a_key_that_does_not_pass_is_not_kept(desk, company, kind, key, code):
    ids = ["--organization-id", company.platform_id] if kind == "platform" else []
    said = desk.json("connect", kind, "mine", *ids, stdin=f"{key}\n")
    assert said.status == 1
    assert said.code == code
    assert all(said.doc["error"][part] for part in ("title", "cause", "fix"))
    assert desk.json("connections").doc["connections"] == []


def test_a_refusal_lists_all_findings_the_first_error_as_error(desk, company):
    said = desk.json("connect", "enterprise", "mine", stdin=demo.COMPLIANCE_KEY)
    findings = said.doc["findings"]
    assert findings[0]["severity"] == "error"
    assert {"code", "severity", "title", "cause", "fix", "http_status", "request_id"} == set(
        findings[0]
    )
    assert findings[0]["code"] == said.code


def test_another_organizations_id_is_refused_and_named(desk, company):
    said = desk.json(
        "connect", "platform", "mine", "--organization-id", company.enterprise_id,
        ANTHROPIC_ADMIN_KEY=demo.PLATFORM_KEY,
    )  # fmt: skip
    assert (said.status, said.code) == (1, "organization_mismatch")
    assert company.platform_id in said.out


def test_analytics_that_are_switched_off_are_said(desk, behaviour):
    behaviour.analytics_enabled = False
    said = desk.json("connect", "enterprise", "mine", stdin=demo.ANALYTICS_KEY)
    assert (said.status, said.code) == (1, "analytics_not_enabled")


def test_an_unreachable_api_is_said(desk):
    said = desk.json(
        "connect", "enterprise", "mine", stdin=demo.ANALYTICS_KEY,
        CLAUDE_SPEND_API_URL="http://127.0.0.1:9",
    )  # fmt: skip
    assert (said.status, said.code) == (1, "network_unreachable")


def test_unchecked_means_unverified_until_a_check_passes(desk, company):
    said = desk.json("connect", "enterprise", "mine", "--no-check", stdin=demo.ANALYTICS_KEY)
    assert said.status == 0
    assert said.doc["connection"]["state"] == "unverified"
    checked = desk.json("check", "mine")
    assert (checked.status, checked.doc["ok"]) == (0, True)
    assert desk.json("connections").doc["connections"][0]["state"] == "ok"


def test_a_name_is_unique_and_said_before_a_key_is_read(desk):
    words = ("connect", "enterprise", "mine", "--no-check")
    assert desk.json(*words, stdin=demo.ANALYTICS_KEY).status == 0
    said = desk.json(*words, stdin="")
    assert (said.status, said.code) == (1, "bad_value")


def test_a_check_names_what_works(filled):
    said = filled.json("check", "console")
    assert said.status == 0
    assert said.doc["connection"] == "console"
    assert said.doc["ok"] is True
    assert said.doc["findings"][0]["code"] == "ok"
    assert "error" not in said.doc


def test_a_check_that_fails_is_kept_and_ends_with_1(copied, behaviour):
    behaviour.analytics_enabled = False
    said = copied.json("check", "seats")
    assert (said.status, said.doc["ok"]) == (1, False)
    assert said.code == said.doc["findings"][0]["code"] == "analytics_not_enabled"
    states = {c["name"]: c["state"] for c in copied.json("connections").doc["connections"]}
    assert states == {"console": "ok", "seats": "failing"}


@pytest.mark.parametrize("command", ["check", "rotate", "disconnect", "sync"])
def test_an_unknown_name_ends_with_1(filled, command):
    said = filled.json(command, "nobody")
    assert (said.status, said.code) == (1, "unknown_name")
    assert "console" in said.doc["error"]["cause"]


def test_rotating_keeps_the_history_and_takes_only_a_working_key(copied):
    before = copied.json("report", "--by", "day", "--connection", "seats").doc["total"]
    refused = copied.json("rotate", "seats", stdin=demo.COMPLIANCE_KEY)
    assert (refused.status, refused.code) == (1, "key_scope_missing")
    assert copied.json("check", "seats").status == 0
    rotated = copied.json("rotate", "seats", ANTHROPIC_ANALYTICS_KEY=demo.ANALYTICS_KEY)
    assert rotated.status == 0
    assert rotated.doc["connection"]["state"] == "ok"
    after = copied.json("report", "--by", "day", "--connection", "seats").doc["total"]
    assert after == before != "0.00"


def test_disconnecting_erases_the_key_and_keeps_the_history(copied):
    before = copied.json("report", "--by", "connection").doc
    said = copied.json("disconnect", "seats")
    assert said.status == 0
    listed = copied.json("connections").doc
    assert [c["name"] for c in listed["connections"]] == ["console"]
    assert [(c["name"], c["key_hint"]) for c in listed["disconnected"]] == [("seats", "")]
    assert copied.json("report", "--by", "connection").doc["total"] == before["total"]
    missing = copied.json("check", "seats")
    assert (missing.status, missing.code) == (1, "key_missing")
    again = copied.json("connect", "enterprise", "seats", stdin=demo.ANALYTICS_KEY)
    assert again.status == 0
    assert copied.json("report", "--by", "connection").doc["rows"] == before["rows"]


def test_deleting_the_data_leaves_nothing_of_it(copied):
    assert copied.json("disconnect", "seats", "--delete-data").doc["data_deleted"] is True
    assert copied.json("connections").doc["disconnected"] == []
    rows = copied.json("report", "--by", "connection", "--basis", "reported").doc["rows"]
    assert {row["connection"] for row in rows} == {"console"}


def test_what_is_connected_and_how_far_it_goes(filled, company):
    listed = filled.json("connections").doc["connections"]
    assert [c["name"] for c in listed] == ["console", "seats"]
    extra = {"protocol", "history_from", "history_to", "final_through", "last_sync"}
    for connection in listed:
        assert set(connection) == FIELDS | extra
        assert connection["protocol"] == "unified"
        assert connection["history_to"] >= str(company.span.start)
        assert set(connection["last_sync"]) == {"id", "at", "outcome"}
        assert connection["last_sync"]["outcome"] == "complete"


def test_before_the_first_sync_nothing_is_known(desk):
    desk.json("connect", "enterprise", "mine", "--no-check", stdin=demo.ANALYTICS_KEY)
    (only,) = desk.json("connections").doc["connections"]
    assert (only["history_to"], only["final_through"], only["last_sync"]) == (None, None, None)


def test_people_read_tables(filled):
    said = filled.run("connections")
    assert said.status == 0
    assert "console" in said.out
    assert "seats" in said.out
    assert "works" in filled.run("check", "console").out
