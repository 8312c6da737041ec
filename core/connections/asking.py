"""Asks endpoints one after the other for a check: briefly, and never in vain."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from core.anthropic import platform
from core.anthropic.asking import ROOT
from core.anthropic.decoding import validate_one
from core.anthropic.directory import Organization
from core.anthropic.transport import Client
from core.errors import NetworkUnreachable, RateLimited, ServiceUnavailable, SpendError

T = TypeVar("T")

PAUSE = 1.0
"""Seconds before an endpoint that failed is asked a second and last time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one endpoint did: it answered, with `value`, or it failed, with `error`."""

    endpoint: str
    value: object = None
    error: SpendError | None = None

    @property
    def ok(self) -> bool:
        """Say whether the endpoint answered."""
        return self.error is None


class Asker:
    """Asks, twice where an endpoint fails on its side.

    After a rate limit or a lost network it asks no more, and says so for all that follows.
    """

    def __init__(self) -> None:
        self._stopped: SpendError | None = None

    def must(self, call: Callable[[], T]) -> T:
        """Return what a call returns; raises what it raises."""
        if self._stopped is not None:
            raise self._stopped
        try:
            return _twice(call)
        except (RateLimited, NetworkUnreachable) as error:
            self._stopped = error
            raise

    def one(self, endpoint: str, call: Callable[[], object]) -> Outcome:
        """Return the outcome of a call; `endpoint` says in words what it reads."""
        try:
            return Outcome(endpoint, self.must(call))
        except SpendError as error:
            return Outcome(endpoint, error=error)

    def first(self, endpoint: str, call: Callable[[], Iterable[object]]) -> Outcome:
        """Return the outcome of reading the first page of an answer."""
        return self.one(endpoint, lambda: next(iter(call()), None))


def _twice(call: Callable[[], T]) -> T:
    try:
        return call()
    except ServiceUnavailable as error:
        # 503 is what servers send with a time to wait, which nobody would sit out here.
        if error.http_status == 503:
            raise
    time.sleep(PAUSE)
    return call()


def first_error(outcomes: Iterable[Outcome], kind: type[SpendError]) -> SpendError | None:
    """Return the first error of a class among the outcomes, or None."""
    return next((o.error for o in outcomes if isinstance(o.error, kind)), None)


def organization(client: Client) -> tuple[Organization, str]:
    """Return whose key this is, and the ID in the answer's header, which may have another form."""
    path = f"{ROOT}/me"
    answer = client.get(path, (), version=platform.VERSION)
    return validate_one(answer, Organization, path), answer.organization_id or ""
