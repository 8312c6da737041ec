"""After a sync every step runs once, and what it found is kept under its name."""

from datetime import UTC, datetime

import pytest

from core.errors import BadInput, Finding
from core.ledger.engine import connect, reading
from core.ledger.tables import WatchStep
from core.settings import Settings
from core.watch.after import after

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


def kept(engine):
    from sqlmodel import select

    with reading(engine) as session:
        return {row.name: row for row in session.exec(select(WatchStep))}


def run(engine, settings, *steps):
    return after(engine, settings, lambda: NOW, steps)


def test_each_step_runs_in_order_and_what_it_found_is_kept(engine, settings):
    order = []

    def step(name, *findings):
        def work(*_):
            order.append(name)
            return list(findings)

        return name, work

    note = Finding("some_code", "info", "Something to know.")
    assert run(engine, settings, step("one", note), step("two")) == {"one": [note], "two": []}
    assert order == ["one", "two"]
    rows = kept(engine)
    assert rows["one"].findings == [note.as_dict()]
    assert rows["two"].findings == []
    assert {row.ended_at for row in rows.values()} == {NOW}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("Bad.", "Because.", "Do this.", code="some_input"), "some_input"),
        (ZeroDivisionError("no days"), "internal_error"),
    ],
)
def test_a_step_that_fails_says_so_and_stops_no_other(engine, settings, error, code):
    def failing(*_):
        raise error

    found = run(engine, settings, ("one", failing), ("two", lambda *_: []))
    assert [finding.code for finding in found["one"]] == [code]
    assert found["two"] == []
    assert kept(engine)["one"].findings[0]["code"] == code


def test_the_next_run_replaces_what_the_last_one_found(engine, settings):
    run(engine, settings, ("one", lambda *_: [Finding("some_code", "error", "Bad.")]))
    run(engine, settings, ("one", lambda *_: []))
    assert kept(engine)["one"].findings == []
