import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from core.cli import diagnosis, reach
from core.cli.ledger import Ledger
from core.ledger.engine import connect
from core.settings import Settings

NAMES = ["database", "schema", "secret_key", "reachability", "clock", "syncs", "coverage", "disk"]


def _named(doc, name):
    return [check for check in doc["checks"] if check["name"] == name]


def test_a_sound_ledger_is_in_order(filled):
    said = filled.json("doctor")
    assert (said.status, said.doc["ok"]) == (0, True)
    assert said.doc["findings"] == []
    assert list(dict.fromkeys(check["name"] for check in said.doc["checks"])) == NAMES
    for check in said.doc["checks"]:
        assert {"name", "ok", "severity", "detail", "fix", "cause"} == set(check)
    covered = {check["detail"].partition(":")[0] for check in _named(said.doc, "coverage")}
    assert covered == {"console, cost", "console, usage", "seats, cost", "seats, usage"}
    people = filled.run("doctor")
    assert people.status == 0
    assert "Everything is in order." in people.out


def test_a_fresh_machine_needs_nobody(desk):
    said = desk.json("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
    assert said.status == 0
    codes = {finding["code"] for finding in said.doc["findings"]}
    assert codes == {"no_connections", "network_unreachable"}
    people = desk.run("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
    assert "Nothing needs a person; see the warnings." in people.out
    assert "in order" not in people.out


def test_an_unreachable_api_needs_a_person_once_something_is_connected(filled):
    said = filled.json("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
    assert (said.status, said.code) == (1, "network_unreachable")
    assert "needs a person" in filled.run("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9").out


@pytest.mark.sqlite("spoils the file")
def test_what_is_no_database_is_said_and_left_alone(desk):
    content = b"this is no database, whatever its name says" * 100
    desk.database.write_bytes(content)
    said = desk.json("doctor")
    assert (said.status, said.code) == (1, "database_unusable")
    assert [check["name"] for check in said.doc["checks"]] == ["database"]
    assert desk.database.read_bytes() == content


@pytest.mark.sqlite("spoils the file")
def test_a_damaged_page_is_found(copied):
    raw = bytearray(copied.database.read_bytes())
    for page in range(4096 * 8, len(raw), 4096):
        raw[page : page + 64] = b"\xff" * 64
    copied.database.write_bytes(raw)
    said = copied.json("doctor")
    assert (said.status, said.code) == (1, "database_unusable")


@pytest.mark.sqlite("a ledger on a server has no key file")
def test_a_lost_secret_key_is_said_with_the_way_out_and_none_is_made(copied):
    file = copied.database.with_suffix(".key")
    kept = file.read_bytes()
    file.unlink()
    said = copied.json("doctor")
    assert said.status == 1
    (broken,) = _named(said.doc, "secret_key")
    assert (broken["ok"], broken["code"]) == (False, "secret_key_unusable")
    assert broken["detail"] == f"The secret key file {file} is missing."
    assert "rotate" in broken["fix"]
    assert not file.exists()
    file.write_bytes(kept)
    (mended,) = _named(copied.json("doctor").doc, "secret_key")
    assert mended["ok"]


@pytest.mark.sqlite("a ledger on a server has no key file")
def test_keys_that_another_secret_encrypts_are_named(copied):
    copied.database.with_suffix(".key").write_text("c2VjcmV0LW9mLXRoZS10ZXN0cy1vbi1hLXNlcnZlciE=")
    checks = _named(copied.json("doctor").doc, "secret_key")
    told = [check["detail"] for check in checks]
    assert [words.partition(":")[0] for words in told] == ["console", "seats"]
    assert "rotate" in checks[0]["fix"]


@pytest.mark.both
def test_a_server_without_a_secret_key_is_told_before_a_key_is_entered(ledger_url, database):
    settings = Settings(database_url=ledger_url(), secret_key=None)
    here = Ledger(connect(settings), settings)
    checks = diagnosis.guarded("secret_key", lambda: diagnosis.secret_key(here))
    here.engine.dispose()
    assert [check.ok for check in checks] == [database == "sqlite"]


def test_a_refused_key_and_a_failed_sync_need_a_person(copied, behaviour):
    behaviour.analytics_enabled = False
    copied.json("check", "seats")
    said = copied.json("doctor")
    assert (said.status, said.code) == (1, "key_refused")
    assert "claude-spend check" in said.doc["error"]["fix"]


@pytest.mark.parametrize(
    ("answer", "severities"),
    [
        (httpx.Response(401, json={}), {"reachability": "info", "clock": "info"}),
        (httpx.Response(200, html="<html>"), {"reachability": "error", "clock": "info"}),
        (
            httpx.Response(302, json={}, headers={"location": "https://elsewhere.test"}),
            {"reachability": "error", "clock": "info"},
        ),
        (
            httpx.Response(
                401,
                json={},
                headers={"date": format_datetime(datetime.now(UTC) - timedelta(hours=1), True)},
            ),
            {"reachability": "info", "clock": "error"},
        ),
        (
            httpx.Response(401, json={}, headers={"date": "yesterday"}),
            {"reachability": "info", "clock": "info"},
        ),
    ],
    ids=["fine", "html", "redirect", "skew", "no-date"],
)
def test_the_api_and_the_clock_are_judged_by_one_answer(monkeypatch, answer, severities):
    asked = []

    def get(url, **options):
        asked.append((url, options["follow_redirects"]))
        return answer

    monkeypatch.setattr(httpx, "get", get)
    checks = reach.api(Ledger(None, Settings(api_url="https://api.anthropic.com")))
    assert {check.name: check.severity for check in checks} == severities
    assert asked == [("https://api.anthropic.com/v1/organizations/me", False)]
    assert json.dumps([check.as_dict() for check in checks])


@pytest.mark.sqlite("a ledger on a server has no key file")
def test_another_secret_key_is_warned_of_before_and_after_it_takes_over(copied):
    secret = {"CLAUDE_SPEND_SECRET_KEY": "a passphrase of good length"}
    for took_over in (False, True):
        said = copied.json("doctor", **secret)
        (found,) = [f for f in said.doc["findings"] if f["code"] == "secret_key_changed"]
        assert (said.status, found["severity"]) == (0, "warning")
        assert found["cause"]
        assert (".key" in found["title"]) == took_over
        assert copied.json("check", "console", **secret).status == 0


def test_every_finding_of_the_doctor_has_a_cause(desk, copied):
    for said in (
        desk.json("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9"),
        copied.json("doctor", CLAUDE_SPEND_API_URL="http://127.0.0.1:9"),
    ):
        assert said.doc["findings"]
        assert all(f["cause"] and f["fix"] for f in said.doc["findings"])
