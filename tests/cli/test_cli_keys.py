import getpass
import io
import sys

import pytest

from core.cli.keys import read_key
from core.errors import KeyMalformed, KeyMissing

ADMIN = "sk-ant-admin01-" + "larkspur" * 11 + "AA"
OTHER = "sk-ant-api01-" + "larkspur" * 11 + "AA"


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_ADMIN_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_ANALYTICS_KEY", raising=False)


def _pipe(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def _terminal(monkeypatch, answer):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    asked = []

    def ask(prompt):
        asked.append(prompt)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", ask)
    return asked


@pytest.mark.parametrize(
    ("kind", "variable"),
    [("platform", "ANTHROPIC_ADMIN_KEY"), ("enterprise", "ANTHROPIC_ANALYTICS_KEY")],
)
def test_each_kind_has_its_variable_which_wins_over_standard_input(monkeypatch, kind, variable):
    monkeypatch.setenv(variable, ADMIN)
    _pipe(monkeypatch, OTHER)
    assert read_key(kind).get_secret_value() == ADMIN


def test_the_other_kinds_variable_is_not_taken(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", ADMIN)
    _pipe(monkeypatch, OTHER)
    assert read_key("enterprise").get_secret_value() == OTHER


def test_only_the_first_line_is_read_and_its_surroundings_are_dropped(monkeypatch, capsys):
    _pipe(monkeypatch, f'  "{ADMIN}"  \r\nsecond line\n')
    assert read_key("platform").get_secret_value() == ADMIN
    said = capsys.readouterr()
    assert said.out == ""
    assert "ANTHROPIC_ADMIN_KEY is not set" in said.err
    assert "larkspur" not in said.err


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "  ")
    _pipe(monkeypatch, ADMIN)
    assert read_key("platform").get_secret_value() == ADMIN


@pytest.mark.parametrize("text", ["", "\n", "   \nsk-ant-admin01-second-line"])
def test_nothing_piped_is_said_with_the_variable_to_set(monkeypatch, text):
    _pipe(monkeypatch, text)
    with pytest.raises(KeyMissing) as caught:
        read_key("platform")
    assert "ANTHROPIC_ADMIN_KEY" in str(caught.value)


def test_a_process_without_standard_input_does_not_hang(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(KeyMissing):
        read_key("enterprise")


def test_what_cannot_be_a_key_is_refused_without_being_repeated(monkeypatch):
    _pipe(monkeypatch, "sk-ant-admin01-…abcd")
    with pytest.raises(KeyMalformed) as caught:
        read_key("platform")
    assert "abcd" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(monkeypatch):
    raw = io.BytesIO(b"\xff\xfe\x00sk")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw, encoding="utf-8"))
    with pytest.raises(KeyMalformed):
        read_key("platform")


def test_on_a_terminal_it_says_what_it_waits_for_and_echoes_nothing(monkeypatch):
    asked = _terminal(monkeypatch, ADMIN)
    assert read_key("platform").get_secret_value() == ADMIN
    assert asked == ["Admin API key (nothing is shown while you paste it): "]


def test_ending_the_input_on_a_terminal_means_no_key(monkeypatch):
    _terminal(monkeypatch, None)
    with pytest.raises(KeyMissing):
        read_key("enterprise")
