"""How the ledger is: a few counts that must be those of the log of runs."""

from datetime import timedelta

from ledger_factory import BILL, HOUR, NOON, fact, put, span, window

from core.ledger import runs
from core.ledger.engine import writing
from core.ledger.pulse import pulse
from core.ledger.tables import Connection


def ended(engine, outcome: str, **part: int) -> None:
    run = runs.start_run(engine, [1], "cli", now=NOON)
    runs.update_part(engine, run, 1, outcome=outcome, **part)
    runs.finish_run(engine, run, outcome, now=NOON + HOUR)


def test_a_ledger_that_was_never_synced(memory):
    runs.mark_interrupted(memory, now=NOON)
    now = pulse(memory)
    (beat,) = now.beats
    assert (now.running, now.version) == (False, 1)
    assert (beat.name, beat.kind, beat.fetched_at) == ("console", "platform", None)
    assert (beat.outcomes, beat.failing, beat.requests, beat.rows) == ({}, 0, 0, 0)


def test_ended_syncs_are_counted_and_the_running_one_is_not(memory):
    runs.mark_interrupted(memory, now=NOON)
    ended(memory, "failed", requests=1)
    ended(memory, "complete", requests=5, rows=70, restated_rows=2)
    ended(memory, "failed", requests=2)
    ended(memory, "failed", requests=2, rows=3)
    run = runs.start_run(memory, [1], "cli", now=NOON)
    runs.update_part(memory, run, 1, requests=900, rows=900)
    now = pulse(memory)
    (beat,) = now.beats
    assert now.running
    assert beat.outcomes == {"failed": 3, "complete": 1}
    assert beat.failing == 2  # since the last that was not
    assert (beat.requests, beat.rows, beat.restated_rows) == (10, 73, 2)


def test_the_age_is_that_of_cost_and_each_connection_has_its_own(memory):
    with writing(memory) as session:
        session.add(Connection(name="other", kind="enterprise", created_at=NOON))
    put(memory, window([fact(BILL, 3, 5)], span(3, 4), at=NOON - HOUR))
    refreshed = NOON - timedelta(hours=4)
    put(memory, window([fact(BILL, 4, 5)], span(4, 5), at=NOON, refreshed=refreshed))
    usage = window([], span(4, 5), family="usage", protocol="reports", at=NOON + HOUR)
    put(memory, usage)
    first, second = pulse(memory).beats
    assert (first.fetched_at, first.data_refreshed_at) == (NOON, refreshed)
    assert (second.name, second.fetched_at) == ("other", None)


def test_its_size_is_that_of_the_database(engine):
    assert pulse(engine).size > 20_000
