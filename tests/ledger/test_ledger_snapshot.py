"""The snapshot: right, shared, thrown away when damaged, and gone when old."""

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from ledger_factory import (
    BILL,
    HOUR,
    KEY,
    NOON,
    TOKENS,
    WHO,
    begin,
    contents,
    day,
    fact,
    key,
    put,
    span,
    window,
)

from core.ledger import bundle, snapshot
from core.ledger.cuts import DIMENSIONS
from core.ledger.engine import connect, writing
from core.ledger.facts import COLUMNS
from core.ledger.names import NameRow, replace_names
from core.ledger.snapshot import book, book_as_of, current_version
from core.ledger.states import DAYS
from core.ledger.tables import Connection
from core.settings import Settings


def folders(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "snapshots").iterdir())


def step(engine, amount: int, hours: int = 0) -> None:
    put(engine, window([fact(BILL, 1, amount)], span(1, 2), at=NOON + hours * HOUR))


def test_an_empty_ledger_has_an_empty_book(ledger_url):
    settings = Settings(database_url=ledger_url())
    made = connect(settings)
    empty = book(made, settings)
    assert (empty.version, empty.connections, empty.names) == (0, (), {})
    assert tuple(empty.facts.columns) == COLUMNS
    assert dict(empty.days.schema) == DAYS
    assert empty.facts.height == empty.days.height == empty.activity.height == 0
    assert empty.rows("cost", [BILL], ["model"], span(1, 3)).is_empty()
    assert book_as_of(made, NOON).facts.is_empty()
    made.dispose()


def test_the_frames_have_their_types_and_their_order(engine, settings):
    rows = [
        fact(KEY, 2, 5, api_key="k"),
        fact(KEY, 1, 7, api_key="k"),
        fact(WHO, 1, 7, user="u"),
        fact(WHO, 2, 5, user="u"),
    ]
    put(engine, window(rows, span(1, 3)))
    put(engine, window([fact(TOKENS, 1, 9, model="m", requests=2)], span(1, 2), family="usage"))
    facts = book(engine, settings).facts
    assert {str(facts.schema[name].base_type()) for name in (*DIMENSIONS, "family", "cut")} == {
        "Enum"
    }
    assert facts.schema["day"] == pl.Date
    assert facts.schema["connection_id"] == pl.Int32
    assert facts.select("family", "cut", "day", "amount", "tokens", "requests").rows() == [
        ("cost", KEY, day(1), 7, None, None),
        ("cost", KEY, day(2), 5, None, None),
        ("cost", WHO, day(1), 7, None, None),
        ("cost", WHO, day(2), 5, None, None),
        ("usage", TOKENS, day(1), None, 9, 2),
    ]


def test_connections_and_names_come_without_secrets(engine, settings):
    with writing(engine) as session:
        session.add(
            Connection(name="claude", kind="enterprise", created_at=NOON, history_floor=20_454,
                       key_ciphertext="gAAAA", key_hint="sk-ant-api01-…AAAA", protocol="unified")
        )  # fmt: skip
    replace_names(engine, 2, "user", [NameRow("user_1", "Ada", "ada@example.com", "active")], NOON)
    now = book(engine, settings)
    console, claude = now.connections
    assert (console.name, console.kind, console.history_floor) == ("console", "platform", None)
    assert (claude.protocol, str(claude.history_floor)) == ("unified", "2026-01-01")
    assert claude.created_at == NOON
    assert "gAAAA" not in repr(now.connections)
    assert now.names[2, "user", "user_1"].name == "Ada"


def test_a_snapshot_is_made_once_and_opened_then(engine, settings, monkeypatch):
    step(engine, 100)
    first = book(engine, settings)
    monkeypatch.setattr(snapshot, "_frames", pytest.fail)
    again = book(engine, settings)
    assert again.facts.equals(first.facts)
    assert len(folders(settings)) == 1


def test_a_change_of_facts_makes_a_new_snapshot_and_old_ones_go(engine, settings):
    for hours, amount in enumerate((100, 200, 300, 400)):
        step(engine, amount, hours)
        held = book(engine, settings)
        assert contents(held) == {key(1, 1, BILL): (amount, None)}
        assert len(folders(settings)) <= 2
    assert len(folders(settings)) == 2


def test_a_book_that_is_held_outlives_its_file(engine, settings):
    step(engine, 100)
    held = book(engine, settings)
    for path in folders(settings):
        shutil.rmtree(path)
    assert contents(held) == {key(1, 1, BILL): (100, None)}
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (100, None)}


