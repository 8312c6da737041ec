"""Where the dashboard's machine may be sent to: https, or this very machine; nothing else."""

from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sinks import web_sink

from core.anthropic.transport import Client
from core.calendar import now
from core.errors import BadValue, SpendError, UnexpectedResponse
from core.settings import Settings
from core.watch.alerts import hooks
from core.watch.alerts.alert import Alert, Standing
from core.watch.alerts.attempts import AlertNotSent
from core.watch.alerts.places import hook, mailbox

KEY = SecretStr("sk-ant-admin01-" + "q7" * 45)

HERE = ("http://127.0.0.1:9/x", "http://localhost/x", "http://LOCALHOST/x", "http://[::1]/x",
        "http://127.9.9.9/x")  # fmt: skip
SAFE = (*HERE, "https://hooks.example.com/x", "https://127.0.0.1/x", "https://10.0.0.1/x")

ELSEWHERE = (
    "http://hooks.example.com/x",
    "http://127.0.0.1.example.com/x",
    "http://127.0.0.1.nip.io/x",
    "http://localhost.example.com/x",
    "http://localtest.me/x",
    "http://localhost./x",
    "http://2130706433/x",
    "http://0x7f000001/x",
    "http://0x7f.1/x",
    "http://0177.0.0.1/x",
    "http://127.1/x",
    "http://0/x",
    "http://0.0.0.0/x",
    "http://[::]/x",
    "http://[::ffff:10.0.0.1]/x",
    "http://[fe80::1]/x",
    "http://169.254.169.254/latest/meta-data",
    "http://metadata.google.internal/x",
    "http://[fd00:ec2::254]/x",
    "http://127.0.0.1@example.com/x",
    "http://127.0.0.1:80@example.com/x",
    "http://example.com#@127.0.0.1/",
    "http://example.com?@127.0.0.1/",
    "http://example.com\\@127.0.0.1/x",
    "http://127.0.0.1\\.example.com/x",
    "http://\u2460\u2461\u2466.0.0.1/x",
    "http://127\u30020\u30020\u30021.example.com/x",
    "http:///x",
    "http://",
    "//127.0.0.1/x",
    "127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1/x",
    "javascript:alert(1)",
    "",
)
WITH_MORE = (
    "https://user:password@hooks.example.com/x",
    "https://user@127.0.0.1/x",
    "http://@127.0.0.1/x",
    "https://hooks.example.com/x#part",
    "https:hooks.example.com/x",
    "https:///x",
)


def api(url: str) -> str:
    return Settings(api_url=url).api_url


def client(url: str) -> str:
    with Client(KEY, url) as made:
        return str(made._http.base_url)


def webhook(url: str) -> str:
    return hook("slack", SecretStr(url)).url


@pytest.mark.parametrize("url", SAFE)
@pytest.mark.parametrize("take", [api, client, webhook])
def test_https_and_this_machine_are_taken(take: object, url: str) -> None:
    assert take(url).lower().rstrip("/") == url.lower()  # type: ignore[operator]


@pytest.mark.parametrize("url", [*ELSEWHERE, *WITH_MORE])
@pytest.mark.parametrize("take", [api, webhook])
def test_all_else_is_refused(take: object, url: str) -> None:
    with pytest.raises((ValidationError, BadValue)) as caught:
        take(url)  # type: ignore[operator]
    assert "example.com/x" not in str(caught.value)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_key_is_sent_nowhere_else(url: str) -> None:
    with pytest.raises(BadValue, match="nowhere else"):
        client(url)


hosts = st.sampled_from(
    ["127.0.0.1", "localhost", "[::1]", "example.com", "10.0.0.1", "2130706433"]
)
marks = st.text("@:#?/\\%.[]0 \t\u3002", max_size=3)


@settings(max_examples=100)
@given(st.lists(st.tuples(hosts, marks), min_size=1, max_size=3))
def test_whoever_reads_the_address_reads_the_same_host(parts: list[tuple[str, str]]) -> None:
    url = "http://" + "".join(host + mark for host, mark in parts)
    for take in (api, webhook):
        try:
            take(url)
        except (ValidationError, BadValue):
            continue
        try:
            host = httpx.URL(url).host
        except httpx.InvalidURL:
            continue  # it is never asked
        assert host == "localhost" or ip_address(host).is_loopback


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("there", ["http://169.254.169.254/latest", "file:///etc/passwd", "/other"])
def test_no_redirect_is_followed(status: int, there: str) -> None:
    told = Standing(Alert("stale", "k", "t", "x", "connections"), now())
    with web_sink((status, {"location": there})) as sink:
        with pytest.raises(AlertNotSent, match="redirect"):
            hooks.post(hook("slack", SecretStr(sink.url)), told, "https://x.example")
        assert len(sink.got) == 1


def test_a_key_is_not_taken_along_to_another_address() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "127.0.0.1"
        return httpx.Response(302, headers={"location": "https://out.invalid/"})

    transport = httpx.MockTransport(redirect)
    with Client(KEY, "http://127.0.0.1:9", transport=transport) as made:
        with pytest.raises(UnexpectedResponse, match="never sent on"):
            made.get("/v1/organizations/me", (), version="2023-06-01")
        assert made.requests == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1.example.com", "10.0.0.1", "2130706433", "::", "a b", "x\r\nQUIT", "localhost."],
)
def test_mail_without_encryption_stays_on_this_machine(host: str) -> None:
    with pytest.raises(SpendError):
        mailbox(host, 25, "none", "", SecretStr(""), "a@example.com", "b@example.com")
