"""A whole ledger moved between SQLite and PostgreSQL, either way, and proved equal."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, insert, select, update
from sqlmodel import SQLModel

from core.calendar import Span
from core.connections import store
from core.connections.vault import Vault
from core.errors import BadValue, LedgerRefuses, SecretKeyUnusable, SyncInProgress
from core.ledger import moving, tally
from core.ledger.activity import replace_activity
from core.ledger.cuts import DIMENSIONS
from core.ledger.days import DAYS
from core.ledger.engine import connect, reading, writing
from core.ledger.frame import conform
from core.ledger.invoices import InvoiceRow, all_invoices, save_invoice
from core.ledger.names import NameRow, read_names, replace_names
from core.ledger.restatements import log
from core.ledger.runs import finish_run, start_run
from core.ledger.snapshot import book, book_as_of
from core.ledger.tables import FACTS, Charge, Series, table
from core.ledger.versions import current_version, identity
from core.ledger.writer import WindowData, replace_window
from core.settings import Settings
from core.sync.lock import only_one
from core.sync.moving import move

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = date(2026, 11, 1)
BILL = "platform/reports/cost/bill"
KEY = SecretStr("sk-ant-admin01-" + "canary4711" * 9)
SECRET = SecretStr("kept in the environment of the test")
LARGE = 2**62


def put(
    engine: Engine, run: int, number: int, amounts: dict[str, int], day: int, hour: int
) -> None:
    """Write a window of one day: an amount for each model."""
    where = Span(FIRST + timedelta(days=day), FIRST + timedelta(days=day + 1))
    rows = {"day": [where.start] * len(amounts), "model": [*amounts], "amount": [*amounts.values()]}
    frame = conform(pl.DataFrame(rows), "cost", BILL)
    total = {"day": [where.start], "total": [sum(amounts.values())], "not_attributed": [0],
             "capped": [False], "present": [True]}  # fmt: skip
    data = WindowData(
        connection_id=number, family="cost", protocol="reports", span=where, frame=frame,
        days=pl.DataFrame(total, schema=DAYS), data_refreshed_at=None,
        fetched_at=NOON + timedelta(hours=hour),
    )  # fmt: skip
    replace_window(engine, run, data)


def fill(settings: Settings) -> Engine:
    """A ledger with a restatement, sums beyond 64 bits, hostile names, an invoice and counts."""
    engine = connect(settings)
    one = store.add(engine, Vault(settings), "Console", "platform", KEY).id
    two = store.add(engine, Vault(settings), 'Émilie\'s "seats"', "platform", KEY).id
    run = start_run(engine, [one, two], "test", now=NOON)
    put(engine, run, one, {"a": LARGE, "b": -3}, 0, 0)
    put(engine, run, one, {"a": LARGE}, 1, 1)
    put(engine, run, one, {"a": LARGE, "c": 7}, 0, 2)
    put(engine, run, two, {"\\N": 11, 'x",\n\t🐙': 13}, 0, 3)
    finish_run(engine, run, "complete", now=NOON)
    replace_names(engine, one, "user", [NameRow("u", "=cmd()\r\n", "u@x", "", {"k": [1]})], NOON)
    counts = {"day": [FIRST], "actor": ["u"], "surface": ["code"], "detail": [""],
              "metric": ["lines"], "value": [10**15]}  # fmt: skip
    replace_activity(engine, one, [FIRST], pl.DataFrame(counts), fetched_at=NOON)
    save_invoice(engine, InvoiceRow("platform", Span(FIRST, date(2026, 12, 1)), 10**17))
    return engine


def everything(engine: Engine) -> dict[str, list[tuple]]:
    """Every row of every table but the version's, as Python has it."""
    with reading(engine) as session:
        return {
            kept.name: [
                tuple(row)
                for row in session.execute(select(kept).order_by(*kept.primary_key.columns))
            ]
            for kept in SQLModel.metadata.sorted_tables
            if kept.name != "ledger_version"
        }


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def pair(request, tmp_path, postgresql, monkeypatch):
    """The settings of a ledger, and those of an empty database of the other kind."""
    monkeypatch.setenv("CLAUDE_SPEND_SECRET_KEY", SECRET.get_secret_value())
    made = []

    def at(kind: str, name: str) -> Settings:
        if kind == "sqlite":
            return Settings(database_url=f"sqlite:///{tmp_path / name}.sqlite3")
        made.append(postgresql.empty())
        return Settings(database_url=made[-1])

    first, _, second = request.param.partition(" to ")
    yield at(first, "from"), at(second, "to")
    for url in made:
        postgresql.drop(url)


