"""The tests' own walls hold."""

import os
import socket

import httpx
import pytest
from hypothesis import settings

from core.settings import load


def test_an_outside_address_fails_the_test_past_every_except() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 443), timeout=1)


def test_an_outside_name_is_not_even_looked_up() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"api\.example\.com"):
        httpx.get("https://api.example.com/v1/organizations/me")


def test_an_invalid_name_does_not_exist() -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get("https://nowhere.invalid/")


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


def test_the_environment_is_the_tests_own(tmp_path: object) -> None:
    ours = {name for name in os.environ if name.startswith("CLAUDE_SPEND_")}
    assert ours == {"CLAUDE_SPEND_DATABASE_URL"}
    assert load().url == f"sqlite:///{tmp_path}/ledger.sqlite3"
    assert not [name for name in os.environ if name.startswith("ANTHROPIC_")]


def test_generated_examples_are_the_same_in_every_run() -> None:
    profile = settings()
    assert profile.derandomize
    assert profile.deadline is None
