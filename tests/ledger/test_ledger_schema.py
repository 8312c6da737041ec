"""The migrations and the tables' classes say the same."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from core.ledger import schema
from core.ledger.engine import connect
from core.settings import Settings


def test_autogenerate_finds_no_difference(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_known_revisions_are_those_of_the_scripts():
    scripts = ScriptDirectory.from_config(schema.config())
    found = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(found)) == schema.REVISIONS


@pytest.mark.sqlite("a kind of table that only it has")
def test_tables_without_rowid_are_made_as_such(engine, settings):
    with sqlite3.connect(settings.data_dir / "ledger.sqlite3") as raw:
        made = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    raw.close()
    for name in ("charge", "usage", "charge_restatement", "usage_restatement", "activity"):
        assert "WITHOUT ROWID" in made[name]


def test_a_migration_that_fails_leaves_no_table(ledger_url, monkeypatch):
    import alembic.command

    real = alembic.command.upgrade

    def failing(*args: object) -> None:
        real(*args)
        raise RuntimeError("stop")

    monkeypatch.setattr(alembic.command, "upgrade", failing)
    address = ledger_url("new.sqlite3", empty=True)
    settings = Settings(database_url=address)
    with pytest.raises(RuntimeError, match="stop"):
        connect(settings)
    looking = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    assert inspect(looking).get_table_names() == []
    looking.dispose()
    monkeypatch.undo()
    connect(settings).dispose()


def test_each_database_has_its_own_identity(ledger_url):
    from core.ledger.engine import reading
    from core.ledger.versions import mark

    seen = set()
    for name in "ab":
        made = connect(Settings(database_url=ledger_url(f"{name}.sqlite3", empty=True)))
        with reading(made) as session:
            seen.add(mark(session).identity)
        made.dispose()
    assert len(seen) == 2
    assert all(len(identity) == 32 for identity in seen)
