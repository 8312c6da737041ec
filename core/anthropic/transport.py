"""One way to ask Anthropic: paced, patient, bounded in time, and silent about the key."""

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from typing import Any, Self

import httpx
import tenacity
from pydantic import SecretStr

from core.anthropic import bodies, network
from core.anthropic.credential import sign
from core.anthropic.envelope import clean_id, read
from core.anthropic.pace import Pace
from core.anthropic.statuses import SPEND_CAPS, error_for
from core.anthropic.waiting import (
    LONGEST_WAIT,
    Again,
    GivingUp,
    pause,
    told_to_wait,
    worth_another,
)
from core.calendar import Clock, now, zulu
from core.errors import BadValue, SpendError
from core.settings import is_loopback

log = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]]


@cache
def _tls() -> ssl.SSLContext:
    """Return the trust store, SSL_CERT_FILE's if it is set; reading it takes 20 ms, so once."""
    return httpx.create_ssl_context()


def _user_agent() -> str:
    try:
        release = package_version("claude-spend")
    except PackageNotFoundError:  # run from a checkout that was never installed
        release = "0"
    return f"claude-spend/{release} (https://github.com/claude-spend/claude-spend)"


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: one whole JSON object, whose request it was, and whose data.

    `value` is what the asker's parser made of the body; None where its form was unexpected.
    """

    status: int
    body: bytes = field(repr=False)
    request_id: str | None = None
    organization_id: str | None = None
    value: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Ask:
    path: str
    params: Params
    headers: dict[str, str]
    parse: Callable[[bytes], Any]


class Client:
    """A connection to the API with one key; a context manager. `requests` counts what was sent.

    `attempts` bounds the failed tries of one request, `deadline` the seconds of one try,
    `patience` the seconds that a request waits as rate limits tell it before those count as
    failures too. `pace` may be shared by clients of one organization. `transport` replaces the
    network in tests. Raises KeyMissing, KeyMalformed, and BadValue for a URL that is neither https
    nor loopback.
    """

    def __init__(
        self,
        key: SecretStr,
        base_url: str,
        *,
        requests_per_minute: int = 60,
        attempts: int = 6,
        deadline: float = 120.0,
        read_timeout: float = 30.0,
        patience: float = 300.0,
        pace: Pace | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Clock = now,
    ) -> None:
        url = _safe(base_url)
        self.requests = 0
        self.pace = pace or Pace.towards(base_url, requests_per_minute)
        self._host, self._clock = url.host, clock
        self._attempts, self._patience = attempts, patience
        self._deadline, self._sleep = deadline, sleep
        self._http = httpx.Client(
            base_url=url,
            headers={"user-agent": _user_agent(), "accept": "application/json"},
            auth=sign(key),
            timeout=httpx.Timeout(read_timeout, connect=5.0),
            follow_redirects=False,
            verify=_tls(),
            transport=transport,
            mounts=_past_proxies(url),
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
        params: Params,
        *,
        version: str,
        beta: str | None = None,
        parse: Callable[[bytes], Any] = bodies.scan,
    ) -> Answer:
        """Return the answer of an endpoint; raises SpendError after the retries that can help.

        `params` are sent as they are, repeated names repeated; `path` begins with a slash. A body
        that `parse` (a msgspec decoder's `decode`) finds cut short is asked for again.
        """
        headers = {"anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=GivingUp(self._attempts, self._patience),
            wait=pause,
            sleep=self._sleep,
            before_sleep=_tell,
            retry_error_callback=_give_up,
        )
        answer: Answer = retrying(self._attempt, _Ask(path, params, headers, parse))
        return answer

    def _attempt(self, ask: _Ask) -> Answer:
        self.pace.wait()
        self.requests += 1
        response, body, broken = self._exchange(ask)
        if response is None or broken is not None:
            raise self._broken(ask, broken, began=response is not None)
        if response.status_code != 200:
            raise self._refusal(ask, response, body)
        request_id = clean_id(response.headers.get("request-id"))
        value, damaged = bodies.read(body, ask.path, request_id, ask.parse)
        if damaged is not None:
            raise Again(damaged)
        organization = response.headers.get("anthropic-organization-id")
        return Answer(200, body, request_id, organization, value)

    def _exchange(self, ask: _Ask) -> tuple[httpx.Response | None, bytes, httpx.HTTPError | None]:
        """Return the response, its body and what broke; nothing of httpx leaves this class."""
        response, body, ends = None, b"", time.monotonic() + self._deadline
        query = httpx.QueryParams(list(ask.params))
        try:
            with self._http.stream("GET", ask.path, params=query, headers=ask.headers) as response:
                body = _read(response, ends, ask.path)
        except httpx.HTTPError as error:
            return response, body, error
        return response, body, None

    def _broken(
        self, ask: _Ask, error: httpx.HTTPError | None, *, began: bool
    ) -> SpendError | Again:
        if error is None:
            raise AssertionError("an exchange without a response has broken")
        failure = network.failure(error, ask.path, self._host, began=began)
        return failure if network.is_untrusted(error) else Again(failure)

    def _refusal(self, ask: _Ask, response: httpx.Response, body: bytes) -> SpendError | Again:
        """Return the error for an answer, wrapped where another attempt may cure it."""
        status, headers = response.status_code, response.headers
        failure = error_for(status, body, ask.path, clean_id(headers.get("request-id")))
        after = told_to_wait(headers, self._clock())
        if status == 429:
            self.pace.engage()
            if after is None and read(body).error_code in SPEND_CAPS:
                return failure
        if not worth_another(status, headers):
            return failure
        if after is not None and after > LONGEST_WAIT:
            until = zulu(self._clock() + timedelta(seconds=min(after, 10**9)))
            failure.cause = f"{failure.cause} It asks to wait {after:.0f} seconds, until {until}."
            return failure
        return Again(failure, after)


def _safe(base_url: str) -> httpx.URL:
    """Return the URL; raises BadValue unless it is https, or http on a loopback address."""
    try:
        url, near = httpx.URL(base_url), is_loopback(base_url)
    except (httpx.InvalidURL, ValueError):
        url, near = httpx.URL(""), False
    if url.userinfo or not url.host or url.scheme not in ({"https", "http"} if near else {"https"}):
        raise BadValue(
            "The address of the Anthropic API cannot be used.",
            "A key is sent over https, or to this very machine, and nowhere else.",
            "Correct CLAUDE_SPEND_API_URL or unset it.",
        )
    return url


def _past_proxies(url: httpx.URL) -> dict[str, None] | None:
    """Return what keeps the environment's proxies from a loopback address: they cannot reach it."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return {f"all://{host}": None} if is_loopback(str(url)) else None


def _read(response: httpx.Response, ends: float, path: str) -> bytes:
    """Return the body; raises httpx.ReadTimeout past the deadline: httpx itself has none."""
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > bodies.LARGEST:
            raise bodies.too_large(path)
        if time.monotonic() > ends:
            raise httpx.ReadTimeout("the answer as a whole took too long")
    return b"".join(chunks)


def _tell(state: tenacity.RetryCallState) -> None:
    action, failed = state.next_action, state.outcome.exception() if state.outcome else None
    log.info("waiting %.1f s: %s", action.sleep if action else 0, failed)


def _give_up(state: tenacity.RetryCallState) -> Any:
    failed = state.outcome.exception() if state.outcome else None
    if not isinstance(failed, Again):
        raise TypeError("only attempts that may be repeated are given up")
    raise failed.failure
