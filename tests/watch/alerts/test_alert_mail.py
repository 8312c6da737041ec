"""Mail over loopback: plain, STARTTLS and TLS; what is sent, what is refused, what stays secret."""

import logging
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sinks import certificate, mail_sink

from core.errors import BadValue
from core.watch.alerts import mail
from core.watch.alerts.alert import Alert, Standing
from core.watch.alerts.attempts import AlertNotSent
from core.watch.alerts.places import from_text, mailbox, to_text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIX = datetime(2026, 11, 20, 6, tzinfo=UTC)
LINK = "https://spend.example.com/overlap"
ALERT = Alert(
    "overlap", "overlap/1-2/both", "Console and Seats\nreport the same usage.",
    "Some of it.", "overlap", 12_345_600_000_000,
)  # fmt: skip
STANDING = Standing(ALERT, SIX)
PASSWORD = "canary-in-the-coal-mine"


def box(port=25, security="none", user="", password="", host="127.0.0.1",
        recipients="ana@example.com, li@example.com"):  # fmt: skip
    return mailbox(host, port, security, user, SecretStr(password), "spend@example.com", recipients)


def send(place, **more):
    return mail.post(place, STANDING, LINK, clock=lambda: NOON, sleep=lambda _: None, **more)


def test_a_mail_says_what_happened_and_where_to_look():
    with mail_sink() as post:
        assert send(box(post.port)) == ""
    (got,) = post.got
    assert (got.sender, got.recipients) == (
        "spend@example.com", ["ana@example.com", "li@example.com"],
    )  # fmt: skip
    head = {name: str(got.letter[name]) for name in ("subject", "from", "to", "date")}
    assert head == {
        "subject": "claude-spend: Console and Seats report the same usage.",
        "from": "claude-spend <spend@example.com>",
        "to": "ana@example.com, li@example.com",
        "date": "Mon, 23 Nov 2026 12:00:00 +0000",
    }
    assert got.letter["auto-submitted"] == "auto-generated"
    assert got.letter["message-id"] == f"<{STANDING.public_id}@example.com>"
    assert got.letter.get_content_type() == "text/plain"
    assert got.letter.get_content().replace("\r\n", "\n") == (
        f"Some of it.\nAmount: $1,234.56\n\nOpen Overlap: {LINK}\n\nSince 2026-11-20 06:00 UTC.\n"
    )
    assert not got.tls


def test_names_beyond_ascii_arrive_and_nothing_else_goes_over_the_wire():
    told = Standing(Alert("stale", "stale/1", "Größe is old.", "„Größe“ 料金", "connections"), SIX)
    letter = mail.compose(box(), told, LINK, lambda: NOON)
    assert bytes(letter).isascii()
    with mail_sink() as post:
        mail.post(box(post.port), told, LINK)
    (got,) = post.got
    assert str(got.letter["subject"]) == "claude-spend: Größe is old."
    assert got.letter.get_content().startswith("„Größe“ 料金")


UNTROUBLED = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
"""aiosmtpd takes a server that speaks TLS from the first byte for one without TLS."""


@UNTROUBLED
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_with_tls_it_signs_in_over_tls(security, tmp_path, monkeypatch):
    context, public = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with mail_sink(security, context, ("ana", PASSWORD)) as post:
        assert send(box(post.port, security, "ana", PASSWORD, host="localhost")) == ""
        assert [(mail.tls, mail.user) for mail in post.got] == [(True, "ana")]
        with pytest.raises(AlertNotSent) as caught:
            send(box(post.port, security, "ana", "wrong-canary", host="localhost"))
    assert caught.value.cause == "The mail server refused the sign-in with code 535."
    assert len(post.got) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tmp_path):
    context, _ = certificate(tmp_path)
    for security in ("starttls", "tls"):
        with (
            mail_sink(security, context) as post,
            pytest.raises(AlertNotSent, match="not trusted"),
        ):
            send(box(post.port, security))
        assert post.got == []


def test_a_server_without_starttls_gets_no_mail():
    with mail_sink() as post, pytest.raises(AlertNotSent, match="does not offer what is needed"):
        send(box(post.port, "starttls", "ana", PASSWORD))
    assert post.got == []


def test_what_passes_is_tried_again_and_what_does_not_is_not():
    with mail_sink() as post:
        post.refusals = ["451 later", "421 busy"]
        assert send(box(post.port)) == ""
        assert len(post.got) == 1
        post.refusals = ["554 no ana@example.com here", "554 never asked"]
        with pytest.raises(AlertNotSent) as caught:
            send(box(post.port))
        assert post.refusals == ["554 never asked"]
        post.refusals = ["451 a", "451 b", "451 c", "451 d"]
        with pytest.raises(AlertNotSent, match="code 451"):
            send(box(post.port))
        assert post.refusals == ["451 d"]
    assert caught.value.cause == "The mail server refused the mail with code 554."
    assert "ana" not in str(caught.value)


def test_some_refused_recipients_do_not_make_the_others_get_it_twice():
    with mail_sink() as post:
        post.unknown = {"li@example.com"}
        assert send(box(post.port)) == "The mail server refused 1 of 2 recipients."
        post.unknown.add("ana@example.com")
        with pytest.raises(AlertNotSent) as caught:
            send(box(post.port))
    assert [mail.recipients for mail in post.got] == [["ana@example.com"]]
    assert "@" not in str(caught.value)


def test_nobody_there_is_said_without_the_address():
    with mail_sink() as post:
        closed = post.port
    with pytest.raises(AlertNotSent) as caught:
        send(box(closed))
    assert "could not be reached" in caught.value.cause
    assert caught.value.__cause__ is None
    assert str(closed) not in str(caught.value)


@UNTROUBLED
def test_nothing_secret_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    with mail_sink("none", None, ("ana", PASSWORD)) as post:
        send(box(post.port, "none", "ana", PASSWORD))
    heard = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("core"))
    assert PASSWORD not in heard
    assert "ana@example.com" not in heard


# ── what may be entered ──────────────────────────────────────────────────────────────────────


def test_a_mailbox_survives_its_text_and_shows_nothing():
    place = box(587, "starttls", "ana", PASSWORD, host="smtp.example.com")
    assert from_text(to_text(place)) == place
    assert place.hint == "a…@example.com and 1 more"
    assert PASSWORD not in repr(place) + repr(to_text(place))
    assert "example" not in repr(place)


@pytest.mark.parametrize(
    "change",
    [
        {"security": "none", "host": "smtp.example.com"},
        {"security": "none", "host": "127.0.0.1.example.com"},
        {"security": "ssl"},
        {"host": "two words"},
        {"host": ""},
        {"port": 0},
        {"port": 65536},
        {"user": "ana"},
        {"password": PASSWORD},
        {"recipients": ""},
        {"recipients": "ana"},
        {"recipients": "ana@example.com\nBcc: all@example.com"},
        {"recipients": "ana@example.com, x@y@z"},
        {"recipients": "<ana@example.com>"},
    ],
)
def test_what_cannot_be_used_is_refused_and_not_repeated(change):
    with pytest.raises(BadValue) as caught:
        box(**change)
    assert PASSWORD not in str(caught.value)
    assert "ana@" not in str(caught.value)


def test_each_way_has_its_usual_port():
    ports = [box(None, way).port for way in ("starttls", "tls", "none")]
    assert ports == [587, 465, 25]
