"""Which ledger a command speaks of. How the simulated one is filled is tested with the pages."""

import pytest

from core import demo, simulated
from core.settings import Settings


@pytest.fixture
def simulation(monkeypatch, copied, company):
    """The simulated organisation's ledger: here a copy of the small company's."""
    monkeypatch.setattr(simulated, "settings", lambda _: Settings(database_url=copied.url))
    monkeypatch.setattr(demo, "organisation", lambda: company)
    return copied


def _codes(said):
    return {finding["code"] for finding in said.doc["findings"]}


def _names(said):
    return [connection["name"] for connection in said.doc["connections"]]


def test_while_nothing_is_connected_figures_are_simulated_and_say_so(desk, simulation):
    said = desk.json("report", "--by", "source", CLAUDE_SPEND_DEMO="")
    assert said.status == 0
    assert "simulated_organisation" in _codes(said)
    assert said.doc["total"] == simulation.json("report", "--by", "source").doc["total"] != "0.00"
    assert "simulated_organisation" in _codes(desk.json("restatements", CLAUDE_SPEND_DEMO=""))


def test_connections_and_syncs_speak_of_the_real_ledger_all_the_same(desk, simulation):
    assert _names(desk.json("connections", CLAUDE_SPEND_DEMO="")) == []
    said = desk.json("sync", CLAUDE_SPEND_DEMO="")
    assert (said.status, said.code) == (1, "no_connections")


def test_with_a_connection_nothing_is_simulated(desk, simulation):
    desk.json("connect", "enterprise", "mine", "--no-check", stdin=demo.ANALYTICS_KEY)
    said = desk.json("report", "--by", "source", CLAUDE_SPEND_DEMO="")
    assert "simulated_organisation" not in _codes(said)
    assert said.doc["total"] == "0.00"
    desk.json("disconnect", "mine")
    kept = desk.json("report", "--by", "source", CLAUDE_SPEND_DEMO="")
    assert "simulated_organisation" not in _codes(kept)


def test_asked_for_it_is_simulated_whatever_is_connected(desk, simulation):
    desk.json("connect", "enterprise", "mine", "--no-check", stdin=demo.ANALYTICS_KEY)
    assert _names(desk.json("connections", CLAUDE_SPEND_DEMO="1")) == ["console", "seats"]
    said = desk.json("report", "--by", "connection", CLAUDE_SPEND_DEMO="1")
    assert {row["connection"] for row in said.doc["rows"]} == {"console", "seats"}
    checked = desk.json("check", "console", CLAUDE_SPEND_DEMO="1")
    assert (checked.status, checked.doc["ok"]) == (0, True)
    synced = desk.json("sync", "console", CLAUDE_SPEND_DEMO="1")
    assert (synced.status, synced.doc["outcome"]) == (0, "complete")
    assert _names(desk.json("connections", CLAUDE_SPEND_DEMO="0")) == ["mine"]


def test_switched_off_an_empty_ledger_is_an_empty_ledger(desk, simulation):
    said = desk.json("report", "--by", "source", CLAUDE_SPEND_DEMO="0")
    assert (said.doc["rows"], said.doc["total"]) == ([], "0.00")
    assert "simulated_organisation" not in _codes(said)
    assert "no_connections" in _codes(said)


@pytest.mark.parametrize("command", [("report", "--by", "day"), ("restatements",)])
def test_what_is_no_day_is_refused_before_a_ledger_is_made(desk, command):
    said = desk.json(*command, "--from", "2026-13-01", CLAUDE_SPEND_DEMO="1")
    assert (said.status, said.code) == (1, "bad_value")
    assert "Preparing" not in said.err
    assert not (desk.folder / "simulated").exists()
