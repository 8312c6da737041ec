import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import logs
from core.cli import ledger
from core.cli.app import build, run
from core.cli.signals import Terminated
from core.errors import KeyInvalid

ROOT = Path(__file__).parents[2]
KEY = "sk-ant-admin01-" + "larkspur" * 11 + "AA"


def _raising(monkeypatch, error):
    def refuse():
        raise error

    monkeypatch.setattr(ledger, "_configured", refuse)


@pytest.mark.parametrize(
    "arguments",
    [
        ["report"],
        ["report", "--by", "colour"],
        ["report", "--by", "day", "--measure", "weight"],
        ["report", "--by", "day", "--basis", "thrice"],
        ["report", "--by", "day", "--where", "model"],
        ["report", "--by", "day", "--colour"],
        ["connect", "platform"],
        ["connect", "platform", "name"],
        ["connect", "bedrock", "name"],
        ["check"],
        ["connections", "extra"],
        ["nonsense"],
    ],
)
def test_words_that_are_off_end_with_2_and_one_json_document(arguments, capsys):
    assert run([*arguments, "--json"]) == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["code"] == "usage"
    assert error["title"]
    assert "--help" in error["fix"]
    assert said.err == ""


def test_for_people_a_usage_error_goes_to_standard_error(capsys):
    assert run(["nonsense"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "No such command 'nonsense'" in said.err


def test_a_failure_is_json_with_code_title_cause_and_fix(monkeypatch, capsys):
    _raising(monkeypatch, KeyInvalid("Refused.", "Revoked.", "Make a new one.", 401, "req_1"))
    assert run(["connections", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "error": {
            "code": "key_invalid",
            "title": "Refused.",
            "cause": "Revoked.",
            "fix": "Make a new one.",
            "http_status": 401,
            "request_id": "req_1",
        }
    }


def test_a_failure_for_people_goes_to_standard_error_alone(monkeypatch, capsys):
    _raising(monkeypatch, KeyInvalid("Refused.", "Revoked.", "Make a new one."))
    assert run(["connections"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Error: Refused.",
        "  Why: Revoked.",
        "  To do: Make a new one.",
        "  [key_invalid]",
    ]


def test_what_nobody_expected_is_a_finding_without_its_text(monkeypatch, capsys):
    _raising(monkeypatch, RuntimeError(f"boom {KEY}"))
    assert run(["connections", "--json"]) == 1
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["code"] == "internal_error"
    assert error["cause"].startswith("RuntimeError at test_cli_app.py:")
    assert "boom" not in said.out
    assert "Traceback" not in said.out + said.err


def test_its_traceback_goes_to_the_log_without_keys(monkeypatch, capsys):
    logs.configure("DEBUG")
    _raising(monkeypatch, RuntimeError(f"boom {KEY} at https://x.test/a?token=abc"))
    assert run(["connections"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "RuntimeError: boom sk-ant-… at https://x.test/a?…" in said.err
    assert "larkspur" not in said.err
    logs.configure("WARNING")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(KeyboardInterrupt(), 130, "interrupted"), (Terminated(), 143, "terminated")],
)
def test_being_stopped_has_its_own_status(monkeypatch, capsys, error, status, code):
    _raising(monkeypatch, error)
    assert run(["connections", "--json"]) == status
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLAUDE_SPEND_API_URL", "http://api.example.com"),
        ("CLAUDE_SPEND_DATABASE_URL", "mysql://somewhere"),
        ("CLAUDE_SPEND_DEMO", "maybe"),
        ("CLAUDE_SPEND_LOG", "LOUD"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch, capsys, variable, value):
    monkeypatch.setenv(variable, value)
    assert run(["connections", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "bad_value"
    assert variable in error["title"]


def test_days_that_are_none_are_a_bad_value_and_no_usage_error(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CLAUDE_SPEND_DATABASE_URL", f"sqlite:///{tmp_path / 'x.sqlite3'}")
    assert run(["report", "--by", "day", "--as-of", "yesterday", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_value"
    assert run(["restatements", "--from", "2026-02-30", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_value"


def test_every_command_explains_itself_and_takes_json(capsys):
    app = build()
    groups = {
        group.name: [command.name for command in group.typer_instance.registered_commands]
        for group in app.registered_groups
    }
    names = {command.name for command in app.registered_commands} | set(groups)
    assert names >= {
        "connect", "connections", "check", "rotate", "disconnect", "sync", "report",
        "restatements", "doctor",
    }  # fmt: skip
    for name in sorted(names):
        for words in [[name, sub] for sub in groups.get(name, [])] or [[name]]:
            assert run([*words, "--help"]) == 0
            assert "--json" in capsys.readouterr().out, words


def _command(*arguments, **environment):
    return [sys.executable, "-m", "core", *arguments], {
        "cwd": ROOT,
        "env": {**os.environ, **environment},
        "text": True,
    }


def test_help_answers_without_loading_the_database_or_the_frames():
    code = (
        "import sys; from core.cli.app import run; run(['--help']);"
        "print(sorted({'polars', 'sqlmodel', 'sqlalchemy', 'httpx', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_m_core_is_the_console_script():
    words, options = _command("--version")
    done = subprocess.run(words, capture_output=True, check=True, **options)
    assert done.stdout.startswith("claude-spend ")
    script = Path(sys.executable).with_name("claude-spend")
    again = subprocess.run([script, "--version"], capture_output=True, check=True, text=True)
    assert again.stdout == done.stdout


def test_sigterm_ends_a_command_that_waits_with_143(tmp_path):
    words, options = _command(
        "connect", "platform", "x", "--organization-id", "x", "--json",
        CLAUDE_SPEND_DATABASE_URL=f"sqlite:///{tmp_path / 'x.sqlite3'}", ANTHROPIC_ADMIN_KEY="",
    )  # fmt: skip
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(words, **pipes, **options) as process:
        try:
            line = process.stderr.readline()
            assert "standard input" in line, line
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 143
    assert json.loads(out)["error"]["code"] == "terminated"
    assert "Traceback" not in err
