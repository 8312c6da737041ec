"""Opening a ledger: whose it may be, what state it may be in, who may write when."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ledger_factory import BILL, NOON, begin, contents, fact, key, put, span, window
from sqlalchemy import create_engine, insert, select, text

from core.errors import DatabaseUnusable
from core.ledger import sqlite
from core.ledger.engine import connect, reading, verify, writing
from core.ledger.faults import unusable
from core.ledger.snapshot import book, current_version
from core.ledger.tables import Name, table
from core.ledger.versions import bump, mark
from core.settings import Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def at(path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{path}")


@pytest.mark.sqlite("files of a server are not ours")
def test_the_files_are_their_owners_alone_and_so_is_a_folder_that_was_made(engine, settings):
    put(engine, window([fact(BILL, 1, 1)], span(1, 2)))
    book(engine, settings)
    folder = settings.data_dir
    assert mode(folder) == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"ledger.sqlite3", "ledger.sqlite3-wal", "cost"}
    assert {oct(mode(path)) for path in files} == {"0o600"}
    assert {oct(mode(path)) for path in folder.rglob("*") if path.is_dir()} == {"0o700"}


def test_a_folder_that_was_there_keeps_its_rights(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    connect(at(folder / "ledger.sqlite3")).dispose()
    assert mode(folder) == 0o755


@pytest.mark.sqlite("asks for its pragmas")
def test_every_connection_is_set_up(engine):
    with reading(engine) as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        }
    assert found == {
        "journal_mode": "wal", "busy_timeout": 5_000, "synchronous": 1, "foreign_keys": 1,
    }  # fmt: skip


def test_opening_again_keeps_everything(engine, settings):
    put(engine, window([fact(BILL, 1, 77)], span(1, 2)))
    engine.dispose()
    again = connect(settings)
    assert contents(book(again, settings)) == {key(1, 1, BILL): (77, None)}
    again.dispose()


def test_an_empty_file_becomes_a_ledger(tmp_path):
    (tmp_path / "empty.sqlite3").touch()
    made = connect(at(tmp_path / "empty.sqlite3"))
    assert current_version(made) == 0
    made.dispose()


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"not a database, but long enough to be read as a header" * 40, "damaged"),
        (os.urandom(8_192), "damaged"),
    ],
    ids=["text", "noise"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, content, title):
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable) as caught:
        connect(at(path))
    assert title in caught.value.title
    assert "backup" in caught.value.fix
    assert path.read_bytes() == content


def cut_short(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.mark.sqlite("damages the file")
def test_a_database_cut_short_is_refused_before_anything_is_written(engine, settings):
    rows = [fact(BILL, 1, n, model=f"m{n}") for n in range(500)]
    put(engine, window(rows, span(1, 2)))
    engine.dispose()
    path = settings.data_dir / "ledger.sqlite3"
    cut_short(path)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable) as caught:
        verify(connect(settings))
    assert "damaged" in caught.value.title
    assert path.read_bytes() == before


@pytest.mark.sqlite("damages the file")
def test_noise_in_a_page_is_found_by_verify(engine, settings):
    rows = [fact(BILL, 1, n, model=f"m{n}") for n in range(500)]
    put(engine, window(rows, span(1, 2)))
    verify(engine)
    engine.dispose()
    path = settings.data_dir / "ledger.sqlite3"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'charge'").fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))
    with pytest.raises(DatabaseUnusable, match="damaged"):
        verify(connect(settings))


def test_a_newer_schema_is_refused(engine, settings):
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnusable) as caught:
        connect(settings)
    assert "newer version" in caught.value.title
    assert "Update claude-spend" in caught.value.fix


def test_another_programs_database_is_refused(ledger_url):
    address = ledger_url("other.sqlite3", empty=True)
    other = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    other.dispose()
    with pytest.raises(DatabaseUnusable, match="another program"):
        connect(Settings(database_url=address))


def test_a_path_that_is_a_folder_or_lies_in_a_file_is_explained(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "ledger.sqlite3"):
        with pytest.raises(DatabaseUnusable, match="cannot be opened"):
            connect(at(path))


def test_a_folder_that_cannot_be_made_is_explained():
    error = unusable(FileNotFoundError(2, "No such file or directory", "/proc/nope"))
    assert error.finding().title == "The database cannot be opened."


READ_ONLY = """
import os, sys
import alembic.command
import sqlalchemy.dialects.sqlite
from core.errors import DatabaseUnusable
from core.ledger.engine import connect, writing
from core.ledger.versions import bump
from core.settings import Settings
os.setuid(65534)
for address in sys.argv[1:]:
    try:
        with writing(connect(Settings(database_url=address))) as session:
            bump(session)
    except DatabaseUnusable as error:
        print(error.title)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become a user without rights")