@pytest.fixture
def filled(pair):
    engines = [fill(pair[0])]
    yield lambda: engines[-1]
    engines[-1].dispose()


def opened(settings: Settings, look):
    engine = connect(settings)
    try:
        return look(engine)
    finally:
        engine.dispose()


def test_everything_is_moved_and_nothing_changed(pair, filled):
    before = everything(filled())
    told = []
    moved = move(*pair, told=lambda name, rows: told.append((name, rows)))
    after = opened(pair[1], everything)
    *entries, moving_it = after.pop("audit_entry")
    assert "moved" in moving_it
    after["audit_entry"] = entries
    assert after == before == everything(filled())
    assert moved.rows == {name: len(rows) for name, rows in before.items()}
    assert dict(told) == moved.rows
    # console a, b, c and two models of the other connection; b went in a restatement
    assert (moved.rows["series"], moved.rows["charge"], moved.unreadable) == (5, 5, ())
    assert moved.rows["charge_restatement"] == 2


def test_what_is_asked_of_the_copy_is_answered_as_before(pair, filled):
    def answers(engine):
        now = book(engine, pair[1])
        columns = ("day", "connection_id", "cut", *DIMENSIONS, "amount")
        return (
            sorted(now.facts.select(columns).rows(), key=str), now.names, now.connections,
            log(engine).rows(), sorted(book_as_of(engine, NOON).facts["amount"]),
            all_invoices(engine), identity(engine),
        )  # fmt: skip

    before = answers(filled())
    version = current_version(filled())
    move(*pair)
    assert opened(pair[1], answers) == before
    assert opened(pair[1], current_version) == version + 1


def test_the_copy_goes_on_where_the_original_stood(pair, filled):
    move(*pair)
    engine = connect(pair[1])
    key = store.get_key(engine, Vault(pair[1]), "Console")
    new = store.add(engine, Vault(pair[1]), "Third", "platform", KEY).id
    run = start_run(engine, [new], "test", now=NOON)
    put(engine, run, new, {"new": 5}, 3, 4)
    put(engine, run, 1, {"a": LARGE}, 1, 5)
    facts = book(engine, pair[1]).facts
    engine.dispose()
    assert key == KEY
    assert (new, run) == (3, 2)
    assert facts.filter(pl.col("connection_id") == new)["amount"].to_list() == [5]


def test_keys_are_sealed_with_the_secret_of_the_new_place(tmp_path, postgresql, monkeypatch):
    monkeypatch.delenv("CLAUDE_SPEND_SECRET_KEY", raising=False)
    source = Settings(database_url=f"sqlite:///{tmp_path}/from.sqlite3")
    fill(source).dispose()
    url = postgresql.empty()
    with pytest.raises(SecretKeyUnusable, match="lies on a server"):
        move(source, Settings(database_url=url))
    target = Settings(database_url=url, secret_key=SECRET)
    move(source, target)
    key = opened(target, lambda engine: store.get_key(engine, Vault(target), "Console"))
    assert key == KEY
    assert opened(source, lambda engine: store.get_key(engine, Vault(source), "Console")) == KEY
    postgresql.drop(url)


def test_a_key_that_no_secret_opens_is_moved_as_it_is_and_named(tmp_path):
    first = Settings(database_url=f"sqlite:///{tmp_path}/from.sqlite3", secret_key=SECRET)
    fill(first).dispose()
    other = SecretStr("another secret altogether")
    later = Settings(database_url=first.database_url, secret_key=other)
    moved = move(later, Settings(database_url=f"sqlite:///{tmp_path}/to.sqlite3", secret_key=other))
    assert moved.unreadable == ("Console", 'Émilie\'s "seats"')


def test_a_ledger_that_is_not_empty_is_left_as_it_is(pair, filled):
    other = fill(pair[1])
    before = everything(other)
    with pytest.raises(BadValue, match="not empty"):
        move(*pair)
    assert everything(other) == before
    other.dispose()


