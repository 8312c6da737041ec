"""Secrets are typed into every form, and nothing that a page, a session or a file holds has one."""

import importlib
import io
import logging
import sys
from collections.abc import Callable

import pytest
from canaries import ADMIN, ANALYTICS, GATEWAY, HOOK_SECRET, HOOK_TOKEN, PASSWORD, Traces
from cli_desk import Desk
from echoes import ECHOES
from opened import on
from pydantic import SecretStr
from streamlit.logger import _loggers as streamlit_loggers
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput
from ui_desk import Dashboard, screen

from core import demo
from core.anthropic.transport import Client
from core.connections import store
from core.connections.vault import open_vault
from core.ui import connect, keybox

KIND = {ADMIN: "platform", GATEWAY: "platform", ANALYTICS: "enterprise"}
ORGANIZATION = {"platform": "organization-platform"}


@pytest.fixture
def empty(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    return on(desk, monkeypatch, CLAUDE_SPEND_DEMO="0")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What this process would write to its terminal, Streamlit's own logs among it."""
    written = io.StringIO()
    # A logger is made with its module: what tells of crashes is else there after the first one.
    importlib.import_module("streamlit.error_util")
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(sys, "stdout", written)
    # Whichever handlers other tests have left behind: each would write to the terminal.
    known = [logger for logger in logging.root.manager.loggerDict.values()
             if isinstance(logger, logging.Logger)]  # fmt: skip
    for logger in [*known, *streamlit_loggers.values()]:
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and logger.name.startswith("streamlit"):
                monkeypatch.setattr(handler, "stream", written)
    return written


def look(at: AppTest, traces: Traces, terminal: io.StringIO) -> None:
    """Keep what the browser was sent, what the session holds, and what went to the terminal."""
    state = at.session_state._state
    traces.add("page", screen(at))
    traces.add("session", repr(state) + repr(vars(state)))
    traces.add("waiting keys", repr(keybox._taken))
    traces.add("terminal", terminal.getvalue())


def box(at: AppTest, name: str) -> TextInput:
    return next(t for t in at.text_input if t.key.startswith(f"key-{name}-"))


def enter(at: AppTest, key: str, company: demo.Organisation) -> AppTest:
    """Fill in the form of a key and send it off."""
    kind = KIND[key]
    at.text_input(key=f"name-{kind}").input("Mine")
    if kind == "platform":
        at.text_input(key="organization-platform").input(company.platform_id)
    box(at, kind).input(key)
    return at.button(key=f"connect-go-{kind}").click().run()


@pytest.mark.parametrize("echo", ["403", "fields of another type", None])
@pytest.mark.parametrize("key", [GATEWAY, ANALYTICS], ids=["gateway", "analytics"])
def test_a_key_that_is_entered_leaves_no_trace(
    empty: Dashboard,
    api: demo.Server,
    company: demo.Organisation,
    traces: Traces,
    monkeypatch: pytest.MonkeyPatch,
    terminal: io.StringIO,
    key: str,
    echo: str | None,
) -> None:
    monkeypatch.setattr(connect, "begin_sync", lambda place, names: False)
    api.behaviour.faults[:] = [ECHOES[echo](key)] if echo else []
    at = enter(empty.open("connections"), key, company)
    assert not at.exception
    look(at, traces, terminal)
    assert bool(store.all_connections(empty.engine)) == (echo is None)
    look(empty.open("connections"), traces, terminal)
    assert traces.leaks() == {}


@pytest.mark.parametrize("key", [ADMIN, GATEWAY], ids=["admin", "gateway"])
def test_a_sync_that_fails_beside_the_page_says_no_key(
    empty: Dashboard,
    api: demo.Server,
    company: demo.Organisation,
    traces: Traces,
    terminal: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    monkeypatch.setattr(connect, "begin_sync", lambda place, names: False)
    enter(empty.open("connections"), key, company)
    monkeypatch.undo()
    api.behaviour.faults[:] = [ECHOES["403"](key)]
    at = empty.open("connections")
    at.button(key="sync-1").click().run()
    job = empty.settle()
    look(at.run(), traces, terminal)
    traces.add("job", repr((job.error, job.progress, job.report)))
    at.button(key="check-1").click().run()
    look(at, traces, terminal)
    assert b"not accepted" in traces.more["job"]
    assert traces.leaks() == {}


@pytest.mark.parametrize("key", KIND, ids=["admin", "gateway", "analytics"])
def test_a_crash_inside_a_page_says_no_key(
    empty: Dashboard,
    company: demo.Organisation,
    traces: Traces,
    monkeypatch: pytest.MonkeyPatch,
    terminal: io.StringIO,
    key: str,
) -> None:
    def fall(client: Client, ask: object) -> None:
        raise RuntimeError(f"no such thing: {key} {client!r} {ask!r}")

    monkeypatch.setattr(Client, "_exchange", fall)
    at = enter(empty.open("connections"), key, company)
    assert at.exception
    look(at, traces, terminal)
    assert b"no such thing" in traces.more["terminal"] + traces.logs.text.encode()
    assert traces.leaks() == {}


def test_a_crash_of_the_sync_beside_the_page_says_no_key(
    empty: Dashboard,
    company: demo.Organisation,
    traces: Traces,
    monkeypatch: pytest.MonkeyPatch,
    terminal: io.StringIO,
) -> None:
    def fall(client: Client, ask: object) -> None:
        raise RuntimeError(f"no such thing: {GATEWAY} {client!r} {ask!r}")

    vault = open_vault(empty.settings, empty.engine)
    secret = SecretStr(GATEWAY)
    store.add(empty.engine, vault, "Mine", "platform", secret, organization_id=company.platform_id)
    monkeypatch.setattr(Client, "_exchange", fall)
    at = empty.open("connections")
    at.button(key="sync-1").click().run()
    job = empty.settle()
    look(at.run(), traces, terminal)
    traces.add("job", repr((job.error, job.progress)))
    assert b"no such thing" in traces.more["job"]
    del secret
    assert traces.leaks() == {}


def fill(at: AppTest, fields: dict[str, str]) -> None:
    for name, text in fields.items():
        next(t for t in at.text_input if t.key.startswith(f"alerts-{name}-")).input(text)


def hooked(at: AppTest) -> None:
    fill(at, {"webhook-name": "Ops"})
    box(at, "webhook-url").input(f"https://hooks.invalid{HOOK_TOKEN}")
    box(at, "webhook-secret").input(HOOK_SECRET)
    at.button(key="add-webhook").click().run()


def refused(at: AppTest) -> None:
    fill(at, {"slack-name": "Team"})
    box(at, "slack-url").input(f"http://hooks.invalid{HOOK_TOKEN}")
    at.button(key="add-slack").click().run()


def mailed(at: AppTest) -> None:
    fill(at, {"email-name": "People", "email-recipients": "b@example.com", "email-user": "ana",
              "email-sender": "a@example.com", "email-host": "smtp.invalid"})  # fmt: skip
    box(at, "email-password").input(PASSWORD)
    at.button(key="add-email").click().run()


@pytest.mark.parametrize("add", [hooked, refused, mailed])
def test_where_alerts_go_leaves_no_trace(
    empty: Dashboard,
    traces: Traces,
    terminal: io.StringIO,
    add: Callable[[AppTest], None],
) -> None:
    at = empty.open("alerts")
    add(at)
    assert not at.exception
    look(at, traces, terminal)
    look(empty.open("alerts"), traces, terminal)
    assert traces.leaks() == {}
