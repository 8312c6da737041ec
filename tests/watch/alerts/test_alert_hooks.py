"""Posts over loopback: each format to the letter, the signature, refusals, retries, secrecy."""

import hashlib
import hmac
import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from sinks import certificate, web_sink

from core.errors import BadValue
from core.watch.alerts import hooks
from core.watch.alerts.alert import Alert, Standing
from core.watch.alerts.attempts import AlertNotSent
from core.watch.alerts.places import from_text, hook, to_text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIX = datetime(2026, 11, 20, 6, tzinfo=UTC)
LINK = "https://spend.example.com/anomalies"
ALERT = Alert(
    "anomaly", "anomaly/workspace/w1/2026-11-19",
    "Spend on <!channel> & co is $2.50 higher than expected.",
    "On 2026-11-19 it was [$3.50](https://evil.example).", "anomalies", 25_000_000_000,
)  # fmt: skip
STANDING = Standing(ALERT, SIX)
QUIET = Standing(Alert("stale", "stale/1", "Console is old.", "Read it.", "connections"), SIX)
SECRET = "canary-of-the-webhooks-secret"
TOKEN = "/services/T0/B0/canary-in-the-address"


def send(kind, url, standing=STANDING, link=LINK):
    place = hook(kind, SecretStr(url), SecretStr(SECRET))
    return hooks.post(place, standing, link, clock=lambda: NOON, sleep=lambda _: None)


def sent(kind, **more):
    with web_sink() as sink:
        assert send(kind, sink.url + TOKEN, **more) == ""
    (got,) = sink.got
    assert got.path == TOKEN
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"] == "claude-spend"
    return got


def test_slack_gets_blocks_of_plain_text():
    got = sent("slack")
    assert json.loads(got.body) == {
        "text": "Spend on &lt;!channel&gt; &amp; co is $2.50 higher than expected.",
        "blocks": [
            {
                "type": "header",
                "text": {
                    "type": "plain_text",
                    "text": "Spend on <!channel> & co is $2.50 higher than expected.",
                    "emoji": False,
                },
            },
            {
                "type": "section",
                "text": {
                    "type": "plain_text",
                    "text": "On 2026-11-19 it was [$3.50](https://evil.example).\nAmount: $2.50",
                    "emoji": False,
                },
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<{LINK}|Open Anomalies>"}},
        ],
    }
    assert not [name for name in got.headers if name.startswith("x-claude")]


def test_slack_gets_no_longer_text_than_it_takes():
    long = Standing(Alert("stale", "k", "t" * 151, "x" * 3001, "connections"), SIX)
    header, section, _ = json.loads(sent("slack", standing=long).body)["blocks"]
    assert header["text"]["text"] == "t" * 149 + "…"
    assert section["text"]["text"] == "x" * 2999 + "…"


def test_teams_gets_an_adaptive_card_that_reads_no_markdown():
    assert json.loads(sent("teams").body) == {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        {
                            "type": "RichTextBlock",
                            "inlines": [
                                {
                                    "type": "TextRun",
                                    "text": "Spend on <!channel> & co is $2.50 higher than "
                                    "expected.",
                                    "weight": "Bolder",
                                    "size": "Medium",
                                }
                            ],
                        },
                        {
                            "type": "RichTextBlock",
                            "inlines": [
                                {
                                    "type": "TextRun",
                                    "text": "On 2026-11-19 it was [$3.50](https://evil.example)."
                                    "\nAmount: $2.50",
                                }
                            ],
                        },
                    ],
                    "actions": [{"type": "Action.OpenUrl", "title": "Open Anomalies", "url": LINK}],
                },
            }
        ],
    }


def test_a_webhook_gets_signed_json():
    got = sent("webhook")
    assert json.loads(got.body) == {
        "version": 1,
        "id": hashlib.blake2b(
            b"anomaly/workspace/w1/2026-11-19@2026-11-20T06:00:00+00:00", digest_size=12
        ).hexdigest(),
        "kind": "anomaly",
        "title": "Spend on <!channel> & co is $2.50 higher than expected.",
        "text": "On 2026-11-19 it was [$3.50](https://evil.example).",
        "amount": "2.50",
        "currency": "USD",
        "since": "2026-11-20T06:00:00Z",
        "link": LINK,
    }
    # As the README tells a receiver to verify it.
    stamp = got.headers["x-claude-spend-timestamp"]
    assert stamp == "1795435200"
    digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest("v1=" + digest, got.headers["x-claude-spend-signature"])
    assert SECRET.encode() not in got.body


def test_an_alert_without_an_amount_has_none():
    got = json.loads(sent("webhook", standing=QUIET).body)
    assert (got["amount"], got["currency"]) == (None, None)
    assert "Amount" not in sent("slack", standing=QUIET).body.decode()


def test_what_passes_is_tried_again_with_the_same_id_and_another_signature():
    with web_sink(503, (429, {"retry-after": "2"}), 202) as sink:
        waited = []
        place = hook("webhook", SecretStr(sink.url), SecretStr(SECRET))
        # Each try asks for the time twice: to sign, and to see how long it should wait.
        moments = iter([NOON, NOON, SIX, SIX, NOON, NOON])
        hooks.post(place, STANDING, LINK, clock=lambda: next(moments), sleep=waited.append)
    assert len(sink.got) == 3
    assert len({got.body for got in sink.got}) == 1
    assert len({got.headers["x-claude-spend-signature"] for got in sink.got}) == 2
    assert waited[1] == 2.0


