"""A request to stop unwinds the command like any exception: transactions roll back, locks go."""

import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
TERMINATED = 143


class Terminated(BaseException):
    """SIGTERM arrived; no `except Exception` on the way may swallow it."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def stop_politely() -> None:
    """Make SIGTERM (systemd, a container, `kill`) unwind this process as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _terminate)
