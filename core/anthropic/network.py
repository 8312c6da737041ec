"""What a failed exchange amounts to, told apart by what a person can do about it."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from core.anthropic.words import PASSES, place
from core.errors import NetworkUnreachable, ServiceUnavailable, SpendError

TITLE = "The Anthropic API cannot be reached."
_PROXY = "If there is a proxy, HTTPS_PROXY must name it."


def failure(error: httpx.HTTPError, path: str, host: str, *, began: bool) -> SpendError:
    """Return the error for an exchange that broke; `began` says that an answer had begun."""
    if isinstance(error, httpx.TimeoutException):
        return _unreachable(*_slow(error), path)
    if isinstance(error, httpx.DecodingError):
        return _cut(path, "The answer arrived damaged: it cannot be decompressed.")
    if began:
        return _cut(path, "The connection was lost before the answer was complete.")
    return _unreachable(*_reason(error, host), path)


def is_untrusted(error: BaseException) -> bool:
    """Say whether a certificate was refused: trying again changes nothing about that."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(error))


def _reason(error: httpx.HTTPError, host: str) -> tuple[str, str]:
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"The TLS certificate of {host} is not trusted: {cause.verify_message}. A proxy "
                "may put its own certificate in the place of Anthropic's.",
                "Set SSL_CERT_FILE to a file with your organisation's root certificate.",
            )
        if isinstance(cause, ssl.SSLError):
            return (
                f"No TLS connection to {host} came about.",
                "Check CLAUDE_SPEND_API_URL (https or http), and any proxy that opens TLS.",
            )
        if isinstance(cause, socket.gaierror):
            return (
                f"DNS knows no address for {host}.",
                f"Check the network connection, DNS and CLAUDE_SPEND_API_URL. {_PROXY}",
            )
        if isinstance(cause, ConnectionRefusedError):
            return (
                f"{host} refused the connection.",
                f"Check CLAUDE_SPEND_API_URL and the firewall. {_PROXY}",
            )
    return _by_kind(error, host)


def _by_kind(error: httpx.HTTPError, host: str) -> tuple[str, str]:
    if isinstance(error, httpx.ProxyError):
        return (
            "The proxy did not let the connection through.",
            f"Check the proxy that HTTPS_PROXY names, and whether it lets {host} through.",
        )
    if isinstance(error, httpx.ConnectError):
        return (f"No connection to {host} came about.", f"Check network and firewall. {_PROXY}")
    return (
        f"{host} closed the connection without an answer.",
        f"Try again; if it stays, check firewall and proxy. {_PROXY}",
    )


def _slow(error: httpx.TimeoutException) -> tuple[str, str]:
    if isinstance(error, httpx.ConnectTimeout):
        cause = "The connection timed out: nothing answered within the time allowed."
    else:
        cause = "The answer timed out: it did not come, or not to its end, in the time allowed."
    return cause, f"Try again later; if it stays, check network and firewall. {_PROXY}"


def _unreachable(cause: str, fix: str, path: str) -> NetworkUnreachable:
    return NetworkUnreachable(TITLE, f"{cause} {place(path)}", fix)


def _cut(path: str, cause: str) -> ServiceUnavailable:
    return ServiceUnavailable("Anthropic's answer broke off.", f"{cause} {place(path)}", PASSES)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))  # a chain of causes may bite its own tail
        yield error
        error = error.__cause__ or error.__context__
