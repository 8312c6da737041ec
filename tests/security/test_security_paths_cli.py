"""What commands write goes where it was told to go, and nowhere else; it is its owner's alone."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import Desk, Said

COMMANDS: dict[str, Callable[[Desk, Path], Said]] = {
    "export": lambda desk, file: desk.json("export", "csv", str(file)),
    "budgets": lambda desk, file: desk.json("budgets", "export", str(file)),
    "backup": lambda desk, file: desk.json("backup", str(file), "--force"),
}
WRITERS = pytest.mark.parametrize("write", COMMANDS.values(), ids=list(COMMANDS))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but what SQLite keeps for itself while it reads."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): path.read_bytes() for path in files if not path.name.endswith("-shm")}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def database(desk: Desk) -> Path:
    return desk.database


def key(desk: Desk) -> Path:
    return desk.database.with_suffix(".key")


def log(desk: Desk) -> Path:
    return desk.database.with_name(f"{desk.database.name}-wal")


def hard(own: Callable[[Desk], Path]) -> Callable[[Desk], Path]:
    def linked(desk: Desk) -> Path:
        place = desk.folder / "other name.csv"
        os.link(own(desk), place)
        return place

    return linked


def soft(own: Callable[[Desk], Path]) -> Callable[[Desk], Path]:
    def linked(desk: Desk) -> Path:
        place = desk.folder / "link.csv"
        place.symlink_to(own(desk))
        return place

    return linked


def roundabout(desk: Desk) -> Path:
    return desk.folder / ".." / desk.folder.name / desk.database.name


def pipe(desk: Desk) -> Path:
    place = desk.folder / "pipe.csv"
    os.mkfifo(place)
    return place


def device(desk: Desk) -> Path:
    place = desk.folder / "null.csv"
    place.symlink_to("/dev/null")
    return place


REFUSED = {
    "the ledger": database,
    "its key": key,
    "its log": log,
    "the ledger by another name": hard(database),
    "the key by another name": hard(key),
    "a link to the ledger": soft(database),
    "a link to the key": soft(key),
    "a way round to the ledger": roundabout,
    "a pipe": pipe,
    "a device": device,
}


@WRITERS
@pytest.mark.parametrize("place", REFUSED.values(), ids=list(REFUSED))
def test_what_must_not_be_overwritten_stays(
    copied: Desk, write: Callable[[Desk, Path], Said], place: Callable[[Desk], Path]
) -> None:
    file = place(copied)
    before = content(copied.folder)
    said = write(copied, file)
    assert (said.status, said.code) == (1, "bad_value"), said
    assert "It is as it was" in said.doc["error"]["fix"]
    assert content(copied.folder) == before


@WRITERS
def test_a_link_is_replaced_and_what_it_led_to_stays(
    copied: Desk, out: Path, tmp_path: Path, write: Callable[[Desk, Path], Said]
) -> None:
    elsewhere, file = tmp_path / "elsewhere.txt", out / "lines.csv"
    elsewhere.write_text("somebody else's")
    file.symlink_to(elsewhere)
    assert write(copied, file).status == 0
    assert elsewhere.read_text() == "somebody else's"
    assert not file.is_symlink()
    assert mode(file) == 0o600
    assert list(out.iterdir()) == [file]


@WRITERS
@pytest.mark.parametrize("name", ["missing/a.csv", "file/a.csv", "."])
def test_a_place_that_is_none_leaves_nothing_behind(
    copied: Desk, out: Path, write: Callable[[Desk, Path], Said], name: str
) -> None:
    (out / "file").write_text("no folder")
    before = content(out)
    assert write(copied, out / name).status == 1
    assert content(out) == before
    assert {path.name for path in out.iterdir()} == {"file"}


@WRITERS
def test_a_folder_that_may_not_be_written_to_is_said(
    copied: Desk, write: Callable[[Desk, Path], Said]
) -> None:
    said = write(copied, Path("/proc/a.csv"))
    assert said.status == 1
    assert said.code in {"bad_value", "backup_failed"}


def test_what_is_kept_is_for_its_owner_alone(copied: Desk, out: Path) -> None:
    copied.run("report", "--by", "day")
    for write in COMMANDS.values():
        assert write(copied, out / "made").status == 0
        assert mode(out / "made") == 0o600
    files = [path for path in copied.folder.rglob("*") if path.is_file()]
    assert {oct(mode(path)) for path in files} == {"0o600"}
    folders = [path for path in copied.folder.rglob("*") if path.is_dir()]
    assert {oct(mode(path)) for path in folders} == {"0o700"}
    assert {".key", ".sqlite3"} <= {path.suffix for path in files}
