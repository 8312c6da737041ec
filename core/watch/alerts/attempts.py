"""Trying to send: a few times at once where that can help, and never longer than somebody waits."""

import time
from collections.abc import Callable

import tenacity

from core.anthropic.waiting import Again, pause
from core.errors import SpendError

AT_ONCE = 3
"""How often one run tries to send one alert."""

LONGEST_WAIT = 15.0
"""Seconds; a receiver that asks for more has to wait for the next run."""

NEXT = (
    "Each sync tries what was not sent again; `claude-spend alerts test NAME` tries the target now."
)


class AlertNotSent(SpendError):
    """An alert did not reach its target; the words name neither the address nor a secret."""

    default_code = "alert_not_sent"


def not_sent(cause: str, fix: str = NEXT) -> AlertNotSent:
    """Return the error for an alert that was not sent, and why."""
    return AlertNotSent("The alert was not sent.", cause, fix)


def again(cause: str, after: float | None = None) -> Again | AlertNotSent:
    """Return what to raise for a failure that passes, perhaps `after` some seconds."""
    if after is not None and after > LONGEST_WAIT:
        return not_sent(f"{cause} It asks to wait for {after:.0f} seconds.")
    return Again(not_sent(cause), after)


def patiently(act: Callable[[], str], sleep: Callable[[float], None] = time.sleep) -> str:
    """Do something that raises Again where another try may help, and return what it returns.

    Raises AlertNotSent.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Again),
        stop=tenacity.stop_after_attempt(AT_ONCE),
        wait=pause,
        sleep=sleep,
        retry_error_callback=_give_up,
    )
    said: str = retrying(act)
    return said


def _give_up(state: tenacity.RetryCallState) -> str:
    failed = state.outcome.exception() if state.outcome else None
    if not isinstance(failed, Again):
        raise TypeError("only attempts that may be repeated are given up")
    raise failed.failure from None
