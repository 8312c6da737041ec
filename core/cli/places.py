"""Where commands write to: a file of the user's, never one of the ledger's and never a device."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadValue

if TYPE_CHECKING:
    from core.settings import Settings

_BESIDE = ("", "-wal", "-shm", "-journal")


def spare(settings: "Settings", file: Path) -> Path:
    """Return a place that a command may write to.

    Raises BadValue for what the ledger needs (its database, its key file) under whatever name, and
    for what is there and is no ordinary file.
    """
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise _refused(file, "It is a device or a pipe, not a file.")
    if any(_same(own, file) for own in _own(settings)):
        raise _refused(file, "It belongs to the ledger itself.")
    return file


def _own(settings: "Settings") -> list[Path]:
    from core.connections.keyfile import key_path

    kept = [key_path(settings)]
    if settings.url.startswith("sqlite:///"):
        database = Path(settings.url.removeprefix("sqlite:///").partition("?")[0]).expanduser()
        kept += [database.with_name(database.name + end) for end in _BESIDE]
    return kept


def _same(own: Path, file: Path) -> bool:
    there = own.exists() and file.exists()
    return own.samefile(file) if there else own.resolve() == file.resolve()


def _refused(file: Path, why: str) -> BadValue:
    return BadValue(
        f"Nothing is written to {file}.", why, "It is as it was. Name another file of your own."
    )
