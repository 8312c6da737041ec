"""What only a process of its own can show: signals, two at once, a terminal, a closed pipe."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cli_desk import connect_both
from sqlalchemy import func, select

from core.ledger.engine import connect, reading
from core.ledger.tables import Window, table
from core.money import dollars
from core.settings import Settings

ROOT = Path(__file__).parents[2]


def _start(desk, *words, **streams):
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **streams}
    return subprocess.Popen(
        [sys.executable, "-m", "core", *words],
        cwd=ROOT,
        env={**os.environ, **desk.environment()},
        text=True,
        **{"stderr": subprocess.PIPE, **streams},
    )


def _windows_kept(desk):
    engine = connect(Settings(database_url=desk.url))
    with reading(engine) as session:
        kept = session.execute(select(func.count()).select_from(table(Window))).scalar_one()
    engine.dispose()
    return kept


def _wait_for(condition, process):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
)
def test_a_stopped_sync_leaves_a_sound_ledger_and_the_next_one_finishes(
    desk, company, number, status, code
):
    connect_both(desk, company)
    with _start(desk, "sync", "console", "--json") as process:
        try:
            _wait_for(lambda: _windows_kept(desk) >= 2, process)
            second = desk.json("sync", "console")
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (second.status, second.code) == (1, "sync_in_progress")
    assert process.returncode == status
    assert json.loads(out)["error"]["code"] == code
    assert "Traceback" not in err
    assert desk.json("doctor").doc["checks"][0]["ok"]
    again = desk.json("sync", "console")
    assert again.status == 0, again
    total = desk.json("report", "--by", "day", "--connection", "console").doc["total"]
    assert total == dollars(company.truth("platform")["amount"].sum())


def test_progress_is_drawn_on_a_terminal_and_the_document_stays_clean(copied):
    master, terminal = pty.openpty()
    with _start(copied, "sync", "console", "--json", stderr=terminal) as process:
        os.close(terminal)
        drawn = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            drawn += piece
        out = process.communicate(timeout=60)[0]
    os.close(master)
    assert process.returncode == 0
    assert json.loads(out)["outcome"] == "complete"
    assert b"console" in drawn
    assert b"rows" in drawn


def test_a_reader_that_goes_away_is_no_traceback(filled):
    with _start(filled, "report", "--by", "day,user,model", "--json") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_a_terminal_without_unicode_gets_its_figures(filled):
    with _start(filled, "report", "--by", "source") as process:
        plain = process.communicate(timeout=60)[0]
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with _start(
        replace(filled, variables={**filled.variables, **ascii_only}), "report", "--by", "source"
    ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    amounts = [word for word in plain.split() if word.startswith("$")]
    assert amounts == [word for word in out.split() if word.startswith("$")]
