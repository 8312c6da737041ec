from contextlib import contextmanager
from fractions import Fraction

import pytest

from core import demo, settings
from core.calendar import now
from core.ledger.engine import connect
from core.money import dollars, from_dollars
from core.sync.lock import only_one

REPORTED = ("report", "--by", "source", "--basis", "reported")


def test_the_ledger_holds_what_the_company_spent_to_the_last_digit(filled, company):
    said = filled.json(*REPORTED)
    assert said.status == 0
    by_source = {row["source"]: row["value"] for row in said.doc["rows"]}
    console = company.truth("platform")["amount"].sum()
    seats = company.truth("enterprise", overlap=1.0)["amount"].sum()
    assert by_source == {"platform": dollars(console), "enterprise": dollars(seats)}
    assert said.doc["total"] == dollars(console + seats)


def test_a_sync_says_what_it_did(filled):
    assert filled.first.err == ""
    assert filled.first.doc["outcome"] == "complete"
    assert [c["name"] for c in filled.first.doc["connections"]] == ["console", "seats"]
    for connection in filled.first.doc["connections"]:
        assert set(connection) == {
            "name", "outcome", "protocol", "windows", "requests", "rows", "restated", "findings",
        }  # fmt: skip
        windows = connection["windows"]
        assert set(windows) == {"planned", "replaced", "unchanged", "failed"}
        assert windows["planned"] == windows["replaced"] > 0
        assert windows["failed"] == 0
        assert connection["restated"] == {"rows": 0, "delta": "0.00"}
        assert connection["rows"] > 0


def test_syncing_again_changes_nothing(copied, synced):
    before = copied.json("report", "--by", "day,model,operation").doc
    again = synced()
    assert again.status == 0
    for connection in again.doc["connections"]:
        assert connection["windows"]["replaced"] == 0
        assert connection["restated"] == {"rows": 0, "delta": "0.00"}
    assert copied.json("report", "--by", "day,model,operation").doc == before
    assert copied.json("restatements").doc["rows"] == []


def test_a_restatement_is_logged_and_what_was_known_before_can_be_rebuilt(
    copied, synced, company, behaviour
):
    day = _third_day_back(company)
    where = ("--from", str(day), "--basis", "reported")
    before = copied.json("report", "--by", "day", *where).doc
    known = now().isoformat()
    behaviour.restate[day] = Fraction(985, 1000)
    said = synced()
    assert said.status == 0
    after = copied.json("report", "--by", "day", *where).doc
    delta = from_dollars(after["total"]) - from_dollars(before["total"])
    assert delta < 0
    told = copied.json("restatements").doc
    assert told["delta"] == dollars(delta)
    assert sum(from_dollars(row["delta"]) for row in told["rows"]) == delta
    for row in told["rows"]:
        assert row["day"] == str(day)
        assert from_dollars(row["after"]) - from_dollars(row["before"]) == from_dollars(
            row["delta"]
        )
        assert {"workspace", "workspace_name", "model", "operation", "seen_at"} <= set(row)
    assert sum(from_dollars(c["restated"]["delta"]) for c in said.doc["connections"]) == delta
    then = copied.json("report", "--by", "day", *where, "--as-of", told["rows"][0]["seen_at"])
    assert then.status == 0
    old = copied.json("report", "--by", "day", *where, "--as-of", known).doc
    assert old["rows"] == before["rows"]
    assert old["total"] == before["total"]
    assert copied.json("restatements", "--since", told["rows"][-1]["seen_at"]).doc["rows"] == []
    assert copied.json("restatements", "--to", str(day)).doc["delta"] == "0.00"
    assert "In all" in copied.run("restatements").out


def _third_day_back(company):
    return sorted(company.facts["day"].unique())[-3]


def test_what_cannot_be_read_is_partial_and_the_next_sync_goes_on(copied, synced, behaviour):
    before = copied.json(*REPORTED).doc["rows"]
    behaviour.faults.append(
        demo.Fault("/v1/organizations/analytics/cost", nth=4, status=200, body={"data": [7]})
    )
    said = synced()
    assert (said.status, said.doc["outcome"]) == (3, "partial")
    console, seats = said.doc["connections"]
    assert (console["outcome"], seats["outcome"]) == ("partial", "complete")
    assert console["windows"]["failed"] == 1
    assert "payload_invalid" in {finding["code"] for finding in console["findings"]}
    assert "error" not in said.doc
    assert copied.json(*REPORTED).doc["rows"] == before
    people = copied.run("sync", "console")
    assert people.status == 0
    assert "complete" in people.out


def test_a_partial_sync_names_what_is_missing_to_people(copied, behaviour):
    behaviour.faults.append(
        demo.Fault("/v1/organizations/analytics/cost", nth=4, status=200, body={"data": [7]})
    )
    said = copied.run("sync", "console")
    assert said.status == 3
    assert "partial" in said.out
    assert "console: " in said.out
    assert "payload_invalid" in said.out


def test_a_revoked_key_fails_the_sync_with_its_code_and_keeps_the_data(copied, behaviour):
    before = copied.json(*REPORTED).doc
    behaviour.faults.append(demo.Fault(path="*", times=1000, status=401))
    said = copied.json("sync")
    assert (said.status, said.doc["outcome"]) == (1, "failed")
    assert said.code == "key_invalid"
    assert copied.json(*REPORTED).doc["rows"] == before["rows"]
    assert copied.json("connections").doc["connections"][0]["last_sync"]["outcome"] == "failed"


def test_without_a_connection_it_says_how_to_make_one(desk):
    said = desk.json("sync")
    assert (said.status, said.code) == (1, "no_connections")
    assert "claude-spend connect" in said.doc["error"]["fix"]


@contextmanager
def _lock_held(desk):
    engine = connect(settings.Settings(database_url=desk.url))
    try:
        with only_one(engine):
            yield
    finally:
        engine.dispose()


@pytest.mark.parametrize("words", [("sync",), ("disconnect", "seats", "--delete-data")])
def test_while_another_sync_runs_it_says_so(copied, words):
    with _lock_held(copied):
        said = copied.json(*words)
    assert (said.status, said.code) == (1, "sync_in_progress")
    assert [c["name"] for c in copied.json("connections").doc["connections"]] == [
        "console",
        "seats",
    ]
