"""A backup is the ledger as it was at one moment, on either database, or no file at all."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ledger_factory import BILL, NOON, contents, day, fact, put, span, window
from sqlalchemy import Engine

from core.errors import BadValue, DatabaseUnusable, LedgerRefuses
from core.ledger import backup, drafts, moving, tally
from core.ledger.engine import connect, reading, writing
from core.ledger.snapshot import book
from core.ledger.tables import Connection
from core.settings import Settings


def filled(engine: Engine, days: int = 3) -> None:
    for number in range(1, days + 1):
        rows = [fact(BILL, number, 10**11 + number, model=m) for m in ("a", "b")]
        put(engine, window(rows, span(number, number + 1)))


def sums(engine: Engine) -> tally.Tally:
    with reading(engine) as session:
        return tally.taken(session)


def rows_of(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return moving.rows_in(session)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    made = tmp_path / "shelf"
    made.mkdir()
    return made


def test_a_backup_opens_to_the_same_ledger(engine, settings, shelf):
    filled(engine)
    saved = backup.save(engine, shelf / "b.sqlite3")
    assert names(shelf) == ["b.sqlite3"]  # and no log or index beside it
    assert (shelf / "b.sqlite3").stat().st_mode & 0o777 == 0o600
    assert saved.size == (shelf / "b.sqlite3").stat().st_size
    assert saved.rows == rows_of(engine)
    assert saved.rows["charge"] == 6
    with backup.opened(shelf / "b.sqlite3") as copy:
        assert sums(copy) == sums(engine)
        assert rows_of(copy) == rows_of(engine)
        there = Settings(database_url=str(copy.url))
        assert contents(book(copy, there)) == contents(book(engine, settings))
    assert names(shelf) == ["b.sqlite3"]


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(engine, shelf):
    file = shelf / "b.sqlite3"
    file.write_bytes(b"a letter")
    with pytest.raises(BadValue, match="something of that name"):
        backup.save(engine, file)
    with pytest.raises(BadValue, match="something of that name"):
        backup.save(engine, shelf, force=True)
    assert file.read_bytes() == b"a letter"
    backup.save(engine, file, force=True)
    with backup.opened(file) as copy:
        assert sums(copy) == sums(engine)


@pytest.mark.sqlite("a file could overwrite itself")
def test_a_ledger_is_never_its_own_backup(engine, tmp_path):
    filled(engine)
    own = Path(str(engine.url.database))
    (tmp_path / "link").symlink_to(own)
    for name in (own, tmp_path / "link"):
        with pytest.raises(BadValue, match="its own backup"):
            backup.save(engine, name, force=True)
    assert rows_of(engine)["charge"] == 6


def test_a_backup_while_others_write_is_a_state_that_existed(engine, shelf):
    """Each writer's window has two rows of the same amount: never one, never two amounts."""
    put(engine, window([fact(BILL, 1, 1, model=m) for m in "ab"], span(1, 2)))
    stop = threading.Event()

    def work() -> None:
        amount = 1
        while not stop.is_set():
            amount += 1
            put(engine, window([fact(BILL, 1, amount, model=m) for m in "ab"], span(1, 2)))

    writer = threading.Thread(target=work)
    writer.start()
    try:
        for number in range(5):
            backup.save(engine, shelf / f"{number}")
    finally:
        stop.set()
        writer.join()
    seen = []
    for number in range(5):
        with backup.opened(shelf / f"{number}") as copy:
            facts = contents(book(copy, Settings(database_url=str(copy.url))))
        ((first, _), (second, _)) = facts.values()
        assert first == second
        seen.append(first)
    assert seen == sorted(seen)


