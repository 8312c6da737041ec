"""Addresses in the settings: what counts as this machine, and what alerts may link to."""

import pytest

from core import settings
from core.errors import BadValue


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://localhost:9", True),
        ("http://LOCALHOST", True),
        ("http://127.0.0.1", True),
        ("http://127.9.9.9/x", True),
        ("http://[::1]:8", True),
        ("http://127.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(url, near):
    assert settings.is_loopback(url) is near


def test_a_key_is_not_sent_in_the_clear_to_a_name_that_looks_like_loopback(monkeypatch):
    monkeypatch.setenv("CLAUDE_SPEND_API_URL", "http://127.example.com")
    with pytest.raises(BadValue, match="CLAUDE_SPEND_API_URL"):
        settings.load()


def test_alerts_link_to_the_public_address_without_a_slash_at_its_end(monkeypatch):
    assert settings.load().public_url == "http://127.0.0.1:8501"
    monkeypatch.setenv("CLAUDE_SPEND_PUBLIC_URL", "https://spend.example.com/claude/")
    assert settings.load().public_url == "https://spend.example.com/claude"


@pytest.mark.parametrize(
    "url",
    ["", "spend.example.com", "ftp://x.example.com", "https://a:b@x.example.com",
     "https://x.example.com?a=b", "https://x.example.com#a", "https://"],
)  # fmt: skip
def test_a_public_address_that_is_none_is_refused(url, monkeypatch):
    monkeypatch.setenv("CLAUDE_SPEND_PUBLIC_URL", url)
    with pytest.raises(BadValue, match="CLAUDE_SPEND_PUBLIC_URL"):
        settings.load()
