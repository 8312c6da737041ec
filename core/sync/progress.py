"""How far a sync has come: plain data that any thread may read while the sync writes it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of a sync; `rows` counts API result rows, `seconds` run from its start."""

    connection: str = ""
    doing: str = ""
    planned: int = 0
    done: int = 0
    failed: int = 0
    rows: int = 0
    requests: int = 0
    seconds: float = 0.0
    finished: bool = False
    log: tuple[str, ...] = ()

    @property
    def fraction(self) -> float:
        """Return the share of windows done, 0 to 1."""
        return min(1.0, (self.done + self.failed) / self.planned) if self.planned else 0.0

    @property
    def rows_per_second(self) -> float:
        """Return the rate at which result rows have come in."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return the time left at the pace so far, or None while nothing is done."""
        done = self.done + self.failed
        return self.seconds / done * (self.planned - done) if done and self.planned else None


Listener = Callable[[Progress], None]


@dataclass
class Tracker:
    """Collects a sync's progress; `now` may be read from any thread."""

    listener: Listener | None = None
    _state: Progress = field(default_factory=Progress)
    _log: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _started: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> Progress:
        """Return the present state."""
        with self._lock:
            return replace(self._state, log=tuple(self._log))

    def update(self, **changes: object) -> None:
        """Replace the named fields of the state."""
        with self._lock:
            self._change(**changes)
        self._tell()

    def add(self, *, done: int = 0, failed: int = 0, rows: int = 0, requests: int = 0) -> None:
        """Add to the counters; from any thread, nothing is lost."""
        with self._lock:
            now = self._state
            self._change(
                done=now.done + done,
                failed=now.failed + failed,
                rows=now.rows + rows,
                requests=now.requests + requests,
            )
        self._tell()

    def plan(self, windows: int) -> None:
        """Add windows to those planned."""
        with self._lock:
            self._change(planned=self._state.planned + windows)
        self._tell()

    def say(self, line: str) -> None:
        """Add a line to the log."""
        with self._lock:
            self._log.append(line)
        self._tell()

    def _change(self, **changes: object) -> None:
        seconds = time.monotonic() - self._started
        self._state = replace(self._state, seconds=seconds, **changes)  # type: ignore[arg-type]

    def _tell(self) -> None:
        if self.listener is not None:
            self.listener(self.now)
