"""Whatever an API answers, only the errors that are documented come out of its parsers."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from core.anthropic import enterprise, platform, unified
from core.anthropic.envelope import read
from core.anthropic.pace import Pace
from core.anthropic.statuses import error_for
from core.anthropic.transport import Client
from core.calendar import Span
from core.errors import (
    NotUnderstood,
    PayloadInvalid,
    RestartWindow,
    ServiceUnavailable,
    SpendError,
    UnexpectedResponse,
)

SPAN = Span(date(2026, 11, 1), date(2026, 11, 3))
DAY, NEXT = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
MONEY = {"amount": "1.5", "list_amount": "2", "currency": "USD", "workspace_id": "w", "model": "m"}
TOKENS = {
    "uncached_input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 5,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "server_tool_use": {"web_search_requests": 7},
}  # fmt: skip
ACTOR = {"type": "user_actor", "user_id": "user_1", "email_address": "a@b.c", "deleted": False}
CODE = {
    "date": DAY, "actor": {"type": "user_actor", "email_address": "a@b.c"},
    "core_metrics": {
        "num_sessions": 5, "lines_of_code": {"added": 1, "removed": 0},
        "commits_by_claude_code": 0, "pull_requests_by_claude_code": 0,
    },
    "tool_actions": {"edit_tool": {"accepted": 1, "rejected": 2}},
    "model_breakdown": [{
        "model": "m", "estimated_cost": {"amount": 12.5, "currency": "USD"},
        "tokens": {"input": 1, "output": 2, "cache_read": 3, "cache_creation": 4},
    }],
}  # fmt: skip
ACTIVITY = {
    "user": {"id": "u", "email_address": "a@b.c"}, "web_search_count": 1,
    "chat_metrics": {"distinct_conversation_count": 2, "message_count": 3},
    "claude_code_metrics": {"core_metrics": {"commit_count": 1}},
}  # fmt: skip
LIMIT = {
    "amount": "100", "currency": "USD", "period": "monthly", "period_to_date_spend": "5",
    "actor": ACTOR, "source": {"type": "seat_tier", "seat_tier": "premium"},
}  # fmt: skip
SUMMARY = {
    "starting_at": DAY, "ending_at": NEXT, "daily_active_user_count": 1,
    "weekly_active_user_count": 2, "monthly_active_user_count": 3, "daily_adoption_rate": 1.5,
}  # fmt: skip
SPACE = {"id": "w", "name": "n", "created_at": DAY, "archived_at": None, "tags": {"a": "b"}}
KEY = {
    "id": "k",
    "name": "n",
    "status": "active",
    "expires_at": NEXT,
    "scope": {"workspace_id": "w"},
}

Reader = Callable[[Client], Any]


def page(*rows: Any) -> dict[str, Any]:
    """Return a page of an answer, as every way of paging has it."""
    return {"data": list(rows), "has_more": False, "next_page": None, "data_refreshed_at": DAY}


def bucket(row: dict[str, Any]) -> dict[str, Any]:
    return {"starting_at": DAY, "ending_at": NEXT, "results": [row]}


def of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"starting_at": DAY, "ending_at": NEXT, "group": {"model": "m"}, name: row}


def of_user(row: dict[str, Any]) -> dict[str, Any]:
    return {"starting_at": DAY, "ending_at": NEXT, "actor": ACTOR, **row}


READERS: dict[str, tuple[Reader, dict[str, Any]]] = {
    "cost_report": (lambda c: list(platform.cost_report(c, SPAN, group=True)), page(bucket(MONEY))),
    "usage_report": (lambda c: list(platform.usage_report(c, SPAN, ())), page(bucket(TOKENS))),
    "analytics cost": (lambda c: list(enterprise.cost_report(c, SPAN, ())), page(bucket(MONEY))),
    "user cost": (lambda c: list(enterprise.user_cost_report(c, SPAN, ())), page(of_user(MONEY))),
    "user usage": (
        lambda c: list(enterprise.user_usage_report(c, SPAN, ())), page(of_user(TOKENS))
    ),
    "unified cost": (lambda c: list(unified.cost(c, SPAN, ())), page(of("cost", MONEY))),
    "unified usage": (lambda c: list(unified.usage(c, SPAN, ())), page(of("usage", TOKENS))),
    "claude code": (lambda c: list(platform.claude_code(c, SPAN.start)), page(CODE)),
    "activity": (lambda c: list(enterprise.users(c, SPAN.start)), page(ACTIVITY)),
    "summaries": (lambda c: enterprise.summaries(c, SPAN), page(SUMMARY)),
    "spend limits": (enterprise.spend_limits, page(LIMIT)),
    "workspaces": (platform.workspaces, page(SPACE)),
    "api keys": (platform.api_keys, page(KEY)),
    "users": (platform.users, page({"id": "u", "email": "a@b.c", "name": "n", "role": "user"})),
    "groups": (enterprise.groups, page({"id": "g", "name": "n", "source_type": "scim"})),
    "members": (
        lambda c: enterprise.group_members(c, "../g"), page({"group_id": "g", "user_id": "u"})
    ),
    "organization": (platform.organization, {"id": "o", "name": "n"}),
}  # fmt: skip


def client(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client that is answered so, and that neither waits nor paces."""
    return Client(
        SecretStr("sk-ant-admin01-" + "q7" * 45),
        "https://api.anthropic.com",
        transport=httpx.MockTransport(answer),
        sleep=lambda _: None,
        attempts=1,
        pace=Pace(1000, engaged=False),
    )


def ask(name: str, body: bytes, status: int = 200) -> SpendError | None:
    """Return the documented error that an endpoint's reader makes of a body; None: it was read."""
    with client(lambda _: httpx.Response(status, content=body)) as asking:
        try:
            READERS[name][0](asking)
        except SpendError as error:
            return error
    return None


