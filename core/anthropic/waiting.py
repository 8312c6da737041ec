"""When a failed request is tried again, and how long to wait before."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import tenacity
from tenacity.stop import stop_base

from core.errors import RateLimited, SpendError

LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more ends the run politely, and the next run goes on."""

HOPELESS = frozenset({400, 401, 402, 403, 404, 410})
"""Statuses that no other attempt can cure, whatever the server's `x-should-retry` says."""

_JITTER = tenacity.wait_random_exponential(multiplier=0.5, max=30)


class Again(Exception):
    """An attempt failed in a way that another may cure; `after` is what the server asked for."""

    def __init__(self, failure: SpendError, after: float | None = None) -> None:
        super().__init__(failure.title)
        self.failure, self.after = failure, after

    @property
    def told(self) -> float | None:
        """Return the seconds after which a rate limit invites again; None for all else."""
        return self.after if isinstance(self.failure, RateLimited) else None


class GivingUp(stop_base):
    """When one request is given up: after so many failed attempts; made anew for each request.

    A 429 that says when to come again is no failure as long as such waits come to no more than
    `patience` seconds together.
    """

    def __init__(self, attempts: int, patience: float) -> None:
        self._attempts, self._patience = attempts, patience

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        """Take note of a failed attempt and say whether it was the last."""
        failed = state.outcome.exception() if state.outcome else None
        told = failed.told if isinstance(failed, Again) else None
        if told is not None and self._bears(told):
            return False
        self._attempts -= 1
        return self._attempts <= 0

    def _bears(self, wait: float) -> bool:
        """Take a wait from the patience, and say whether that was enough for it."""
        # Milliseconds count as a second: a server that asks for them again and again has an end.
        charge = max(wait, 1.0)
        borne = charge <= self._patience
        self._patience -= charge if borne else 0
        return borne


def worth_another(status: int, headers: httpx.Headers) -> bool:
    """Say whether an answer with this status may come out better next time."""
    if status in HOPELESS:
        return False
    asked = headers.get("x-should-retry")
    if asked in {"true", "false"}:
        return bool(asked == "true")
    return status in {408, 409, 429} or status >= 500


def told_to_wait(headers: httpx.Headers, now: datetime) -> float | None:
    """Return the seconds that the server asks to wait, in any of its forms; None if it does not.

    A date is measured from the server's own `date`, so that a wrong clock here does no harm.
    """
    waits = (
        _number(headers.get("retry-after-ms"), 1000),
        _number(headers.get("retry-after"), 1),
        _until(headers.get("retry-after"), _moment(headers.get("date")) or now),
    )
    return next((wait for wait in waits if wait is not None and wait > 0), None)


def pause(state: tenacity.RetryCallState) -> float:
    """Return the seconds before the next attempt: as told, else full jitter from half a second."""
    failed = state.outcome.exception() if state.outcome else None
    if isinstance(failed, Again) and failed.after is not None:
        return failed.after
    return float(_JITTER(state))


def _number(text: str | None, per_second: int) -> float | None:
    try:
        seconds = float(text or "") / per_second
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _until(text: str | None, now: datetime) -> float | None:
    moment = _moment(text)
    return (moment - now).total_seconds() if moment else None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
