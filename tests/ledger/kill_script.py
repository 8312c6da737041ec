"""Replaces a window in child processes, each killed one SQL statement later than the one before.

Usage: kill_script.py FOLDER. FOLDER/start.sqlite3 is copied for each child; the last child is the
first that came to its end. Prints how many children were killed.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

# Everything is imported before the first fork, nothing of Polars is run: its threads would not
# survive one.
import sqlalchemy.dialects.sqlite  # noqa: F401
from kill_windows import second_window
from sqlalchemy import event

from core.ledger import snapshot, writer
from core.ledger.engine import connect
from core.settings import Settings


def child(path: Path, limit: int) -> None:
    settings = Settings(database_url=f"sqlite:///{path}")
    engine = connect(settings)
    statements = 0

    def count(_statement: str) -> None:
        nonlocal statements
        statements += 1
        if statements == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.set_trace_callback(count))
    writer.replace_window(engine, 1, second_window())
    snapshot.book(engine, settings)


def main() -> None:
    folder = Path(sys.argv[1])
    limit = 0
    while True:
        limit += 1
        path = folder / str(limit) / "ledger.sqlite3"
        path.parent.mkdir()
        shutil.copy(folder / "start.sqlite3", path)
        pid = os.fork()
        if pid == 0:
            child(path, limit)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            sys.exit(0 if os.WEXITSTATUS(status) == 0 else 1)


if __name__ == "__main__":
    main()
