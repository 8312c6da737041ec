"""One window is written while the next one is read: never two writes at once, never out of order.

Reading waits for the network and writing for the disk. Both leave the interpreter to the other
while they wait, so a sync takes as long as the longer of the two instead of both.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from types import TracebackType
from typing import Self

Outcome = Callable[[], None]
"""Raises what the act raised, if it did."""


class Behind:
    """At most one act in the background; a context manager that leaves none unfinished.

    Only the act itself runs in the other thread. What follows from it is done by the thread that
    asks, when it asks (`settle`), so that what both know of needs no lock.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._last: tuple[Future[None], Callable[[Outcome], bool]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True)
        if error is None:
            self.settle()
        elif self._last and (second := self._last[0].exception()):
            error.add_note(f"Before that, what was being written had failed too: {second!r}")

    def begin(self, act: Callable[[], None], then: Callable[[Outcome], bool]) -> None:
        """Begin an act, the one before being settled first; `then` is for when it has ended."""
        self.settle()
        self._last = self._pool.submit(copy_context().run, act), then

    def settle(self) -> bool:
        """Wait for the act that was begun; return what its `then` says, True if there is none."""
        last, self._last = self._last, None
        if last is None:
            return True
        act, then = last
        wait([act])
        return then(act.result)
