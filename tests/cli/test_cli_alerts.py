"""`claude-spend alerts`: targets come and go, tests arrive, what stands is sent once, no secret."""

import getpass
import io
import json
import sys

import pytest
from cli_desk import Desk
from sinks import mail_sink, web_sink

from core.anthropic import transport
from core.cli.secret import read_secret
from core.errors import BadValue
from core.watch.alerts.alert import KINDS

SECRET = "canary-of-the-webhooks-secret"
TOKEN = "/services/canary-in-the-address"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path, {"CLAUDE_SPEND_PUBLIC_URL": "https://spend.example.com"})


def lines(*given):
    return "".join(f"{line}\n" for line in given)


def test_a_webhook_is_added_tried_out_told_once_and_removed(desk):
    with web_sink() as sink:
        said = desk.json("alerts", "add", "webhook", "ops", "--kinds", "stale,key_refused",
                         stdin=lines(sink.url + TOKEN, SECRET))  # fmt: skip
        assert said.status == 0, said
        made = said.doc["target"]
        assert made.pop("created_at").endswith("Z")
        assert made == {"name": "ops", "kind": "webhook", "hint": "127.0.0.1/…ress",
                        "kinds": ["key_refused", "stale"], "paused": False}  # fmt: skip
        told = desk.json("alerts", "test", "ops")
        assert told.doc == {"target": "ops", "sent": True, "note": None}
        assert json.loads(sink.got[0].body)["kind"] == "test"
        assert json.loads(sink.got[0].body)["link"] == "https://spend.example.com/alerts"
        sent = desk.json("alerts", "send")
        assert (sent.status, sent.doc) == (0, {"standing": [], "findings": []})
    assert desk.json("alerts", "log").doc == {"log": []}
    listed = desk.json("alerts", "list").doc
    assert [t["name"] for t in listed["targets"]] == ["ops"]
    assert listed["standing"] == []
    assert desk.json("alerts", "pause", "OPS").doc["target"]["paused"] is True
    assert "paused" in desk.run("alerts", "list").out
    assert desk.json("alerts", "resume", "ops").doc["target"]["paused"] is False
    chosen = desk.json("alerts", "kinds", "ops", "--kinds", "overlap").doc["target"]["kinds"]
    assert chosen == ["overlap"]
    assert desk.json("alerts", "kinds", "ops").doc["target"]["kinds"] == list(KINDS)
    assert desk.json("alerts", "remove", "Ops").doc == {"target": "ops", "removed": True}
    assert "nobody is told" in desk.run("alerts", "list").out


def test_a_failing_sync_is_told_once_and_stands_in_list_and_log(desk, monkeypatch):
    monkeypatch.setattr(transport, "pause", lambda _: 0.0)
    key = "sk-ant-admin01-" + "larkspur" * 11 + "wxyz"
    with web_sink() as sink:
        desk.json("alerts", "add", "slack", "ops", stdin=lines(sink.url))
        desk.json("connect", "platform", "Console", "--organization-id", "", "--no-check",
                  stdin=lines(key))  # fmt: skip
        synced = desk.json("sync", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
        assert synced.status == 1
        assert sink.got == []  # it passes by itself
        desk.json("sync", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
        assert json.loads(sink.got[0].body)["text"] == "The sync of Console fails."
        desk.json("sync", CLAUDE_SPEND_API_URL="http://127.0.0.1:9")
        assert len(sink.got) == 1
    (row,) = desk.json("alerts", "log").doc["log"]
    assert (row["target"], row["kind"], row["state"], row["attempts"], row["problem"]) == (
        "ops", "sync_failing", "sent", 1, None,
    )  # fmt: skip
    assert "The sync of Console fails." in desk.run("alerts", "log").out
    (stands,) = desk.json("alerts", "list").doc["standing"]
    assert (stands["kind"], stands["page"]) == ("sync_failing", "connections")
    assert "sync_failing" in desk.run("alerts", "list").out


def test_mail_is_added_with_a_password_that_nobody_sees(desk):
    with mail_sink() as post:
        said = desk.json("alerts", "add", "email", "people", "--host", "127.0.0.1", "--port",
                         str(post.port), "--security", "none", "--from", "spend@example.com",
                         "--to", "ana@example.com,li@example.com")  # fmt: skip
        assert said.doc["target"]["hint"] == "a…@example.com and 1 more"
        assert said.doc["target"]["kinds"] == list(KINDS)
        assert "took it" in desk.run("alerts", "test", "people").out
    assert post.got[0].recipients == ["ana@example.com", "li@example.com"]
    again = desk.json("alerts", "add", "email", "more", "--host", "smtp.example.com", "--user",
                      "ana", "--from", "a@example.com", "--to", "b@example.com",
                      stdin=lines("canary-password"))  # fmt: skip
    assert again.status == 0
    assert "canary" not in again.out + again.err
    files = b"".join(p.read_bytes() for p in desk.folder.iterdir() if p.is_file())
    assert b"canary" not in files


def test_a_test_that_does_not_arrive_says_why(desk):
    with web_sink(404) as sink:
        desk.json("alerts", "add", "teams", "team", stdin=lines(sink.url + TOKEN))
        said = desk.json("alerts", "test", "team")
    assert (said.status, said.code) == (1, "alert_not_sent")
    assert "HTTP 404" in said.doc["error"]["cause"]
    assert "canary" not in said.out + said.err


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (("add", "slack", "ops"), "", "bad_value"),
        (("add", "slack", "ops"), lines("http://hooks.example.com" + TOKEN), "bad_value"),
        (("add", "webhook", "ops"), lines("https://hooks.example.com" + TOKEN), "bad_value"),
        (("add", "webhook", "ops"), lines("https://hooks.example.com", "canary"), "bad_value"),
        (("add", "teams", "ops", "--kinds", "weather"), lines("https://x.example.com"),
         "bad_value"),
        (("test", "ops"), "", "unknown_name"),
        (("remove", "ops"), "", "unknown_name"),
        (("pause", "ops"), "", "unknown_name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_kept(desk, words, stdin, code):
    said = desk.json("alerts", *words, stdin=stdin)
    assert (said.status, said.code) == (1, code)
    assert "canary" not in said.out + said.err
    assert desk.json("alerts", "list").doc["targets"] == []


def test_on_a_terminal_it_is_asked_for_without_an_echo(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    asked = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or " typed ")
    assert read_secret("web address").get_secret_value() == "typed"
    assert asked == ["web address (nothing is shown while you type): "]

    def closed(_):
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", closed)
    with pytest.raises(BadValue, match="No web address"):
        read_secret("web address")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(BadValue):
        read_secret("web address")