@pytest.mark.sqlite("looks at one file's bytes")
@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "foreign"])
def test_what_is_no_whole_backup_is_refused_in_words(engine, shelf, damage):
    filled(engine)
    file = shelf / "b.sqlite3"
    backup.save(engine, file)
    whole = file.read_bytes()
    if damage == "foreign":
        file.unlink()
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE letters (text)")
        other.close()
    else:
        middle = len(whole) // 2
        flipped = whole[:4096] + bytes(b ^ 0xFF for b in whole[4096:middle]) + whole[middle:]
        file.write_bytes(
            {"empty": b"", "text": b"hello " * 99, "cut": whole[:middle], "flipped": flipped}[
                damage
            ]
        )
    with pytest.raises(LedgerRefuses) as caught, backup.opened(file):
        pass
    assert caught.value.code == "backup_unusable"
    assert str(file) in caught.value.cause
    assert not set("*\n") & set(caught.value.cause.replace(str(file), ""))
    with pytest.raises(BadValue, match="no such backup"), backup.opened(shelf / "nowhere"):
        pass


@pytest.mark.sqlite("looks at one file's stamp")
def test_a_newer_schema_is_not_guessed_at(engine, shelf):
    backup.save(engine, shelf / "b")
    with sqlite3.connect(shelf / "b") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(DatabaseUnusable, match="newer version"), backup.opened(shelf / "b"):
        pass


def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(engine, shelf):
    with pytest.raises(LedgerRefuses, match="could not be written") as caught:
        backup.save(engine, shelf / "nowhere" / "b")
    assert caught.value.code == "backup_failed"
    assert names(shelf) == []


def test_what_a_killed_backup_left_goes_with_the_next_one_and_what_is_being_written_stays(
    engine, shelf
):
    filled(engine)
    writes = "import sys, pathlib\nfrom core.ledger.drafts import draft\n"
    writes += "with draft(pathlib.Path(sys.argv[1])) as part:\n"
    writes += " part.with_name(part.name + '-wal').touch(); print(part.name, flush=True)\n"
    writes += " sys.stdin.read()"
    children, parts = [], []
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", writes, str(shelf)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        children.append(child)
        parts.append(child.stdout.readline().strip())
    children[0].kill()
    children[0].wait()
    assert set(parts) < set(names(shelf))
    backup.save(engine, shelf / "b")
    assert names(shelf) == sorted([parts[1], f"{parts[1]}-wal", "b"])
    for child in children:
        child.communicate()
    assert names(shelf) == ["b"]


def test_a_draft_that_is_swept_before_its_lock_is_made_again(tmp_path, monkeypatch):
    real, swept = drafts.fcntl.flock, []

    def flock(handle, how):
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        real(handle, how)

    monkeypatch.setattr(drafts.fcntl, "flock", flock)
    with drafts.draft(tmp_path) as part:
        assert part not in swept
        assert (names(tmp_path), part.stat().st_mode & 0o777) == ([part.name], 0o600)
    assert names(tmp_path) == []


def test_a_copy_that_differs_never_gets_its_name(engine, shelf, monkeypatch):
    filled(engine)
    real = backup._checked

    def short(path: Path) -> tally.Tally:
        return {key: (value[0] - 1, *value[1:]) for key, value in real(path).items()}

    monkeypatch.setattr(backup, "_checked", short)
    with pytest.raises(LedgerRefuses, match="differs") as caught:
        backup.save(engine, shelf / "b")
    assert caught.value.code == "copy_differs"
    assert names(shelf) == []


@pytest.mark.sqlite("only a file is overwritten")
def test_overwriting_is_seen_by_who_has_the_ledger_open(engine, settings, shelf):
    filled(engine, 2)
    backup.save(engine, shelf / "b")
    before = contents(book(engine, settings))
    filled(engine, 5)
    with writing(engine) as session:
        session.add(Connection(name="later", kind="platform", created_at=NOON))
    other = connect(settings)
    assert len(contents(book(other, settings))) == 10
    with backup.opened(shelf / "b") as source:
        assert backup.overwrite(source, engine)["charge"] == 4
    assert contents(book(other, settings)) == before
    assert {key[1] for key in before} == {day(1), day(2)}
    other.dispose()
