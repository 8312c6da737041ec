"""The log of runs: what is going on, what ended how, what was killed."""

from ledger_factory import HOUR, NOON

from core.ledger import runs
from core.ledger.snapshot import current_version


def outcomes(engine, run: int) -> list[tuple[int, str]]:
    return [(part.connection_id, part.outcome) for part in runs.parts(engine, run)]


def test_a_run_goes_on_and_ends(memory):
    runs.mark_interrupted(memory, now=NOON)  # the fixture's own run
    run = runs.start_run(memory, [1, 2], "cron", now=NOON)
    assert runs.running(memory) == run
    assert outcomes(memory, run) == [(1, "running"), (2, "running")]
    assert runs.latest(memory, 1) is None
    runs.update_part(memory, run, 1, planned=4, replaced=1, rows=2**40, findings=[{"code": "x"}])
    runs.update_part(memory, run, 1, replaced=4, outcome="complete")
    first = runs.parts(memory, run)[0]
    assert (first.planned, first.replaced, first.rows) == (4, 4, 2**40)
    assert first.findings == [{"code": "x"}]
    version = current_version(memory)
    runs.finish_run(memory, run, "partial", now=NOON + HOUR)
    assert current_version(memory) == version + 1
    assert runs.running(memory) is None
    assert outcomes(memory, run) == [(1, "complete"), (2, "partial")]
    last = runs.latest(memory, 1)
    assert last == runs.LastSync(run, NOON + HOUR, "complete", ({"code": "x"},))
    assert last.as_dict() == {"id": run, "at": "2026-11-20T13:00:00Z", "outcome": "complete"}


def test_a_killed_run_is_interrupted_and_its_parts_say_how_far_they_were(memory):
    runs.mark_interrupted(memory, now=NOON)
    run = runs.start_run(memory, [1, 2, 3], "cli", now=NOON)
    runs.update_part(memory, run, 1, outcome="complete", replaced=3)
    runs.update_part(memory, run, 2, replaced=1)
    assert runs.mark_interrupted(memory, now=NOON + HOUR) == [run]
    assert outcomes(memory, run) == [(1, "complete"), (2, "partial"), (3, "failed")]
    assert runs.running(memory) is None
    assert runs.mark_interrupted(memory, now=NOON + HOUR) == []


def test_the_latest_run_of_each_connection_counts(memory):
    for number, connections in enumerate([[1], [1, 2], [2]], start=1):
        run = runs.start_run(memory, connections, "cli", now=NOON + number * HOUR)
        runs.finish_run(memory, run, "complete", now=NOON + number * HOUR)
    found = [runs.latest(memory, connection) for connection in (1, 2, 3)]
    assert [last and last.at for last in found] == [NOON + 2 * HOUR, NOON + 3 * HOUR, None]
