"""A key that looks out for itself: no failure, log or traceback may hold it in any form."""

import base64
import logging
import traceback
from datetime import date
from urllib.parse import quote

import httpx
import pytest
from anthropic_answers import KEY, ok, page, refusal, script
from loopback import loopback, silent, torn, whole
from pydantic import SecretStr

from core.anthropic import platform
from core.anthropic.transport import Client
from core.calendar import Span
from core.errors import SpendError

SPAN = Span(date(2026, 11, 1), date(2026, 11, 2))
FORMS = (
    KEY,
    "CANARY",
    KEY[::-1],
    quote(KEY, safe="").replace("-", "%2D"),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(KEY.encode()).decode()[8:40],
)
ECHO = f"Your key {KEY} may not do this"


def words_of(error):
    """Return all that an error says of itself."""
    printed = "".join(traceback.format_exception(error))
    return "\n".join([str(error), repr(error), repr(vars(error)), repr(error.args), printed])


def locals_of(error):
    """Return what a traceback that shows local variables prints of the product's own frames."""
    trace = error.__traceback__
    while trace is not None and "/tests/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    shown = traceback.TracebackException(type(error), error, trace, capture_locals=True)
    return "".join(shown.format())


def assert_silent(text):
    assert [form for form in FORMS if form in text] == []


def failing(client):
    with pytest.raises(SpendError) as caught:
        list(platform.cost_report(client, SPAN, group=True))
    return caught.value


ECHOES = {
    "400": refusal(400, "invalid_request_error", ECHO),
    "401": refusal(401, "authentication_error", ECHO, ECHO),
    "403": refusal(403, "permission_error", f"Got: ['{KEY}'] Needed: ['{KEY}']"),
    "429": refusal(429, "rate_limit_error", ECHO, retry_after="9999"),
    "500": refusal(500, "api_error", ECHO),
    "request id": httpx.Response(500, json={}, headers={"request-id": KEY + " "}),
    "redirect": httpx.Response(302, headers={"location": f"https://x/?key={KEY}"}),
    "HTML": httpx.Response(200, text=f"<html>{KEY}</html>"),
    "wrong type": page([{"starting_at": ECHO, "results": [{"amount": [KEY]}]}]),
    "wrong name": page([{"starting_at": KEY}]),
    "loop": ok({"data": [], "has_more": True, "next_page": KEY}),
    "timeout": httpx.ReadTimeout(ECHO),
    "protocol": httpx.LocalProtocolError(f"Illegal header value {KEY!r}"),
    "gzip": httpx.DecodingError(ECHO),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=list(ECHOES))
def test_a_key_that_comes_back_is_not_passed_on(answer, caplog):
    caplog.set_level(logging.DEBUG, logger="core")
    error = failing(script(answer).client(attempts=2))
    assert_silent(words_of(error))
    assert_silent(str(error.finding().as_dict()))
    assert_silent(caplog.text)
    assert error.__cause__ is None
    assert error.__context__ is None


FAILURES = {
    **{str(status): refusal(status) for status in (302, 400, 401, 402, 403, 404, 410, 429, 500)},
    "cut short": httpx.Response(200, text='{"data": ['),
    "HTML": httpx.Response(200, text="<html>"),
    "wrong type": page([{"starting_at": 7}]),
    "loop": ok({"data": [], "has_more": True, "next_page": "a"}),
    "timeout": httpx.ReadTimeout("x"),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=list(FAILURES))
def test_no_failure_holds_the_key_not_even_in_a_local_variable(answer, caplog):
    caplog.set_level(logging.DEBUG)
    error = failing(script(answer).client(attempts=2))
    seen = locals_of(error)
    assert "/core/anthropic/" in seen
    assert "self = <core.anthropic" in seen or "answer = " in seen or "walk = " in seen
    assert_silent(words_of(error) + seen + caplog.text)


@pytest.mark.parametrize("behaviour", [silent(), torn(b'{"data"'), whole(b"<html>")])
def test_no_broken_connection_speaks_of_the_key(behaviour, caplog):
    caplog.set_level(logging.DEBUG)
    with loopback(behaviour) as server:
        client = Client(SecretStr(KEY), server.url, attempts=2, sleep=lambda _: None)
        with client:
            error = failing(client)
        assert all(KEY.encode() in head for head in server.heads)
    assert_silent(words_of(error) + locals_of(error) + caplog.text)
    assert error.__context__ is None


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}é", f"Bearer {KEY}", f"{KEY}\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_quoted(key):
    with pytest.raises(SpendError) as caught:
        Client(SecretStr(key), "https://api.anthropic.com")
    assert_silent(words_of(caught.value) + locals_of(caught.value))


def test_a_client_and_its_answers_do_not_show_the_key():
    answers = script(ok({"id": "x"}))
    client = answers.client()
    answer = client.get("/v1/organizations/me", (), version="2023-06-01")
    assert_silent(f"{client!r} {client} {answer!r}")
    assert_silent(str(answers.requests[0].url))
