"""Receivers of alerts on loopback ports: one that takes posts, one that takes mail."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Sink:
    """What came to a web address, and what it answers: a status (and headers) each, the last
    one for ever.
    """

    url: str
    got: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(200, {})])

    def next(self) -> tuple[int, dict[str, str]]:
        """Return the next answer."""
        return self.answers[min(len(self.got), len(self.answers)) - 1]


@contextmanager
def web_sink(
    *answers: int | tuple[int, dict[str, str]], context: ssl.SSLContext | None = None
) -> Iterator[Sink]:
    """Serve a sink that gives these answers, by default 200; over TLS with a context."""
    sink = Sink("")
    if answers:
        sink.answers = [(a, {}) if isinstance(a, int) else a for a in answers]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.got.append(Posted(self.path, headers, body))
            status, extra = sink.next()
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of clients that do not like the certificate."""

    server = Server(("127.0.0.1", 0), Handler)
    sink.url = f"http://127.0.0.1:{server.server_port}"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        sink.url = sink.url.replace("http:", "https:")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mail:
    """One mail as it came, and whether over TLS and signed in."""

    sender: str
    recipients: list[str]
    letter: EmailMessage
    tls: bool
    user: str


@dataclass
class Post:
    """A mail server: where it is, what it got, and which codes it refuses the next mails with."""

    port: int = 0
    got: list[Mail] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 (as aiosmtpd calls it)
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Sequence[str]
    ) -> str:
        if address in self.unknown:
            return f"550 <{address}> is unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (as aiosmtpd calls it)
        self, server: SMTP, session: Any, envelope: Any
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        tls = session.ssl is not None or isinstance(server.transport.get_extra_info("sslcontext"),
                                                    ssl.SSLContext)  # fmt: skip
        user = (session.auth_data or b"").decode() if session.authenticated else ""
        self.got.append(Mail(envelope.mail_from, envelope.rcpt_tos, letter, tls, user))
        return "250 OK"


class _Served(Controller):
    """A controller on whatever port is free; with a context of its own it offers STARTTLS."""

    def __init__(self, handler: Post, starttls: ssl.SSLContext | None, **more: Any) -> None:
        self._starttls = starttls
        super().__init__(handler, hostname="127.0.0.1", port=0, **more)

    def factory(self) -> SMTP:
        if self._starttls is None:
            return SMTP(self.handler, **self.SMTP_kwargs)
        return SMTP(self.handler, tls_context=self._starttls, require_starttls=True,
                    **self.SMTP_kwargs)  # fmt: skip

    def _trigger_server(self) -> None:
        """Learn the port and connect to it once; the base class would connect to port 0."""
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection(("127.0.0.1", self.port)).close()


def _sign_in(user: bytes, password: bytes) -> Any:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        if (data.login, data.password) == (user, password):
            return AuthResult(success=True, auth_data=data.login)
        return AuthResult(success=False, handled=False)

    return check


@contextmanager
def mail_sink(
    security: str = "none",
    context: ssl.SSLContext | None = None,
    sign_in: tuple[str, str] = ("", ""),
) -> Iterator[Post]:
    """Serve mail: `none`, `starttls` or `tls`; with `sign_in` (user, password) it is asked for."""
    post = Post()
    more: dict[str, Any] = {}
    if sign_in[0]:
        more = {"authenticator": _sign_in(*(text.encode() for text in sign_in)),
                "auth_required": True, "auth_require_tls": security == "starttls"}  # fmt: skip
    starttls = context if security == "starttls" else None
    controller = _Served(post, starttls, ssl_context=None if starttls else context, **more)
    controller.start()
    try:
        post.port = controller.port
        yield post
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context for loopback, and the file that makes clients trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ))  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public
