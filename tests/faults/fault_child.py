"""Syncs in child processes: killed at random moments, two at once, or without room on the disk.

Usage: fault_child.py MODE FOLDER API_URL TODAY COUNT SEED. FOLDER/start is the ledger's folder.
What each child left is FOLDER/<number>; a line of JSON a child goes to standard output.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from datetime import date
from pathlib import Path

# Everything is imported before the first fork, nothing of Polars is run: its threads would not
# survive one.
import sqlalchemy.dialects.sqlite  # noqa: F401
from fault_company import noon
from fault_shelf import settings_of

from core.errors import SpendError
from core.ledger.engine import connect
from core.sync.run import sync

FAILED = 3


class Family:
    """Makes children that sync one ledger after another."""

    def __init__(self, folder: Path, url: str, today: date, seed: int) -> None:
        self.folder, self.url, self.today = folder, url, today
        self.chance, self.number = random.Random(seed), 0  # noqa: S311 - moments, no secrets

    def child(self, place: Path, room: int | None = None) -> int:
        """Begin to sync a ledger in a child and return its process id; `room`: bytes a file."""
        pid = os.fork()
        if pid == 0:
            os._exit(self._work(place, room))
        return pid

    def _work(self, place: Path, room: int | None) -> int:
        if room is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        try:
            settings = settings_of(place, self.url)
            report = sync(connect(settings), settings, clock=lambda: noon(self.today))
        except SpendError as error:
            return self._tell([error.code], FAILED)
        found = [f.code for c in report.connections for f in c.findings if f.severity == "error"]
        return self._tell(found, 0 if report.outcome == "complete" else FAILED)

    @staticmethod
    def _tell(codes: list[str], status: int) -> int:
        os.write(1, (json.dumps({"status": status, "codes": codes}) + "\n").encode())
        return status

    def keep(self, work: Path) -> None:
        """Keep a copy of what a child left."""
        shutil.copytree(work, self.folder / str(self.number))
        self.number += 1

    def fresh(self) -> Path:
        """Return a new copy of the ledger."""
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self.folder / "start", work)
        return work

    def kill(self, count: int) -> None:
        """Kill children at random moments, each going on where the one before was killed."""
        began = time.monotonic()
        os.waitpid(self.child(self.fresh()), 0)
        whole, work = time.monotonic() - began, self.fresh()
        while self.number < count:
            pid = self.child(work)
            time.sleep(self.chance.uniform(0.0, whole))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if os.WIFSIGNALED(status):
                self.keep(work)
            if not os.WIFSIGNALED(status) or self.number % 5 == 0:
                work = self.fresh()

    def pair(self, count: int) -> None:
        """Sync a ledger from two children at the same time, again and again."""
        for _ in range(count):
            work = self.fresh()
            for pid in [self.child(work), self.child(work)]:
                os.waitpid(pid, 0)
            self.keep(work)

    def cramped(self, count: int) -> None:
        """Sync with files that may not grow beyond a bound, wider with each child."""
        for step in range(count):
            work = self.fresh()
            room = step * 128 * 1024
            os.waitpid(self.child(work, room), 0)
            self.keep(work)


def main() -> None:
    """Do what the arguments say."""
    mode, folder, url, today, count, seed = sys.argv[1:]
    family = Family(Path(folder), url, date.fromisoformat(today), int(seed))
    {"kill": family.kill, "pair": family.pair, "cramped": family.cramped}[mode](int(count))


if __name__ == "__main__":
    main()