def test_a_read_only_place_is_explained(tmp_path):
    for part in (tmp_path, *tmp_path.parents):
        if part.owner() == "root" and part.name.startswith("pytest"):
            part.chmod(0o755)
    connect(at(tmp_path / "ledger.sqlite3")).dispose()
    (tmp_path / "ledger.sqlite3").chmod(0o644)
    places = (tmp_path / "ledger.sqlite3", tmp_path / "new" / "ledger.sqlite3")
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, *(f"sqlite:///{place}" for place in places)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["The database cannot be written."] * 2, done.stderr


def test_a_reader_sees_one_state_and_never_half_a_write(engine):
    rows = [{"connection_id": 1, "kind": "user", "id": i, "name": "", "email": "", "state": "",
             "details": {}, "seen_at": NOON} for i in "ab"]  # fmt: skip
    counted = select(table(Name).c.id)
    with reading(engine) as session:
        first = mark(session).version
        with writing(engine) as other:
            other.execute(insert(Name), rows)
            bump(other)
            assert session.execute(counted).all() == []
        assert session.execute(counted).all() == []
        assert mark(session).version == first
    with reading(engine) as session:
        assert len(session.execute(counted).all()) == 2
        assert mark(session).version == first + 1


def test_a_failed_write_leaves_nothing(engine):
    def failing() -> None:
        with writing(engine) as session:
            bump(session)
            raise RuntimeError("stop")

    version = current_version(engine)
    with pytest.raises(RuntimeError, match="stop"):
        failing()
    assert current_version(engine) == version


def test_a_second_writer_waits_for_the_first(engine):
    inside, order = threading.Event(), []

    def first() -> None:
        with writing(engine) as session:
            bump(session)
            inside.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with writing(engine) as session:
        order.append("second")
        bump(session)
    thread.join()
    assert order == ["first", "second"]
    assert current_version(engine) == 2


@pytest.mark.sqlite("holds its lock; tests/postgres has its counterpart")
def test_a_writer_gives_up_politely_and_readers_read_on(engine, monkeypatch):
    with reading(engine) as session:
        session.execute(text("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()

    def write() -> None:
        with writing(engine) as session:
            bump(session)

    with pytest.raises(DatabaseUnusable, match="busy"):
        write()
    assert time.monotonic() - started < 4
    assert current_version(engine) == 0
    other.close()


SECOND = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    raw.execute("BEGIN IMMEDIATE")
    print("got it")
except sqlite3.OperationalError as error:
    print(error)
"""


@pytest.mark.sqlite("its locks belong to the process")
def test_reading_the_book_does_not_lose_the_write_lock(engine, settings):
    """Two copies of SQLite in one process would: locks belong to the process, not to the copy."""
    put(engine, window([fact(BILL, 1, 1)], span(1, 2)))
    with writing(engine) as session:
        bump(session)
        book(engine, settings)
        done = subprocess.run(
            [sys.executable, "-c", SECOND, str(engine.url.database)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == "database is locked"


OPEN = """
import sys
from core.ledger.engine import connect
from core.ledger.snapshot import current_version
from core.settings import Settings
print(current_version(connect(Settings(database_url=sys.argv[1]))))
"""


def test_many_processes_may_open_a_new_ledger_at_once(ledger_url):
    address = ledger_url("new/ledger.sqlite3", empty=True)
    command, pipe = [sys.executable, "-c", OPEN, address], subprocess.PIPE
    started = [subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    said = [process.communicate(timeout=120) for process in started]
    assert [out.strip() for out, _ in said] == ["0"] * 3, said


def test_a_ledger_in_memory_works_without_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(database_url="sqlite://")
    made = connect(settings)
    begin(made)
    put(made, window([fact(BILL, 1, 5)], span(1, 2)))
    assert contents(book(made, settings)) == {key(1, 1, BILL): (5, None)}
    assert sqlite.file_of(made) is None
    assert list(tmp_path.iterdir()) == []
    made.dispose()
