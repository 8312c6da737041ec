"""What is deleted is gone; what is not ours stays."""

import polars as pl
import pytest
from ledger_factory import (
    BILL,
    HOUR,
    NOON,
    SEATS,
    TOKENS,
    contents,
    day,
    fact,
    key,
    put,
    span,
    window,
)
from sqlalchemy import func, select

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.errors import NotAllowed
from core.ledger import forecasts, runs
from core.ledger.activity import SCHEMA, replace_activity
from core.ledger.engine import reading, writing
from core.ledger.maintenance import delete_data
from core.ledger.names import NameRow, read_names, replace_names
from core.ledger.restatements import log
from core.ledger.snapshot import book, book_as_of, current_version
from core.ledger.tables import Invoice, MonthClose, PairWord, SQLModel


def fill(engine, connection: int, cut: str) -> None:
    for number, amount in enumerate((100, 110)):
        put(engine, window([fact(cut, 1, amount * connection)], span(1, 2), connection=connection,
                           at=NOON + number * HOUR))  # fmt: skip
        put(engine, window([fact(TOKENS, 1, amount * connection)], span(1, 2), family="usage",
                           connection=connection, at=NOON + number * HOUR))  # fmt: skip
    replace_names(engine, connection, "user", [NameRow("u", "Ada")], NOON)
    done = pl.DataFrame([(day(1), "u", "chat", "", "messages", 1)], schema=SCHEMA, orient="row")
    replace_activity(engine, connection, [day(1)], done, fetched_at=NOON)


def sizes(engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            name: session.execute(select(func.count()).select_from(made)).scalar_one()
            for name, made in SQLModel.metadata.tables.items()
        }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_only_an_admin_deletes(engine, role):
    fill(engine, 1, BILL)
    before = sizes(engine)
    with acting.acting_as(Person("somebody", role, "sign-in")), pytest.raises(NotAllowed):
        delete_data(engine, 1)
    assert sizes(engine) == before


def test_one_connections_data_goes_and_the_others_stays(engine, settings):
    run = runs.start_run(engine, [1, 2], "test", now=NOON)
    fill(engine, 1, BILL)
    alone, past = sizes(engine), contents(book_as_of(engine, NOON))
    fill(engine, 2, SEATS)
    version = current_version(engine)
    delete_data(engine, 2)
    assert sizes(engine) == alone | {"sync_part": 1}
    assert [part.connection_id for part in runs.parts(engine, run)] == [1]
    assert current_version(engine) == version + 1
    assert contents(book(engine, settings)) == {key(1, 1, BILL): (110, None)}
    assert contents(book_as_of(engine, NOON)) == past
    assert list(read_names(engine)) == [(1, "user", "u")]
    assert log(engine)["delta"].to_list() == [10]


def test_no_snapshot_keeps_what_was_deleted(engine, settings):
    fill(engine, 1, BILL)
    held = book(engine, settings)
    delete_data(engine, 1)
    assert list((settings.data_dir / "snapshots").iterdir()) == []
    assert held.facts["amount"].to_list() == [110, None]


def test_a_deleted_connection_can_be_filled_again(engine, settings):
    fill(engine, 1, BILL)
    before = contents(book(engine, settings))
    delete_data(engine, 1)
    assert contents(book(engine, settings)) == {}
    fill(engine, 1, BILL)
    assert contents(book(engine, settings)) == before
    assert contents(book_as_of(engine, NOON)) == {key(1, 1, BILL): (100, None)}


def test_what_was_decided_of_a_connection_goes_but_an_invoice_stays(engine):
    with writing(engine) as session:
        session.add(PairWord(platform_id=1, enterprise_id=2, word="match", decided_at=NOON))
        session.add(PairWord(platform_id=3, enterprise_id=4, word="match", decided_at=NOON))
        session.add(MonthClose(connection_id=2, month=20393, total=5, closed_at=NOON))
        session.add(
            Invoice(connection_id=2, first_day=20393, end_day=20424, total=5, entered_at=NOON)
        )
    delete_data(engine, 2)
    with reading(engine) as session:
        assert [row.enterprise_id for row in session.exec(select(PairWord)).scalars()] == [4]
        assert session.exec(select(MonthClose)).all() == []
        kept = session.exec(select(Invoice)).scalars().one()
        assert (kept.connection_id, kept.total) == (None, 5)


def test_no_forecast_speaks_of_what_was_deleted(engine):
    fill(engine, 1, BILL)
    made = [forecasts.Issued("user", "u|", day(2), "none", body={"name": "Ada"})]
    forecasts.keep(engine, made, "stamp", NOON)
    assert [row.body for row in forecasts.said(engine, "user")] == [{"name": "Ada"}]
    delete_data(engine, 1)
    assert forecasts.said(engine, "user") == ()
