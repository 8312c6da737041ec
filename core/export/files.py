"""Exports as files: written whole beside their place, then put there in one step, or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl

from core.errors import BadValue
from core.export import workbook
from core.export.focus import focus
from core.export.lines import TEXTS
from core.export.sheets import exact_dollars, safe

FORMATS = ("focus", "csv", "parquet", "xlsx")


def write(form: str, lines: pl.DataFrame, place: Path) -> None:
    """Write cost lines to a file in one of FORMATS; an earlier file there is replaced.

    The file is its owner's alone; a link that stands there is replaced, and leads nowhere.
    FOCUS is CSV, or Parquet where the file's name ends so. Raises BadValue where nothing could be
    written; an earlier file is as it was then.
    """
    _whole(place, lambda path: _WRITERS[form](lines, path))


def write_text(text: str, place: Path) -> None:
    """Write a text to a file, whole or not at all; raises BadValue as `write` does."""
    _whole(place, lambda path: _as_it_is(text, path))


def _as_it_is(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _focus(lines: pl.DataFrame, path: Path) -> None:
    rows = focus(lines)
    if path.suffix == ".parquet":
        costs = [name for name in rows.columns if name.endswith("Cost")]
        rows.with_columns(pl.col(costs).cast(pl.Decimal(38, 10))).write_parquet(path)
    else:
        rows.write_csv(path)


def _csv(lines: pl.DataFrame, path: Path) -> None:
    texts = [safe(pl.col(name)).alias(name) for name in TEXTS]
    _in_dollars(lines).with_columns(texts).write_csv(path)


def _parquet(lines: pl.DataFrame, path: Path) -> None:
    money = ["cost_usd", "list_cost_usd"]
    _in_dollars(lines).with_columns(pl.col(money).cast(pl.Decimal(38, 10))).write_parquet(path)


def _xlsx(lines: pl.DataFrame, path: Path) -> None:
    workbook.write(lines, path)


_WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "focus": _focus,
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
}


def _in_dollars(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(
        cost_usd=exact_dollars(pl.col("amount")),
        list_cost_usd=exact_dollars(pl.col("list_amount")),
    ).drop("amount", "list_amount")


def _whole(place: Path, write_to: Callable[[Path], None]) -> None:
    if place.is_dir() or not place.parent.is_dir():
        raise _refused(place, "It names a folder." if place.is_dir() else "Its folder is missing.")
    made: Path | None = None
    try:
        # The temporary file ends as the real one does: writers look at the name.
        with NamedTemporaryFile(
            dir=place.parent, prefix=".export-", suffix=place.suffix, delete=False
        ) as file:
            made = Path(file.name)
        write_to(made)
        with made.open("rb") as written:
            os.fsync(written.fileno())
        made.replace(place)
    except OSError as error:
        raise _refused(place, f"{error.strerror or error}.") from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def _refused(place: Path, why: str) -> BadValue:
    return BadValue(
        f"The export cannot be written to {place}.",
        why,
        "Nothing was written there. Name a file in a folder that exists and has room.",
    )
