"""Real connections that break in real ways, against a server on a loopback port."""

import gzip
import json
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from anthropic_answers import KEY, script
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loopback import Loopback, dripping, loopback, short, silent, torn, whole
from pydantic import SecretStr

from core.anthropic import bodies
from core.anthropic.transport import Client
from core.errors import NetworkUnreachable, ServiceUnavailable, UnexpectedResponse

PATH = "/v1/organizations/cost_report"
GOOD = json.dumps({"data": [], "has_more": False, "next_page": None}).encode()
HTML = b"<!doctype html><title>Sign in</title>"
DEEP = b"[" * 200_000 + b"]" * 200_000


def client(url, **options):
    options.setdefault("sleep", lambda _: None)
    return Client(SecretStr(KEY), url, **options)


def get(url, **options):
    with client(url, **options) as asked:
        return asked.get(PATH, (), version="2023-06-01"), asked.requests


FAULTS = {
    "reset in the body": (torn(GOOD[:20]), ServiceUnavailable, "before the answer was complete"),
    "short body": (short(GOOD[:20], 400), ServiceUnavailable, "before the answer was complete"),
    "truncated JSON": (whole(GOOD[:-5]), ServiceUnavailable, "cut short or damaged"),
    "trailing bytes": (whole(GOOD + b"x"), ServiceUnavailable, "cut short or damaged"),
    "empty body": (whole(b""), ServiceUnavailable, "cut short or damaged"),
    "broken text": (whole(b'{"a":"\xff"}'), ServiceUnavailable, "cut short or damaged"),
    "not a number": (whole(b'{"a":NaN}'), ServiceUnavailable, "cut short or damaged"),
    "HTML": (whole(HTML), UnexpectedResponse, "proxy or sign-in page"),
    "HTML after a mark": (whole(b"\xef\xbb\xbf \n" + HTML), UnexpectedResponse, "sign-in page"),
    "plain text": (whole(b"OK"), UnexpectedResponse, "no JSON object"),
    "a list": (whole(b"[]"), UnexpectedResponse, "no JSON object"),
    "nested beyond measure": (whole(b'{"a":' + DEEP + b"}"), UnexpectedResponse, "nested"),
    "gzip garbage": (
        whole(b"\x1f\x8bgarbage", "200 OK", "content-encoding: gzip"),
        ServiceUnavailable,
        "cannot be decompressed",
    ),
    "gzip cut short": (
        whole(gzip.compress(GOOD * 50)[:40], "200 OK", "content-encoding: gzip"),
        ServiceUnavailable,
        "cut short or damaged",
    ),
    "no answer": (silent(), NetworkUnreachable, "without an answer"),
    "not HTTP": (lambda wire: wire.sendall(b"SSH-2.0\r\n\r\n"), NetworkUnreachable, "closed"),
    "502 in HTML": (whole(HTML, "502 Bad Gateway"), ServiceUnavailable, "A web page came"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_two_faults_and_then_an_answer_are_an_answer(fault):
    behaviour, _, _ = fault
    with loopback(behaviour, behaviour, whole(GOOD)) as server:
        answer, requests = get(server.url)
    assert answer.body == GOOD
    assert requests == 3


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_that_stays_is_named_after_the_last_attempt(fault):
    behaviour, kind, words = fault
    with loopback(behaviour) as server, pytest.raises(kind, match=words) as caught:
        get(server.url, attempts=2)
    assert type(caught.value) is kind
    assert PATH in caught.value.cause
    assert len(server.heads) == 2


def test_compressed_answers_are_read():
    body = gzip.compress(GOOD)
    with loopback(whole(body, "200 OK", "content-encoding: gzip")) as server:
        assert get(server.url)[0].body == GOOD


def test_an_answer_that_drips_is_given_up_at_the_deadline_as_a_whole():
    with loopback(dripping(GOOD, 0.05)) as server:
        began = time.monotonic()
        with pytest.raises(NetworkUnreachable, match="timed out"):
            get(server.url, attempts=1, deadline=0.3)
        assert 0.3 <= time.monotonic() - began < 1.0


def test_a_server_that_hangs_is_given_up_and_asked_again():
    with loopback(silent(0.3), whole(GOOD)) as server:
        answer, requests = get(server.url, read_timeout=0.2)
    assert answer.body == GOOD
    assert requests >= 2


def test_a_body_without_measure_is_refused(monkeypatch):
    monkeypatch.setattr(bodies, "LARGEST", 1000)
    with loopback(whole(b'{"a":"' + b"x" * 5000 + b'"}')) as server:
        with pytest.raises(UnexpectedResponse, match="larger than"):
            get(server.url)
        assert len(server.heads) == 1


def test_a_redirect_does_not_carry_the_key_away():
    with loopback(whole(GOOD)) as elsewhere:
        location = f"location: {elsewhere.url}/steal"
        with loopback(whole(b"", "307 Temporary Redirect", location)) as server:
            with pytest.raises(UnexpectedResponse, match="redirects are not followed"):
                get(server.url)
            assert len(server.heads) == 1
    assert elsewhere.heads == []


def test_a_refused_connection_is_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkUnreachable, match=r"127\.0\.0\.1 refused the connection"):
        get(f"http://127.0.0.1:{port}", attempts=2)


def test_a_name_without_address_is_told_apart(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NetworkUnreachable, match=r"DNS knows no address for api\.example"):
        get("https://api.example", attempts=2)


def test_a_proxy_that_refuses_is_told_apart(monkeypatch):
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with loopback(whole(b"no", "403 Forbidden")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(NetworkUnreachable, match="The proxy did not let") as caught:
            get("https://api.anthropic.com", attempts=2)
        assert all(head.startswith(b"CONNECT api.anthropic.com:443") for head in proxy.heads)
        assert all(b"CANARY" not in head for head in proxy.heads)
    assert "HTTPS_PROXY" in caught.value.fix


def test_this_machine_is_reached_past_any_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with loopback(whole(GOOD)) as server:
        assert get(server.url)[0].body == GOOD


def test_tls_spoken_to_a_plain_port_is_told_apart():
    class Plain(Loopback):
        def _head(self, wire):
            return wire.recv(1)

    answer = whole(b"", "400 Bad Request")
    with Plain([answer]) as server, pytest.raises(NetworkUnreachable, match="No TLS connection"):
        get(f"https://127.0.0.1:{server.port}", attempts=1)


@pytest.fixture
def untrusted(tmp_path):
    """Return a TLS context with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(1))
    certificate = builder.sign(key, hashes.SHA256())
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def test_an_untrusted_certificate_is_told_apart_and_not_asked_twice(untrusted):
    class Tls(Loopback):
        def _head(self, wire):
            try:
                untrusted.wrap_socket(wire, server_side=True)
            except ssl.SSLError:
                return b"refused by the client"
            return b""

    words = "certificate of localhost is not trusted: self-signed certificate"
    with Tls([silent()]) as server, pytest.raises(NetworkUnreachable, match=words) as caught:
        get(f"https://localhost:{server.port}")
    assert len(server.heads) == 1
    assert "SSL_CERT_FILE" in caught.value.fix


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (httpx.ConnectTimeout("x"), NetworkUnreachable, "The connection timed out"),
        (httpx.PoolTimeout("x"), NetworkUnreachable, "timed out"),
        (httpx.WriteTimeout("x"), NetworkUnreachable, "The answer timed out"),
        (httpx.ConnectError("x"), NetworkUnreachable, "No connection to api.anthropic.com"),
        (httpx.ReadError("x"), NetworkUnreachable, "closed the connection"),
        (httpx.UnsupportedProtocol("x"), NetworkUnreachable, "closed the connection"),
    ],
)
def test_every_other_failure_of_the_network_has_words(error, kind, words):
    with pytest.raises(kind, match=words):
        script(error).client(attempts=1).get(PATH, (), version="2023-06-01")
