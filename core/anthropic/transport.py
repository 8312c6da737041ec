"""One way to ask Anthropic: paced, patient, bounded in time, and silent about the key."""

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version as package_version
from typing import Any, Self, TypeVar

import httpx
import msgspec
import tenacity
from pydantic import SecretStr, ValidationError

from core.anthropic.pace import Pace
from core.anthropic.statuses import SPEND_CAPS, envelope, error_for, is_html
from core.errors import (
    NetworkUnreachable,
    PayloadInvalid,
    RateLimited,
    ServiceUnavailable,
    SpendError,
    UnexpectedResponse,
)
from core.settings import is_loopback

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_WAIT = 120.0
"""A `retry-after` beyond this many seconds ends the run politely; the next one goes on."""

USER_AGENT = f"claude-spend/{package_version('claude-spend')} (self-hosted cost dashboard)"


@dataclass(frozen=True, slots=True)
class Meta:
    """What an answer's headers say."""

    request_id: str | None
    organization_id: str | None
    date: datetime | None


class _Again(Exception):
    """The attempt failed in a way that another may cure; `after` is what the server asked for."""

    def __init__(self, error: SpendError, after: float | None = None) -> None:
        super().__init__(error.title)
        self.error, self.after = error, after


class Client:
    """A connection to the API with one key.

    Times are in seconds. `attempts` bounds failures of one request; being told to wait (429 with
    `retry-after`) does not count as one until the waits of a request exceed `patience`.
    """

    def __init__(
        self,
        key: SecretStr,
        base_url: str,
        *,
        requests_per_minute: int = 60,
        attempts: int = 6,
        patience: float = 300.0,
        deadline: float = 120.0,
        pace: Pace | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.meta = Meta(None, None, None)
        self._pace = pace or Pace(requests_per_minute, engaged=not is_loopback(base_url))
        self._attempts, self._patience, self._deadline = attempts, patience, deadline
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=base_url,
            headers={"user-agent": USER_AGENT, "accept": "application/json"},
            auth=_credential(key),
            timeout=httpx.Timeout(30.0, connect=5.0),
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the API."""
        self._http.close()

    def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        decode: Callable[[bytes], T],
        *,
        version: str,
        beta: str | None = None,
    ) -> T:
        """Return the decoded answer; raises SpendError after the retries that can help.

        `decode` takes the body; what it raises for malformed JSON is tried again, for a missing or
        mistyped field it is PayloadInvalid.
        """
        headers = {"anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
        waited = [0.0]
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=lambda state: self._give_up(state, waited),
            wait=lambda state: _wait(state, waited),
            sleep=self._sleep,
            reraise=True,
        )
        failures: list[_Again] = []
        try:
            answer: T = retrying(self._once, path, params, headers, decode, failures)
        except _Again as last:
            raise last.error from None
        return answer

    def _give_up(self, state: tenacity.RetryCallState, waited: list[float]) -> bool:
        again = _failure(state)
        if again.after is not None and again.after > LONGEST_WAIT:
            return True
        if again.after is not None and isinstance(again.error, RateLimited):
            return waited[0] + again.after > self._patience
        failures = state.args[4]
        return len([f for f in failures if f.after is None or not _is_limit(f)]) >= self._attempts

    def _once(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        headers: dict[str, str],
        decode: Callable[[bytes], T],
        failures: list[_Again],
    ) -> T:
        try:
            status, body, answered = self._send(path, params, headers)
            if status != 200:
                raise _judge(status, body, path, answered, self._pace)
            return _decoded(body, decode, path, self.meta.request_id)
        except _Again as again:
            failures.append(again)
            log.info("%s: %s", path, again.error.title)
            raise

    def _send(
        self, path: str, params: Sequence[tuple[str, str]], headers: dict[str, str]
    ) -> tuple[int, bytes, httpx.Headers]:
        """Send one request and read its body within the deadline."""
        self._pace.wait()
        self.requests += 1
        started = time.monotonic()
        query = httpx.QueryParams([(str(k), str(v)) for k, v in params])
        try:
            with self._http.stream("GET", path, params=query, headers=headers) as answer:
                chunks: list[bytes] = []
                for chunk in answer.iter_bytes():
                    chunks.append(chunk)
                    if time.monotonic() - started > self._deadline:
                        raise httpx.ReadTimeout("the whole answer took too long")
                self.meta = _meta(answer.headers)
                return answer.status_code, b"".join(chunks), answer.headers
        except httpx.HTTPError as error:
            raise _Again(_network(error, path)) from None


def _credential(key: SecretStr) -> Callable[[httpx.Request], httpx.Request]:
    """Put the key into exactly one header, request by request: it stands in no default headers."""

    def sign(request: httpx.Request) -> httpx.Request:
        secret = key.get_secret_value()
        if secret.startswith("sk-ant-oat"):
            request.headers["authorization"] = f"Bearer {secret}"
        else:
            request.headers["x-api-key"] = secret
        return request

    return sign


def _failure(state: tenacity.RetryCallState) -> _Again:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, _Again):
        raise TypeError("only failed attempts are asked about")
    return error


def _is_limit(again: _Again) -> bool:
    return isinstance(again.error, RateLimited) and again.after is not None


_JITTER = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState, waited: list[float]) -> float:
    """Return how long to wait: what the server asked for, else full jitter from half a second."""
    again = _failure(state)
    seconds = again.after if again.after is not None else float(_JITTER(state))
    waited[0] += seconds
    return seconds


def _judge(
    status: int, body: bytes, path: str, headers: httpx.Headers, pace: Pace
) -> SpendError | _Again:
    """Return the error for an answer, wrapped where another attempt may cure it."""
    error = error_for(status, body, path, headers.get("request-id"))
    should = headers.get("x-should-retry")
    after = retry_after(headers)
    if status == 429:
        pace.engage()
        if envelope(body).error_code in SPEND_CAPS and after is None:
            return error
    if after is not None and after > LONGEST_WAIT:
        error.cause = f"{error.cause} It asks to wait {round(after)} seconds.".strip()
    again = status in {408, 409, 429} or status >= 500
    if should in {"true", "false"} and status not in {400, 401, 403, 404, 410}:
        again = should == "true"
    return _Again(error, after) if again else error


def retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds to wait that the server asks for, in any of its forms, or None."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) / scale
        except ValueError:
            try:
                moment = parsedate_to_datetime(text)
            except ValueError:
                continue
            seconds = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
        if 0 < seconds < 10**8:
            return seconds
    return None


def _meta(headers: httpx.Headers) -> Meta:
    try:
        date = parsedate_to_datetime(headers["date"]) if "date" in headers else None
    except ValueError:
        date = None
    return Meta(headers.get("request-id"), headers.get("anthropic-organization-id"), date)


def _decoded(body: bytes, decode: Callable[[bytes], T], path: str, request_id: str | None) -> T:
    known: dict[str, Any] = {"http_status": 200, "request_id": request_id}
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(path, str(error), known) from None
    except ValidationError as error:
        raise misread(path, error, known) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        page = is_html(body)
        raise _Again(
            UnexpectedResponse(
                "A web page answered instead of the Anthropic API." if page
                else f"The answer of {path} is no complete JSON.",
                "A proxy, firewall or sign-in page stands between this machine and Anthropic."
                if page else "It was cut short on its way, or something else answered.",
                "Check CLAUDE_SPEND_API_URL and any proxy; then sync again.",
                **known,
            )
        ) from None  # fmt: skip


def _invalid(path: str, what: str, known: dict[str, Any]) -> PayloadInvalid:
    return PayloadInvalid(
        f"The answer of {path} is not what Anthropic documents.",
        what,
        "Nothing of this window was written. Update claude-spend; if it stays, please report it.",
        **known,
    )


def misread(
    path: str, error: ValidationError, known: dict[str, Any] | None = None
) -> PayloadInvalid:
    """Return the error for a small answer that does not validate; it names the field, no value."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return _invalid(path, f"{first['msg']} - at `$.{where}`", known or {})


def _network(error: httpx.HTTPError, path: str) -> SpendError:
    """Return what a failed exchange amounts to, in words that name no secret."""
    fix = "Check the network, DNS, proxy and CLAUDE_SPEND_API_URL; then try again."
    unreachable = "The Anthropic API cannot be reached."
    if isinstance(error, httpx.DecodingError):
        return UnexpectedResponse(f"The answer of {path} cannot be decompressed.",
                                  "Something on the way damaged it.", fix)  # fmt: skip
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return ServiceUnavailable(f"The answer of {path} broke off.",
                                  "The connection was closed before the answer was complete.",
                                  "The next sync tries again.")  # fmt: skip
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return NetworkUnreachable(unreachable, "No connection came about within 5 seconds.", fix)
    if isinstance(error, httpx.TimeoutException):
        return NetworkUnreachable(unreachable, "The answer did not come in time.", fix)
    if isinstance(error, httpx.ProxyError):
        return NetworkUnreachable(unreachable, "The proxy refused the connection.", fix)
    if _is_tls(error):
        return NetworkUnreachable(
            "The connection to the Anthropic API is not trusted.",
            "The TLS certificate could not be verified; a proxy may replace it with its own.",
            "Install your organisation's root certificate and set SSL_CERT_FILE to it.",
        )
    reason = "the name could not be resolved" if "getaddrinfo" in _chain(error) or (
        "Name or service" in _chain(error) or "nodename" in _chain(error)
    ) else "the connection was refused"  # fmt: skip
    return NetworkUnreachable(unreachable, f"No connection: {reason}.", fix)


def _chain(error: BaseException | None) -> str:
    parts = []
    while error is not None:
        parts.append(f"{type(error).__name__} {error}")
        error = error.__cause__ or error.__context__
    return " ".join(parts)


def _is_tls(error: BaseException) -> bool:
    return "CERTIFICATE" in _chain(error) or "SSL" in _chain(error) or isinstance(
        error.__cause__, ssl.SSLError
    )  # fmt: skip
