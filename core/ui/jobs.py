"""Long work beside the pages: one thread at a time, plain data that any session may read."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from core.access import acting
from core.access.people import Person
from core.errors import Finding, SpendError
from core.logs import redact
from core.sync.progress import Listener, Progress
from core.sync.report import SyncReport

log = logging.getLogger(__name__)

Work = Callable[[Listener], SyncReport | None]


@dataclass
class Job:
    """One piece of long work: running, or how it ended."""

    progress: Progress = field(default_factory=Progress)
    running: bool = False
    report: SyncReport | None = None
    error: Finding | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, work: Work) -> bool:
        """Begin the work in a thread, for whoever acts now, unless some is running.

        Returns whether it began; raises NotAllowed where nobody is known.
        """
        person = acting.person()
        with self._lock:
            if self.running:
                return False
            self.running, self.report, self.error = True, None, None
            self.progress = Progress()
        threading.Thread(target=self._run, args=[work, person], name="sync", daemon=True).start()
        return True

    def _run(self, work: Work, person: Person) -> None:
        try:
            with acting.acting_as(person):
                self.report = work(self._listen)
        except SpendError as error:
            self.error = error.finding()
        except Exception as error:
            # The thread has no page to fail on: say what happened where people look.
            log.exception("background work failed")
            self.error = Finding(
                "internal_error", "error", "Something unforeseen stopped the work.",
                redact(f"{type(error).__name__}: {error}")[:300],
                "What was in the ledger before is intact. Try again; if it stays, report it.",
            )  # fmt: skip
        finally:
            self.running = False

    def _listen(self, state: Progress) -> None:
        self.progress = state


@st.cache_resource(show_spinner=False)
def job(name: str) -> Job:
    """Return this process's job of a name: the sync of a ledger, the filling of the simulation."""
    return Job()