def spoil_tail(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 8)


def spoil_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff\x00\xff")


def spoil_all(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("name", ["cost", "usage", "activity", "manifest.json"])
@pytest.mark.parametrize("spoil", [spoil_tail, spoil_middle, spoil_all, Path.unlink, Path.touch])
def test_a_damaged_snapshot_is_made_again(engine, settings, name, spoil):
    step(engine, 100)
    book(engine, settings)
    (folder,) = folders(settings)
    spoil(folder / name)
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (100, None)}
    assert bundle.read(folder)["cost"]["amount"].to_list() == [100]


def test_one_flipped_bit_in_an_amount_is_noticed(engine, settings):
    amount = 0x1122_3344_5566_7788
    step(engine, amount)
    book(engine, settings)
    (folder,) = folders(settings)
    content = (folder / "cost").read_bytes()
    kept = amount.to_bytes(8, "little")
    assert content.count(kept) == 1
    (folder / "cost").write_bytes(content.replace(kept, (amount ^ 1).to_bytes(8, "little")))
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (amount, None)}


def test_a_snapshot_of_another_format_is_made_again(engine, settings, monkeypatch):
    step(engine, 100)
    book(engine, settings)
    monkeypatch.setattr(bundle, "FORMAT", bundle.FORMAT + 1)
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (100, None)}
    assert len(folders(settings)) == 2


@pytest.mark.sqlite("puts a file back")
def test_a_restored_backup_never_meets_its_former_future(engine, settings):
    step(engine, 100)
    path = settings.data_dir / "ledger.sqlite3"
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql(f"VACUUM INTO '{path}.backup'")
        connection.exec_driver_sql("BEGIN")
    step(engine, 200, 1)
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (200, None)}
    version = current_version(engine)
    engine.dispose()
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    Path(f"{path}.backup").replace(path)
    restored = connect(settings)
    step(restored, 300, 2)
    assert current_version(restored) == version
    assert contents(book(restored, settings)) == {key(1, 1, BILL): (300, None)}
    restored.dispose()


def test_two_ledgers_in_one_folder_keep_their_own_snapshots(ledger_url):
    for name, amount in (("a", 1), ("b", 2), ("a", 1), ("b", 2)):
        settings = Settings(database_url=ledger_url(f"{name}.sqlite3"))
        made = connect(settings)
        if not book(made, settings).facts.height:
            begin(made)
            step(made, amount)
        assert contents(book(made, settings)) == {key(1, 1, BILL): (amount, None)}
        made.dispose()


def test_without_a_place_for_the_file_the_book_is_as_right(engine, settings, caplog):
    step(engine, 100)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "snapshots").write_text("in the way")
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (100, None)}
    assert "No snapshot could be kept" in caplog.text


def test_many_threads_may_make_the_same_snapshot(engine, settings):
    step(engine, 100)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(book(engine, settings).facts["amount"].sum()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [100] * 6
    assert len(folders(settings)) == 1


def test_readers_never_see_half_a_window_while_it_is_written(engine, settings):
    """Each window gives both days the same amount: a book that differs has seen half of one."""
    stop, seen, wrong = threading.Event(), set(), []

    def look() -> None:
        while not stop.is_set():
            now = book(engine, settings)
            amounts = now.facts["amount"].to_list()
            if len(set(amounts)) > 1 or amounts != now.days["total"].to_list():
                wrong.append((amounts, now.days["total"].to_list()))
            seen.update(amounts)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 26):
        rows = [fact(BILL, d, number * 1_000, model=f"m{number % 3}") for d in (1, 2)]
        put(engine, window(rows, span(1, 3), at=NOON + number * HOUR))
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen


def test_sums_beyond_64_bits_are_summed_in_128(engine, settings):
    for when in (1, 2, 3):
        put(engine, window([fact(BILL, when, 2**62)], span(when, when + 1)))
    now = book(engine, settings)
    assert now.facts.schema["amount"] == pl.Int128
    assert now.facts.schema["tokens"] == pl.Int64
    assert now.facts["amount"].sum() == 3 * 2**62
    assert contents(now)[key(1, 3, BILL)] == (2**62, None)


def test_the_book_says_who_fetched_what(engine, settings):
    step(engine, 100)
    data = window([fact(BILL, 1, 100)], span(1, 2), refreshed=NOON, at=NOON + HOUR)
    put(engine, replace(data))
    state = book(engine, settings).days.row(0, named=True)
    assert (state["run_id"], state["window_id"], state["data_refreshed_at"]) == (1, 2, NOON)
