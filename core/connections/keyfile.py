"""The file that holds the secret key where the environment names none: made once, owner only."""

import logging
import os
import stat
import time
from pathlib import Path

from cryptography.fernet import Fernet
from filelock import FileLock, Timeout
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from core.errors import SecretKeyUnusable
from core.settings import Settings

log = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PATIENCE = 30
"""Seconds to wait for another process that is making the file right now."""


def key_path(settings: Settings) -> Path:
    """Return where the key file is, or would be: `<database's stem>.key` beside the database."""
    url = make_url(settings.url)
    on_disk = url.get_backend_name() == "sqlite" and url.database and ":memory:" not in url.database
    stem = Path(url.database or "").stem if on_disk else ""
    return settings.data_dir / f"{stem or 'claude-spend'}.key"


def on_server(settings: Settings) -> bool:
    """Say whether the ledger lies on a server: several machines may share it, but no key file."""
    return make_url(settings.url).get_backend_name() == "postgresql"


def is_missing(settings: Settings) -> bool:
    """Say whether the ledger's secret would be this machine's key file, and none is there."""
    named = settings.secret_key and settings.secret_key.get_secret_value()
    return not named and not on_server(settings) and not key_path(settings).exists()


def read_if_there(path: Path) -> SecretStr | None:
    """Return the file's key, or None where there is no file.

    A file that others may read is closed to them first. Raises SecretKeyUnusable.
    """
    try:
        _close_to_others(path)
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, "It cannot be read", error) from None
    if not text:
        raise SecretKeyUnusable(
            f"The secret key file {path} is empty.",
            "The stored API keys were encrypted with the key that it should hold.",
            "Restore the file from a backup. If there is none, delete it and enter the API keys "
            "again with `claude-spend rotate NAME`.",
        )
    return SecretStr(text)


def read_or_create(path: Path) -> SecretStr:
    """Return the file's key; where there is no file, make one that only its owner can read.

    Of several processes that start at once, one makes the file and all read the same key. Raises
    SecretKeyUnusable.
    """
    found = read_if_there(path)
    if found is not None:
        return found
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_PATIENCE, mode=0o600):
            if not path.exists():
                _write_whole(path, Fernet.generate_key())
    except (OSError, Timeout) as error:
        raise _unusable(path, "It cannot be made", error) from None
    made = read_if_there(path)
    if made is None:
        raise SecretKeyUnusable(
            f"The secret key file {path} vanished.",
            "It was removed right after it had been made.",
            "Try again, or set CLAUDE_SPEND_SECRET_KEY instead.",
        )
    return made


def _write_whole(path: Path, key: bytes) -> None:
    """Write the key to a new file beside `path` and move it there: never seen half written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    """Take the file's permissions from everybody but its owner; raises SecretKeyUnusable."""
    if os.name == "nt" or not path.stat().st_mode & _OTHERS:
        return
    try:
        path.chmod(0o600)
    except OSError:
        raise SecretKeyUnusable(
            f"The secret key file {path} can be read by others.",
            "Its permissions are too wide, and this user may not change them.",
            f"As the file's owner, run: chmod 600 {path}",
        ) from None
    log.warning(
        "The secret key file %s could be read by others; its permissions are now 0600. If others "
        "use this machine, replace the stored API keys.",
        path,
    )


def _unusable(path: Path, what: str, error: OSError | Timeout | UnicodeDecodeError) -> Exception:
    why = getattr(error, "strerror", None) or type(error).__name__
    return SecretKeyUnusable(
        f"The secret key file {path} cannot be used.",
        f"{what}: {why}.",
        "Correct the permissions of the file and its folder, or set CLAUDE_SPEND_SECRET_KEY.",
    )
