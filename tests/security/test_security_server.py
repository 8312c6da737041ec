"""The server refuses what another site's page would have a visitor's browser do; no file leaks."""

import http.client
import io
import logging
import sys
import tomllib
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from canaries import ADMIN, found
from stage import ROOT, Server, serve
from streamlit import net_util
from streamlit.web.server import server_util
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.server import state
from core.server.parts import parts

UPLOAD = "/_stcore/upload_file/a-session/a-file"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("served"), CLAUDE_SPEND_DEMO="0") as server:
        yield server
        assert "Traceback" not in server.log, server.log


def test_the_walls_are_switched_on() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]
    assert config["enableXsrfProtection"] is True
    assert config["enableCORS"] is True
    assert config["enableStaticServing"] is False


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("cookies", "headers"),
    [
        ({}, {}),
        ({}, {"X-Xsrftoken": "guessed"}),
        ({"_streamlit_xsrf": "guessed"}, {}),
        ({"_streamlit_xsrf": "one"}, {"X-Xsrftoken": "another"}),
    ],
)
def test_an_upload_without_the_pages_token_is_refused(
    served: Server, method: str, cookies: dict[str, str], headers: dict[str, str]
) -> None:
    with httpx.Client(base_url=served.url, cookies=cookies, headers=headers) as client:
        files = {"files": {"f": ("a.csv", b"name,from\n")}} if method == "PUT" else {}
        answer = client.request(method, UPLOAD, **files)
    assert answer.status_code == 403


def test_nothing_takes_a_post(served: Server) -> None:
    for path in ("/", UPLOAD, "/healthz", "/_stcore/health", "/_stcore/stream"):
        assert httpx.post(f"{served.url}{path}", content=b"x").status_code in {403, 404, 405}


def origins(server: Server) -> dict[str, bool]:
    """Return origins of web pages, and whether they may speak to the dashboard."""
    port = urlsplit(server.url).port
    return {
        server.url: True,
        "http://out.invalid": False,
        f"http://out.invalid:{port}": False,
        f"http://127.0.0.1.out.invalid:{port}": False,
        f"http://localhost.out.invalid:{port}": False,
        f"https://127.0.0.1@out.invalid:{port}": False,
        "null": False,
        "file://": False,
    }


def test_a_page_of_another_site_cannot_open_the_websocket(served: Server) -> None:
    address = f"{served.url.replace('http', 'ws')}/_stcore/stream"
    opened = {}
    for origin in origins(served):
        try:
            with connect(address, origin=origin, subprotocols=["streamlit"]):
                opened[origin] = True
        except InvalidStatus as refused:
            opened[origin] = refused.response.status_code != 403
    assert opened == origins(served)


def test_a_page_of_another_site_does_not_make_the_server_ask_for_its_address(
    served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"{served.url.replace('http', 'ws')}/_stcore/stream", origin="http://out.invalid")
    assert "external IP" not in served.log
    asked: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(net_util, "_internal_ip", "192.0.2.2")
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    parts()
    assert server_util.is_url_from_allowed_origins("http://out.invalid") is False
    assert asked == []
    # What is printed at the start comes before any of our code.
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["serverAddress"] == "localhost"


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/healthz"])
def test_no_answer_is_for_a_page_of_another_site(served: Server, path: str) -> None:
    answer = httpx.get(f"{served.url}{path}", headers={"Origin": "http://out.invalid"})
    assert answer.headers.get("access-control-allow-origin") in {None, served.url}
    allowed = httpx.options(
        f"{served.url}{UPLOAD}",
        headers={"Origin": "http://out.invalid", "Access-Control-Request-Method": "PUT"},
    ).headers.get("access-control-allow-origin", "")
    assert "out.invalid" not in allowed
    assert allowed != "*"


SECRET = (b"[project]", b"root:", b"SQLite", b"enableXsrf")
WAYS = [
    f"{front}{back}{file}"
    for front in ("/", "/media/", "/static/", "/app/static/", "/component/x/", "/_stcore/")
    for back in ("../../", "%2e%2e/", "..%2f..%2f", "%2e%2e%5c")
    for file in ("pyproject.toml", "ledger.key")
] + ["/ledger.sqlite3", "/ledger.key", "/.streamlit/config.toml", "//etc/passwd", "/app.py"]


def test_no_way_leads_to_a_file(served: Server) -> None:
    page = httpx.get(f"{served.url}/").content
    where = urlsplit(served.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    for path in WAYS:
        # Not httpx, which puts such paths in order before it asks.
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status >= 400 or body == page, path
        assert not [
            mark for mark in (b"[project]", b"root:", b"SQLite", b"enableXsrf") if mark in body
        ]
    connection.close()


def test_a_failure_of_the_servers_own_answers_is_logged_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAUDE_SPEND_LOG", "DEBUG")
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    state.settings.cache_clear()
    state.settings()
    asked, handler = logging.getLogger("uvicorn.error"), logging.StreamHandler(written)
    asked.addHandler(handler)
    error = RuntimeError(f"no such thing: {ADMIN}")
    asked.error("a route failed with %s", ADMIN, exc_info=error)
    asked.removeHandler(handler)
    state.settings.cache_clear()
    assert "no such thing: sk-ant-…" in written.getvalue()
    assert found(written.getvalue().encode()) == []