def told(error: SpendError | None) -> bool:
    """Say whether an error says what happened, and no key."""
    return error is None or bool(error.title and "sk-ant" not in f"{error} {error!r}")


@pytest.mark.parametrize("name", READERS)
def test_the_answers_that_are_mutated_here_can_be_read(name: str) -> None:
    assert ask(name, json.dumps(READERS[name][1]).encode()) is None


texts = st.text(max_size=8) | st.sampled_from(
    ["\0", "\u202e", "1e9", "NaN", "-0", DAY, "", "\ud800"]
)
numbers = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63) - 1, 10**400, -0.0])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside a value, its own among them."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    return [here, *(way for key, one in inside for way in places(one, (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return an endpoint and its answer with one to three places changed, dropped or doubled."""
    name = draw(st.sampled_from(sorted(READERS)))
    body = copy.deepcopy(READERS[name][1])
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(body)[1:] or [()]))
        if not way:
            break
        holder = body
        for key in way[:-1]:
            holder = holder[key]
        what = draw(st.sampled_from(["change", "drop", "add"]))
        if what == "change":
            holder[way[-1]] = draw(values)
        elif what == "drop":
            del holder[way[-1]]
        elif isinstance(holder, dict):
            holder[draw(texts)] = draw(values)
        else:
            holder.append(draw(values))
    return name, json.dumps(body).encode()


@settings(max_examples=150)
@given(mutated())
def test_a_changed_answer_is_read_or_refused_as_documented(case: tuple[str, bytes]) -> None:
    error = ask(*case)
    assert told(error)
    assert error is None or isinstance(error, NotUnderstood | ServiceUnavailable | RestartWindow)


@settings(max_examples=60)
@given(st.sampled_from(sorted(READERS)), values)
def test_any_json_is_read_or_refused_as_documented(name: str, value: Any) -> None:
    error = ask(name, json.dumps(value).encode())
    assert told(error)
    assert error is None or isinstance(error, NotUnderstood | ServiceUnavailable | RestartWindow)


DEEP, LONG = 100_000, 5_000
ODD = {
    "deep lists": b'{"data": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"data": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "deep in an unknown field": b'{"new": ' + b"[" * DEEP + b"]" * DEEP + b', "data": []}',
    "unended": b'{"data": ' + b"[" * DEEP,
    "long number": b'{"data": [' + b"9" * LONG + b"]}",
    "long fraction": b'{"data": [0.' + b"9" * LONG + b"]}",
    "long exponent": b'{"data": [1e' + b"9" * LONG + b"]}",
    "NaN": b'{"data": [NaN]}',
    "Infinity": b'{"data": [-Infinity]}',
    "same key twice": b'{"data": [], "data": 7}',
    "half a character": b'{"data": ["\\ud800"]}',
    "bad UTF-8": b'{"data": ["\xff\xfe"]}',
    "BOM": b'\xef\xbb\xbf{"data": []}',
    "UTF-16": '{"data": []}'.encode("utf-16"),
    "NUL": b'{"data": ["\\u0000", "\0"]}',
    "two documents": b'{"data": []}{"data": []}',
    "nothing": b"",
    "blanks": b" \n\t",
    "a list": b"[]",
    "a word": b"null",
    "HTML": b"<!doctype html><title>Sign in</title>",
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
}


@pytest.mark.parametrize("name", ["cost_report", "unified usage", "workspaces", "organization"])
@pytest.mark.parametrize("odd", ODD)
def test_odd_bytes_are_refused_as_documented(name: str, odd: str) -> None:
    error = ask(name, ODD[odd])
    assert told(error)
    if error is not None:
        assert isinstance(error, UnexpectedResponse | PayloadInvalid | ServiceUnavailable)
    else:
        assert odd in {"deep in an unknown field", "same key twice"}


@pytest.mark.parametrize("field", ["amount", "uncached_input_tokens", "num_sessions"])
@pytest.mark.parametrize("number", ["9" * LONG, "1e999999", "NaN", "-Infinity", "0." + "9" * LONG])
def test_an_endless_number_is_refused(field: str, number: str) -> None:
    names = {"amount": "cost_report", "uncached_input_tokens": "usage_report"}
    name = names.get(field, "claude code")
    body = json.dumps(READERS[name][1])
    start = body.index(f'"{field}": ') + len(field) + 4
    end = min(at for at in (body.find(",", start), body.find("}", start)) if at > 0)
    assert ask(name, (body[:start] + number + body[end:]).encode()) is not None


statuses = st.integers(100, 999)


@settings(max_examples=100)
@given(statuses, st.binary(max_size=40) | values.map(lambda v: json.dumps(v).encode()))
@example(429, ODD["deep lists"])
@example(500, ODD["long number"])
@example(403, b'{"error": {"message": "Got: [] Needed: [\']"}}')
def test_any_refusal_is_one_that_is_documented(status: int, body: bytes) -> None:
    error = error_for(status, body, "/v1/x", None)
    assert isinstance(error, SpendError)
    assert error.title
    assert len(error.cause) < 1000
    read(body)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "date", "x-should-retry", "request-id"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
        | st.sampled_from(
            ["-1", "1e309", "nan", "inf", "9" * 400, "Mon, 99 Foo 2026 99:99:99 GMT"]
        ),
    ),
    st.sampled_from([429, 500, 503, 529]),
)
def test_any_headers_of_a_refusal_are_borne(headers: dict[str, str], status: int) -> None:
    answer = httpx.Response(status, headers=headers, content=b"{}")
    with client(lambda _: answer) as asking, pytest.raises(SpendError) as caught:
        platform.organization(asking)
    assert caught.value.http_status == status