@pytest.mark.parametrize(
    ("answer", "tries", "cause"),
    [
        (500, 3, "HTTP 500"),
        ((429, {"retry-after": "3600"}), 1, "asks to wait for 3600 seconds"),
        (404, 1, "refused it with HTTP 404"),
        (400, 1, "refused it with HTTP 400"),
        (302, 1, "a redirect, which is not followed"),
        (307, 1, "a redirect, which is not followed"),
    ],
)
def test_a_refusal_is_told_without_the_address(answer, tries, cause):
    with web_sink() as other, web_sink(answer) as sink:
        status, headers = sink.answers[0]
        sink.answers = [(status, {**headers, "location": other.url})]
        with pytest.raises(AlertNotSent) as caught:
            send("webhook", sink.url + TOKEN)
    assert cause in caught.value.cause
    assert (len(sink.got), other.got) == (tries, [])
    for secret in (TOKEN, SECRET, sink.url):
        assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nobody_there_is_said_without_the_address():
    with web_sink() as sink:
        gone = sink.url
    with pytest.raises(AlertNotSent, match="could not be reached"):
        send("slack", gone + TOKEN)
    with pytest.raises(AlertNotSent, match="could not be reached"):
        send("slack", "https://nowhere.invalid" + TOKEN)


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path, monkeypatch):
    context, public = certificate(tmp_path)
    with web_sink(context=context) as sink:
        with pytest.raises(AlertNotSent, match="certificate is not trusted"):
            send("slack", sink.url + TOKEN)
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        send("slack", sink.url + TOKEN)
    assert len(sink.got) == 1


def test_no_proxy_of_the_environment_is_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    sent("slack")


def test_no_log_names_the_address_or_the_secret(caplog):
    caplog.set_level(logging.DEBUG)
    with web_sink(503, 200) as sink:
        send("webhook", sink.url + TOKEN)
    heard = "\n".join(record.getMessage() for record in caplog.records)
    assert "127.0.0.1" in heard  # httpx has said something
    assert TOKEN not in heard
    assert "canary" not in heard


# ── what may be entered ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/x",
        "https://hooks.example.com:8443/x?y=1",
        "http://127.0.0.1:9000/x",
        "http://[::1]/x",
        "http://localhost/x",
        "https://10.0.0.7/x",
    ],
)
def test_https_and_this_machine_are_taken(url):
    place = hook("slack", SecretStr(f" {url} "))
    assert place.url == url
    assert from_text(to_text(place)) == place
    assert url not in repr(place) + repr(to_text(place))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com/x",
        "http://hooks.example.com/x",
        "http://10.0.0.7/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.example.com/x",
        "http://localhost.example.com/x",
        "http://127.0.0.1@hooks.example.com/x",
        "https://user@hooks.example.com/x",
        "https://user:canary@hooks.example.com/x",
        "https://@hooks.example.com/x",
        "https://hooks.example.com/x#canary",
        "https:///x",
        "https://hooks.example.com:99999/x",
        "https://hooks.example.com/x\r\nHost: y",
        "https://hooks.example.com\\@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://hooks.example.com/x",
    ],
)
def test_all_else_is_refused_and_not_repeated(url):
    with pytest.raises(BadValue) as caught:
        hook("slack", SecretStr(url))
    assert caught.value.code == "bad_value"
    assert "canary" not in str(caught.value)
    assert "/x" not in str(caught.value)


def test_only_a_webhook_needs_a_secret_and_a_long_one():
    url = SecretStr("https://hooks.example.com/x")
    with pytest.raises(BadValue, match="at least 16"):
        hook("webhook", url, SecretStr("canary"))
    with pytest.raises(BadValue, match="at least 16"):
        hook("webhook", url)
    assert hook("teams", url, SecretStr(SECRET)).secret == ""


def test_a_hint_shows_the_host_and_no_more_than_the_end_of_a_long_path():
    assert hook("slack", SecretStr("https://hooks.example.com/" + "a" * 30 + "wxyz")).hint == (
        "hooks.example.com/…wxyz"
    )
    assert hook("slack", SecretStr("https://hooks.example.com/short")).hint == (
        "hooks.example.com/…"
    )


def test_the_signature_is_verified_as_the_readme_says():
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    code = next(part for part in re.findall(r"```python\n(.*?)```", text, re.S) if "hmac" in part)
    clock = SimpleNamespace(time=lambda: NOON.timestamp() + 299)
    names = {"hmac": hmac, "hashlib": hashlib, "time": clock}
    exec(code, names)  # noqa: S102 (the README's own words)
    got = sent("webhook")
    genuine = names["genuine"]
    assert genuine(SECRET.encode(), got.headers, got.body)
    assert not genuine(SECRET.encode(), got.headers, got.body + b" ")
    assert not genuine(b"another secret", got.headers, got.body)
    clock.time = lambda: NOON.timestamp() + 300
    assert not genuine(SECRET.encode(), got.headers, got.body)
