"""kill -9 before every single SQL statement of a window: the ledger holds all of it, or nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kill_windows import first_window, second_window
from ledger_factory import HOUR, NOON, begin, contents, put

from core.ledger.engine import connect, verify
from core.ledger.restatements import log
from core.ledger.snapshot import book, book_as_of
from core.settings import Settings

SCRIPT = Path(__file__).with_name("kill_script.py")


def opened(path: Path):
    settings = Settings(database_url=f"sqlite:///{path}")
    return connect(settings), settings


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_window_is_there_whole_or_not_at_all(tmp_path):
    engine, settings = opened(tmp_path / "start.sqlite3")
    begin(engine)
    put(engine, first_window())
    before = contents(book(engine, settings))
    engine.dispose()
    with sqlite3.connect(tmp_path / "start.sqlite3") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    shutil.rmtree(tmp_path / "snapshots")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": f"{Path.cwd()}:{SCRIPT.parent}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    places = sorted((p for p in tmp_path.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))
    engine, settings = opened(places[-1] / "ledger.sqlite3")
    after = contents(book(engine, settings))
    assert sum(amount for amount, _ in after.values() if amount) == 27_001
    engine.dispose()

    outcomes = [_outcome(place, before, after) for place in places]
    # Killed at the start nothing is there, at the end all of it; in between, never a part.
    assert outcomes == sorted(outcomes)
    assert outcomes[0] == "1 before"
    assert len(places) > 20


def _outcome(place: Path, before: object, after: object) -> str:
    """What a kill left; then the next sync finishes the work."""
    engine, settings = opened(place / "ledger.sqlite3")
    verify(engine)
    found = contents(book(engine, settings))
    assert found in (before, after)
    changed = put(engine, replace(second_window(), fetched_at=NOON + 2 * HOUR)).changed
    assert changed == (0 if found == after else 4)
    assert contents(book(engine, settings)) == after
    assert contents(book_as_of(engine, NOON)) == before
    assert sum(log(engine)["delta"]) == 2_001 - 2_000 + 8_000 - 4_000
    engine.dispose()
    return "1 before" if found == before else "2 after"
