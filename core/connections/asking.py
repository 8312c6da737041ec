"""Asks endpoints one after the other for a check: briefly, and never in vain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from core.errors import NetworkUnreachable, RateLimited, ServiceUnavailable, SpendError

T = TypeVar("T")

ATTEMPTS = 2
"""Tries a request; a check is made while somebody waits for it."""

DEADLINE = 20.0
"""Seconds that one answer may take."""

LONGEST_PAUSE = 5.0
"""Seconds that a check waits before it tries again."""


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
    """Asks; after a rate limit or a lost network it says so for all that follows."""

    def __init__(self) -> None:
        self._stopped: SpendError | None = None

    def one(self, endpoint: str, call: Callable[[], object]) -> Outcome:
        """Return the outcome of a call; `endpoint` says in words what it reads."""
        if self._stopped is not None:
            return Outcome(endpoint, error=self._stopped)
        try:
            return Outcome(endpoint, value=call())
        except SpendError as error:
            if isinstance(error, RateLimited | NetworkUnreachable):
                self._stopped = error
            return Outcome(endpoint, error=error)

    def first(self, endpoint: str, call: Callable[[], Iterable[object]]) -> Outcome:
        """Return the outcome of reading the first page of an answer."""
        return self.one(endpoint, lambda: next(iter(call()), None))


def first_error(outcomes: Iterable[Outcome], kind: type[SpendError]) -> SpendError | None:
    """Return the first error of a class among the outcomes, or None."""
    return next((o.error for o in outcomes if isinstance(o.error, kind)), None)


def brief_sleep(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Return a sleep that refuses long pauses by raising ServiceUnavailable."""

    def pause(seconds: float) -> None:
        if seconds > LONGEST_PAUSE:
            raise ServiceUnavailable(
                "Anthropic cannot answer at the moment.",
                f"It asks to wait {seconds:.0f} seconds.",
                "Nothing is wrong with the key as far as is known; check again later.",
            )
        sleep(seconds)

    return pause