def spoiled(monkeypatch, model, **values):
    """Have the copy change a row on its way."""
    real = moving._continue_numbers

    def change(target, kept):
        real(target, kept)
        if kept.name == model.__tablename__:
            target.execute(update(table(model)).values(**values))

    monkeypatch.setattr(moving, "_continue_numbers", change)


@pytest.mark.parametrize(
    ("model", "values"),
    [(Charge, {"amount": 1}), (Charge, {"list_amount": 0}), (Series, {"connection_id": 2})],
    ids=["an amount", "a null", "a connection"],
)
def test_a_copy_that_differs_is_rolled_back(pair, filled, monkeypatch, model, values):
    spoiled(monkeypatch, model, **values)
    with pytest.raises(LedgerRefuses) as caught:
        move(*pair)
    assert caught.value.code == "copy_differs"
    assert not any(opened(pair[1], everything).values())
    monkeypatch.undo()
    monkeypatch.setenv("CLAUDE_SPEND_SECRET_KEY", SECRET.get_secret_value())
    assert move(*pair).rows["charge"] == 5


def test_a_row_too_many_is_noticed(pair, filled, monkeypatch):
    real = moving._continue_numbers

    def add(target, kept):
        real(target, kept)
        if kept.name == "activity_day":
            row = {"connection_id": 9, "day": 1, "fetched_at": NOON}
            target.execute(insert(kept), [row])

    monkeypatch.setattr(moving, "_continue_numbers", add)
    with pytest.raises(LedgerRefuses, match="activity_day"):
        move(*pair)


def test_while_a_sync_runs_nothing_is_moved(pair, filled):
    with only_one(filled()), pytest.raises(SyncInProgress):
        move(*pair)


def test_what_cannot_be_moved_is_said(tmp_path):
    there = Settings(database_url=f"sqlite:///{tmp_path}/a.sqlite3")
    with pytest.raises(BadValue, match="no ledger to move"):
        move(there, Settings(database_url=f"sqlite:///{tmp_path}/b.sqlite3"))
    connect(there).dispose()
    with pytest.raises(BadValue, match="onto itself"):
        move(there, there)
    assert sorted(path.name for path in tmp_path.glob("*.sqlite3")) == ["a.sqlite3"]


def test_a_text_with_a_nul_of_an_older_ledger_is_moved(tmp_path, postgresql, monkeypatch):
    monkeypatch.setenv("CLAUDE_SPEND_SECRET_KEY", SECRET.get_secret_value())
    source = Settings(database_url=f"sqlite:///{tmp_path}/from.sqlite3")
    fill(source).dispose()
    with sqlite3.connect(tmp_path / "from.sqlite3") as raw:
        raw.execute("UPDATE series SET model = 'x' || char(0) WHERE model = 'a'")
        raw.execute("UPDATE name SET name = char(0)")
    raw.close()
    url = postgresql.empty()
    target = Settings(database_url=url)
    move(source, target)
    names = opened(target, read_names)
    models = opened(target, lambda engine: set(book(engine, target).facts["model"]))
    postgresql.drop(url)
    assert [row.name for row in names.values()] == ["␀"]
    assert "x␀" in models


def test_a_tally_knows_rows_days_nulls_and_sums_by_hand(pair, filled):
    with reading(filled()) as session:
        taken = tally.taken(session)
    first = (FIRST - date(1970, 1, 1)).days
    assert set(FACTS) == {"cost", "usage"}
    assert taken == {
        ("cost", 1, BILL): (3, 3 * first + 1, 3, 2 * LARGE + 7, 0, 0),
        ("cost", 2, BILL): (2, 2 * first, 2, 24, 0, 0),
    }


def test_negative_amounts_are_tallied_exactly(pair):
    engine = connect(pair[0])
    with writing(engine) as session:
        session.execute(
            insert(Series), [{"id": 1, "key": b"k" * 16, "connection_id": 1, "cut": "c"}]
        )
        rows = [{"day": d, "series_id": 1, "amount": a} for d, a in enumerate((-1, -(2**62), 5))]
        session.execute(insert(Charge), rows)
        assert tally.taken(session) == {("cost", 1, "c"): (3, 3, 3, 4 - 2**62, 0, 0)}
    engine.dispose()
