"""`claude-spend anomalies` lists what stands, exactly, and `dismiss` is remembered."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cli_desk import Desk

from core.calendar import now
from core.ledger import anomalies as kept
from core.ledger.anomalies import AnomalyRow, WatchedRow
from core.ledger.engine import connect
from core.settings import Settings

USD = 10**10
DAY = now().date() - timedelta(days=3)


def row(dimension="", name="", label="", **more):
    fields = {
        "first": DAY, "end": DAY + timedelta(days=1), "kind": "over", "state": "found",
        "label": label, "expected": 100 * USD, "actual": 250 * USD + 1,
        "body": {
            "days": [[DAY.isoformat(), 250 * USD + 1, 100 * USD]],
            "split": {"volume": 150 * USD, "mix": 2, "price": -1, "untokened": 0},
            "children": {"api_key": [["k1", "robot", 0, 150 * USD + 1]]},
        },
    }  # fmt: skip
    return AnomalyRow(dimension, name, **(fields | more))


PART = row("api_key", "k1", "robot")
PART.body["part_of"] = ["", "", DAY.isoformat()]


@pytest.fixture
def desk(tmp_path, ledgers):
    """A desk on a ledger with one anomaly, one of its parts, a drop and a healed one."""
    made = Desk(tmp_path, ledgers=ledgers)
    engine = connect(Settings(database_url=made.url))
    watched = WatchedRow("", "", "", "rhythm", "", "", DAY, DAY,
                         {"values": [USD], "bands": [[USD, 1, USD]], "firsts": {}})  # fmt: skip
    others = (row("model", "opus", "opus", kind="drop", actual=0),
              row("model", "haiku", "haiku", state="healed"))  # fmt: skip
    kept.keep(engine, [watched], [row(), PART, *others], {})
    engine.dispose()
    return made


def test_what_stands_is_listed_to_the_last_digit(desk):
    said = desk.json("anomalies")
    assert said.status == 0
    assert said.doc["series_watched"] == 1
    (found,) = said.doc["anomalies"]
    assert (found["dimension"], found["name"], found["label"]) == (None, None, None)
    assert found["impact"] == "150.0000000001"
    assert found["parts"] == {"volume": "150.00", "mix": "0.0000000002",
                              "price": "-0.0000000001", "untokened": "0.00"}  # fmt: skip
    assert found["days"] == [
        {"day": DAY.isoformat(), "actual": "250.0000000001", "expected": "100.00"}
    ]
    assert found["culprits"] == [
        {"dimension": "api_key", "name": "k1", "label": "robot", "impact": "150.0000000001"}
    ]
    assert (found["dismissed"], found["part_of"]) == (None, None)


def test_all_lists_parts_drops_and_what_was_healed(desk):
    found = desk.json("anomalies", "--all").doc["anomalies"]
    assert [(r["dimension"], r["kind"], r["state"]) for r in found] == [
        (None, "over", "found"), ("api_key", "over", "found"), ("model", "over", "healed"),
        ("model", "drop", "found"),
    ]  # fmt: skip
    part = found[1]["part_of"]
    assert part == {"dimension": None, "name": None, "from": DAY.isoformat()}
    drawn = desk.run("anomalies", "--all").out
    for word in ("part of the organisation", "data missing?", "healed by a restatement", "robot"):
        assert word in drawn


def test_the_period_is_that_of_the_first_day(desk):
    before = ("--to", DAY.isoformat())
    assert desk.json("anomalies", *before).doc["anomalies"] == []
    assert desk.json("anomalies", "--from", DAY.isoformat()).doc["anomalies"]
    wrong = desk.json("anomalies", "--from", DAY.isoformat(), "--to", DAY.isoformat())
    assert (wrong.status, wrong.code) == (1, "bad_value")


def test_a_dismissal_takes_the_parts_along_and_can_be_undone(desk):
    words = ("anomalies", "dismiss", DAY.isoformat())
    said = desk.json(*words, "--reason", "a load test", "--by", "Ana")
    assert [r["dismissed"]["reason"] for r in said.doc["anomalies"]] == ["a load test"] * 2
    assert desk.json("anomalies").doc["anomalies"] == []
    assert "dismissed: a load test" in desk.run("anomalies", "--all").out
    assert "stands" in desk.run(*words, "--undo").out
    assert len(desk.json("anomalies").doc["anomalies"]) == 1
    again = desk.json(*words, "--undo")
    assert (again.status, again.code) == (1, "unknown_name")


def test_one_of_a_dimension_is_named_by_its_id_or_its_name(desk):
    words = ("anomalies", "dismiss", DAY.isoformat(), "--reason", "known", "--where")
    for where in ("api_key=k1", "api_key=robot"):
        (found,) = desk.json(*words, where).doc["anomalies"]
        assert (found["name"], found["dismissed"]["by"]) == ("k1", "")


def test_what_is_not_there_is_refused(desk):
    missing = desk.json("anomalies", "dismiss", "2026-01-01", "--reason", "x")
    assert (missing.status, missing.code) == (1, "unknown_name")
    assert "the organisation begins on 2026-01-01" in missing.doc["error"]["title"]
    no_reason = desk.json("anomalies", "dismiss", DAY.isoformat())
    assert (no_reason.status, no_reason.code) == (1, "bad_value")
    assert desk.run("anomalies", "dismiss", DAY.isoformat(), "--where", "colour=red").status == 2


def test_before_the_first_look_it_says_so(tmp_path, ledgers):
    said = Desk(tmp_path, ledgers=ledgers).run("anomalies")
    assert said.status == 0
    assert "the next sync does" in said.out


def test_nothing_unusual_is_said_with_how_much_is_watched(desk, monkeypatch):
    looked = datetime(2026, 11, 1, tzinfo=UTC)
    monkeypatch.setattr(kept, "last_run", lambda _: (looked, []))
    out = desk.run("anomalies", "--from", "2026-01-01", "--to", "2026-01-02").out
    assert "Nothing unusual; 1 series watched." in out
    assert desk.json("anomalies").doc["looked_at"] == "2026-11-01T00:00:00Z"
    assert date.fromisoformat(desk.json("anomalies").doc["from"]) == now().date() - timedelta(90)
