"""`/healthz`: 200 while the database answers, and whether the figures are fresh."""

from pathlib import Path

import pytest
from server_desk import ELSEWHERE, client, connected


def test_an_empty_ledger_is_well():
    answer = client().get("/healthz")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "version": 0,
        "connections": 0,
        "never_synced": 0,
        "failing": 0,
        "oldest_figures_seconds": None,
        "sync_running": False,
    }


def test_fresh_figures_are_ok_and_say_their_age_to_anybody(ledger):
    connected(ledger, hours_old=5)
    answer = client(ELSEWHERE).get("/healthz?fresh=1")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["connections"]) == ("ok", 1)
    assert 5 * 3600 <= body["oldest_figures_seconds"] < 5 * 3600 + 60


def test_old_figures_are_no_reason_to_restart_but_can_be_asked_for(ledger):
    connected(ledger, hours_old=1)
    connected(ledger, "Enterprise", hours_old=7)
    assert client().get("/healthz").status_code == 200
    answer = client().get("/healthz?fresh=1")
    assert (answer.status_code, answer.json()["status"]) == (503, "stale")


def test_a_connection_that_was_never_read_is_not_fresh(ledger):
    connected(ledger, hours_old=None)
    body = client().get("/healthz").json()
    assert (body["status"], body["never_synced"]) == ("stale", 1)
    assert body["oldest_figures_seconds"] is None


@pytest.mark.sqlite("the database is a damaged file")
def test_a_database_that_fails_is_down_and_heals(tmp_path: Path):
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    answer = client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "database": "database_unusable"}
    path.unlink()
    assert client().get("/healthz").status_code == 200


def test_nothing_in_it_names_a_connection(ledger):
    connected(ledger, "Secret project")
    assert "Secret" not in client().get("/healthz").text
