"""What a PostgreSQL server can refuse, in words that a person can act on, without the password."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from core.calendar import Span
from core.errors import BadValue, DatabaseUnusable, SpendError
from core.ledger.engine import connect, reading, writing
from core.ledger.invoices import InvoiceRow, all_invoices, save_invoice
from core.ledger.names import NameRow, read_names, replace_names
from core.settings import Settings

PASSWORD = "canary4711"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def refused(url: str, kind: type[SpendError] = DatabaseUnusable) -> SpendError:
    with pytest.raises(kind) as caught:
        connect(Settings(database_url=url))
    said = caught.value
    assert PASSWORD not in f"{said} {said!r} {said.cause} {said.fix}"
    assert said.fix
    return said


def invoice(note: str) -> InvoiceRow:
    return InvoiceRow("platform", Span(date(2026, 11, 1), date(2026, 12, 1)), 1, note=note)


@pytest.fixture
def empty(postgresql):
    made = postgresql.empty()
    yield made
    postgresql.drop(made)


@pytest.fixture
def engine(postgresql):
    url = postgresql.ledger()
    made = connect(Settings(database_url=url))
    yield made
    made.dispose()
    postgresql.drop(url)


def test_a_database_or_user_that_is_not_there(postgresql):
    assert "no such database or user" in refused(postgresql.url("nowhere")).title
    stranger = postgresql.url("postgres").replace("postgres@", f"stranger:{PASSWORD}@")
    assert "no such database or user" in refused(stranger).title


def test_a_user_without_rights(postgresql, empty):
    postgresql.run("CREATE ROLE guest LOGIN")
    said = refused(empty.replace("postgres@", f"guest:{PASSWORD}@"))
    assert "may not be changed by this user" in said.title
    postgresql.run("DROP ROLE guest")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_server_that_is_not_there(host):
    said = refused(f"postgresql://spend:{PASSWORD}@{host}/spend")
    assert said.title == "The database cannot be opened."


@pytest.mark.parametrize("rest", ["h:port/d", "[::1/d"])
def test_an_address_that_cannot_be_read(rest):
    said = refused(f"postgresql://spend:{PASSWORD}@{rest}", BadValue)
    assert "cannot be read" in said.title


def test_an_option_that_there_is_not():
    assert "bogus" in refused(f"postgresql://u:{PASSWORD}@127.0.0.1:1/d?bogus=1").cause


def test_settings_do_not_show_the_password():
    settings = Settings(database_url=f"postgresql://spend:{PASSWORD}@host/spend")
    assert PASSWORD not in repr(settings)


def test_a_server_that_takes_no_writes(engine, postgresql):
    name = engine.url.database
    postgresql.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    engine.dispose()
    with pytest.raises(DatabaseUnusable, match="takes no writes"):
        save_invoice(engine, invoice("n"))


def test_a_server_that_went_away_is_said_and_the_next_try_works(engine, postgresql):
    def interrupted() -> None:
        with writing(engine) as session:
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgresql.run(f"SELECT pg_terminate_backend({pid}, 10000)")
            session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnusable, match="went away"):
        interrupted()
    assert save_invoice(engine, invoice("n")) == 1


def test_a_text_with_a_nul_is_kept_as_the_sign_for_it(engine):
    save_invoice(engine, invoice("a\0b"))
    assert [kept.note for kept in all_invoices(engine)] == ["a␀b"]
    row = NameRow("u\0", "\0", details={"k": "\0", "\0": [1]})
    assert replace_names(engine, 1, "user", [row], NOON) == 1
    assert replace_names(engine, 1, "user", [row], NOON) == 0
    (kept,) = read_names(engine).values()
    assert (kept.id, kept.name, kept.details) == ("u␀", "␀", row.details)


def test_every_table_is_there_that_the_classes_describe(engine):
    asked = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with reading(engine) as session:
        found = {name for (name,) in session.execute(text(asked))}
    assert found == {*SQLModel.metadata.tables, "alembic_version"}
