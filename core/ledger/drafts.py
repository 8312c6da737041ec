"""Files that are being written and have no name of their own yet; dead processes' drafts go."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BEGIN, _END = ".claude-spend-", ".part"


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """Yield a new empty file in a folder, for its owner alone; at the end it goes, if still there.

    So do drafts of processes that were killed; those of processes that still write stay, also of
    other containers: a lock of the operating system ends with its process. Raises OSError.
    """
    _sweep(folder)
    path, handle = _made(folder)
    try:
        yield path
    finally:
        _remove(path)
        os.close(handle)


def _made(folder: Path) -> tuple[Path, int]:
    """Return a new file and its locked handle; one swept between its making and its lock is not."""
    while True:
        path = folder / f"{_BEGIN}{secrets.token_hex(8)}{_END}"
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return path, handle
        os.close(handle)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"{_BEGIN}*{_END}"):
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            continue  # somebody else's, or gone by now
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        except BlockingIOError:
            continue  # is being written
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    """Remove a draft with what SQLite keeps beside it."""
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink(missing_ok=True)
