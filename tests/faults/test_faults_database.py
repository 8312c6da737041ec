"""The database under fire: full, read-only, locked, of a newer version, damaged."""

import shutil
import sqlite3
import threading
from contextlib import contextmanager

import pytest
from fault_books import books_of
from fault_company import E_UNIFIED, P_REPORTS, noon, well_behaved
from fault_judge import healed, told_by
from sqlalchemy import event

from core.ledger.engine import connect

pytestmark = pytest.mark.sqlite("its own ways to fail")


def pragmas(*wanted, room=0):
    """Return a disturbance: every connection of the sync has these pragmas.

    `{pages}` becomes the pages that the database has, and `room` more.
    """

    @contextmanager
    def disturb(settings):
        engine = connect(settings)
        engine.dispose()
        with sqlite3.connect(settings.data_dir / "ledger.sqlite3") as raw:
            pages = raw.execute("PRAGMA page_count").fetchone()[0] + room
        raw.close()

        @event.listens_for(engine, "connect")
        def _set(connection, _record):
            for pragma in wanted:
                connection.execute(f"PRAGMA {pragma.format(pages=pages)}")

        yield engine

    return disturb


def locked(seconds=None, patience=50):
    """Return a disturbance: another connection holds the write lock, for ever or for a while."""

    @contextmanager
    def disturb(settings):
        path = settings.data_dir / "ledger.sqlite3"
        with pragmas(f"busy_timeout = {patience}")(settings) as engine:
            other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            timer = threading.Timer(seconds or 0, other.rollback)
            if seconds:
                timer.start()
            yield engine
            if seconds:
                timer.join()
            other.close()

    return disturb


ROWS = [
    ("database read-only", pragmas("query_only = ON"), "partial"),
    ("database locked throughout", locked(), "partial"),
    ("database locked for a while", locked(0.3, 5_000), "exact"),
]


@pytest.mark.parametrize("way", [P_REPORTS, E_UNIFIED], ids=str)
@pytest.mark.parametrize(("name", "disturb", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_database_that_fails_keeps_what_was(name, disturb, expected, way, world, tmp_path, note):
    well_behaved(way, world.api.behaviour, world.today)
    settings = world.filled(way, tmp_path)
    told = told_by(settings, lambda: noon(world.today), disturb)
    assert told.codes == ({"database_unusable"} if expected == "partial" else set())
    assert healed(world, way, settings, told) == expected
    note(name, "exact" if expected == "exact" else "partial: database_unusable; then exact")


@pytest.mark.parametrize("room", [0, 8, 32, 1_000])
def test_a_disk_that_fills_up_on_the_way_keeps_whole_windows(room, world, tmp_path, note):
    way = E_UNIFIED
    well_behaved(way, world.api.behaviour, world.today)
    settings = world.filled(way, tmp_path)
    disturb = pragmas("max_page_count = {pages}", room=room)
    told = told_by(settings, lambda: noon(world.today), disturb)
    outcome = healed(world, way, settings, told)
    if room in {0, 1_000}:
        assert outcome == ("exact" if room else "partial")
    assert told.codes == (set() if outcome == "exact" else {"database_unusable"})
    note("disk full", "partial: database_unusable, or exact; then exact")


def _newer(path):
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()


def _cut(path):
    path.write_bytes(path.read_bytes()[:5_000])


def _overwritten(path):
    path.write_bytes(b"not a database" * 1_000)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("database of a newer version", _newer),
        ("database cut short", _cut),
        ("database overwritten", _overwritten),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_and_left_alone(
    name, damage, world, tmp_path, note
):
    way = E_UNIFIED
    well_behaved(way, world.api.behaviour, world.today)
    settings = world.filled(way, tmp_path / "ledger")
    path = tmp_path / "ledger" / "ledger.sqlite3"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    shutil.copytree(tmp_path / "ledger", tmp_path / "backup")
    damage(path)
    left = path.read_bytes()
    told = told_by(settings, lambda: noon(world.today))
    assert told.codes == {"database_unusable"}
    if damage is not _newer:
        assert path.read_bytes() == left
    shutil.rmtree(tmp_path / "ledger")
    shutil.copytree(tmp_path / "backup", tmp_path / "ledger")
    assert not books_of(tmp_path / "ledger").differs(world.before[way])
    assert healed(world, way, settings, told) == "partial"
    note(name, "refused: database_unusable; restored, then exact")
