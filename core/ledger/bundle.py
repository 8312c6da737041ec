"""A bundle of frames in one folder of Arrow files, read by memory map, whole or not at all.

Enum columns are kept as their codes, their categories beside: opening five million rows takes
milliseconds and copies nothing, so that several processes share the pages.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from uuid import uuid4
from zlib import crc32

import polars as pl
from pyarrow import lib
from pyarrow.ipc import open_file

from core.errors import LedgerRefuses

FORMAT = 1
_MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"

Frames = dict[str, pl.DataFrame]


class Damaged(LedgerRefuses):
    """A bundle is not what its manifest says; it is thrown away and made again."""

    default_code = "snapshot_damaged"


def write(frames: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Write frames as a bundle; it appears whole, or not at all. Raises OSError.

    Another process that wrote the same bundle first wins: both hold the same.
    """
    # With the database on a server, nothing else may have made the data folder yet.
    folder.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    making = folder.with_name(f"{_UNFINISHED}{uuid4().hex}")
    making.mkdir(mode=0o700)
    try:
        tables = {name: _write(frame, making / name) for name, frame in frames.items()}
        text = json.dumps({"format": FORMAT, "tables": tables})
        _keep(making / _MANIFEST, text.encode())
        if not folder.exists():
            making.rename(folder)
    except OSError:
        # Renaming onto a folder that another process finished in the meantime is no failure.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def read(folder: Path) -> Frames:
    """Return the frames of a bundle; raises FileNotFoundError, Damaged."""
    if not folder.exists():
        raise FileNotFoundError(folder)
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        if manifest["format"] != FORMAT:
            raise Damaged(f"The snapshot {folder.name} has another format.")
        return {name: _read(folder / name, kept) for name, kept in manifest["tables"].items()}
    except (ValueError, KeyError, TypeError, OSError, lib.ArrowException) as error:
        raise Damaged(f"The snapshot {folder.name} is damaged.", str(error)) from error
    except pl.exceptions.PolarsError as error:
        raise Damaged(f"The snapshot {folder.name} is damaged.", str(error)) from error


def remove(folder: Path) -> None:
    """Remove a bundle; processes that have it open keep what they have."""
    shutil.rmtree(folder, ignore_errors=True)


def _write(frame: pl.DataFrame, path: Path) -> dict[str, Any]:
    enums = {n: k.categories.to_list() for n, k in frame.schema.items() if isinstance(k, pl.Enum)}
    codes = frame.with_columns(pl.col(name).to_physical() for name in enums)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        codes.write_ipc(file, record_batch_size=max(frame.height, 1))
        file.flush()
        os.fsync(file.fileno())
    checksum = _checksum(path)
    return {"rows": frame.height, "checksum": checksum, "enums": enums}


def _keep(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, kept: Mapping[str, Any]) -> pl.DataFrame:
    if _checksum(path) != kept["checksum"]:
        raise ValueError(f"{path.name} has another checksum")
    table = open_file(lib.memory_map(str(path))).read_all()  # type: ignore[no-untyped-call]
    frame = cast(pl.DataFrame, pl.from_arrow(table))
    if frame.height != kept["rows"]:
        raise ValueError(f"{path.name} has {frame.height} rows")
    return frame.with_columns(
        pl.col(name).cat.to(pl.Enum(pl.Series(categories, dtype=pl.String)))
        for name, categories in kept["enums"].items()
    )


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while part := file.read(1 << 22):
            value = crc32(part, value)
    return value
