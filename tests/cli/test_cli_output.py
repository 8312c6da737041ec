import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.cli import output


def test_a_document_is_all_that_standard_output_holds(capsys):
    output.document({"name": "Zoë 🦩", "value": "412.80", "missing": None, "rows": []})
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out) == {
        "name": "Zoë 🦩",
        "value": "412.80",
        "missing": None,
        "rows": [],
    }


def test_a_document_survives_a_terminal_without_unicode(capsys):
    output.document({"name": "Zoë 🦩"})
    assert capsys.readouterr().out.isascii()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (17, "17"),
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("two\nlines\r", "two�lines�"),
        ("\u202eexe.txt", "�exe.txt"),
        ("\u2066isolated\u2069", "�isolated�"),
        ("[bold]name[/bold]", "[bold]name[/bold]"),
    ],
)
def test_names_cannot_command_the_terminal(value, shown):
    assert output.plain(value) == shown


def test_a_table_cuts_nothing_when_it_is_piped(capsys):
    name = "a workspace with a long name, " * 20
    output.show(output.table(("workspace", "value"), [(name, "9" * 60)], numbers={"value"}))
    assert f"{name.strip()}" in capsys.readouterr().out.replace("\n", "")


def test_markup_in_names_is_shown_and_not_obeyed(capsys):
    output.show(output.table(("user",), [("[red]Eve[/red] [link=https://x.test]y[/link]",)]))
    assert "[red]Eve[/red] [link=https://x.test]y[/link]" in capsys.readouterr().out


def test_a_finding_says_what_why_what_to_do_and_where_to_look_it_up():
    text = output.finding(
        {
            "code": "key_invalid",
            "severity": "error",
            "title": "The key is unknown.",
            "cause": "It was revoked.",
            "fix": "Make a new one.",
            "http_status": 401,
            "request_id": "req_1",
        }
    )
    assert text.plain == (
        "Error: The key is unknown.\n  Why: It was revoked.\n  To do: Make a new one.\n"
        "  [key_invalid, HTTP 401, req_1]"
    )


def test_a_finding_leaves_out_what_is_not_known():
    text = output.finding({"code": "usage", "title": "Odd.", "cause": "", "fix": ""})
    assert text.plain == "Error: Odd.\n  [usage]"


def test_moments_keep_every_digit_and_are_utc():
    berlin = timezone(timedelta(hours=1))
    assert output.moment(datetime(2026, 11, 1, 12, 30, 1, 42, berlin)) == (
        "2026-11-01T11:30:01.000042Z"
    )
    assert output.moment(datetime(2026, 11, 1, tzinfo=UTC)) == "2026-11-01T00:00:00Z"
