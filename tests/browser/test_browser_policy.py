"""The policy that the server sends really binds the browser."""

from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser
from stage import WIDE, Server, Watch, new_context, settled

Start = Callable[..., Server]

_INLINE = """() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return window.ran === true;
}"""
# In a task of its own: the debugger's own evaluation is exempt from the policy.
_EVAL = """() => new Promise(done => setTimeout(() => {
    try { done(eval('1 + 1')) } catch (error) { done(error.name) }
}))"""
_ELSEWHERE = """() => fetch('https://example.com/?figures=1').then(() => 'sent', () => 'refused')"""


def test_inline_scripts_eval_and_other_hosts_are_refused(start: Start, chromium: Browser) -> None:
    server = start(CLAUDE_SPEND_DEMO="0")
    with new_context(chromium, "light", WIDE, 900) as context:
        watch = Watch(server.url.removeprefix("http://"))
        context.on("console", watch.said)
        page = context.new_page()
        page.goto(f"{server.url}/overview")
        settled(page)
        assert watch.errors == []
        assert page.evaluate(_INLINE) is False
        assert page.evaluate(_EVAL) == "EvalError"
        assert page.evaluate(_ELSEWHERE) == "refused"
        said = " ".join(watch.errors)
    assert "inline script" in said
    assert "connect-src" in said


def test_a_running_server_tells_its_health_and_refuses_strangers_its_metrics(
    start: Start,
) -> None:
    server = start(CLAUDE_SPEND_DEMO="0")
    with urlopen(f"{server.url}/healthz") as answer:
        assert answer.status == 200
        assert b'"database":"ok"' in answer.read()
    with urlopen(f"{server.url}/metrics") as answer:
        assert b"claude_spend_database_up 1.0" in answer.read()
    passed_on = Request(f"{server.url}/_stcore/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    with pytest.raises(HTTPError, match="403"):
        urlopen(passed_on)
