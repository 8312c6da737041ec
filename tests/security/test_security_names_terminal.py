"""Names that mean harm, on a terminal: nothing that it obeys, nothing that is read as markup."""

import json
import re

import pytest
from cli_desk import Desk

from core.cli import output

OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028]")
COMMANDS = {
    "connections": ("connections",),
    "report": ("report", "--by", "workspace,model"),
    "people": ("report", "--by", "user"),
    "receipt": ("receipt", "--by", "workspace"),
    "overlap": ("overlap",),
    "reconcile": ("reconcile",),
    "anomalies": ("anomalies", "--all"),
    "budgets": ("budgets", "list"),
    "invoices": ("invoices",),
    "prices": ("prices",),
    "alerts": ("alerts", "list"),
    "audit": ("audit",),
    "savings": ("savings",),
    "unknown": ("report", "--by", "day", "--where", "workspace=\x1b]0;owned\x07\u202e"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=list(COMMANDS))
def test_a_terminal_is_told_nothing_that_it_obeys(
    spoilt_desk: Desk, words: tuple[str, ...]
) -> None:
    said = spoilt_desk.run(*words)
    assert said.status in {0, 1, 3}, said
    assert OBEYED.findall(said.out + said.err) == []
    assert len(said.out + said.err) > 100


@pytest.mark.parametrize("words", COMMANDS.values(), ids=list(COMMANDS))
def test_json_holds_names_exactly_and_no_byte_that_a_terminal_obeys(
    spoilt_desk: Desk, words: tuple[str, ...]
) -> None:
    said = spoilt_desk.run(*words, "--json")
    assert isinstance(json.loads(said.out), dict)
    assert said.out.isascii()
    assert OBEYED.findall(said.out.replace("\n", "")) == []


def test_a_text_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    output.show("[link=http://out.invalid]a[/link] [bold]b\x1b[1m\nc")
    assert capsys.readouterr().out == "[link=http://out.invalid]a[/link] [bold]b\ufffd[1m\nc\n"
