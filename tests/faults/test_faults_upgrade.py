"""A ledger of every earlier schema, with data, is upgraded when it is opened, and goes on."""

import shutil
import sqlite3

import pytest
from fault_books import books_of
from fault_company import WAYS, noon, well_behaved
from fault_judge import healed, told_by
from fault_shelf import settings_of
from sqlalchemy import create_engine

from core.ledger import schema
from core.ledger.engine import connect

pytestmark = pytest.mark.sqlite("copies its tables from file to file")

CASES = [(revision, WAYS[n % len(WAYS)]) for n, revision in enumerate(schema.REVISIONS[:-1])]
TABLES = "SELECT name FROM main.sqlite_master WHERE type = 'table'"


def old(revision, path, filled):
    """Make a database of a revision that holds what a newer one does, as far as it can."""
    from alembic import command

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(schema.config(connection), revision)
    engine.dispose()
    raw = sqlite3.connect(path)
    raw.execute("ATTACH ? AS new", (str(filled),))
    tables = {name for (name,) in raw.execute(TABLES)} - {"alembic_version"}
    with raw:
        for name in tables:
            raw.execute(f'DELETE FROM main."{name}"')
            mine = [row[1] for row in raw.execute(f'PRAGMA main.table_info("{name}")')]
            columns = ", ".join(f'"{column}"' for column in mine)
            raw.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM new."{name}"')
    raw.close()


@pytest.mark.parametrize(("revision", "way"), CASES, ids=[f"{r}-{w}" for r, w in CASES])
def test_an_earlier_schema_with_data_is_upgraded_and_goes_on(revision, way, world, tmp_path, note):
    well_behaved(way, world.api.behaviour, world.today)
    filled = world.filled(way, tmp_path / "filled")
    (tmp_path / "old").mkdir()
    for key in filled.data_dir.glob("*.key"):
        shutil.copy(key, tmp_path / "old")
    old(revision, tmp_path / "old" / "ledger.sqlite3", filled.data_dir / "ledger.sqlite3")
    settings = settings_of(tmp_path / "old", world.api.base_url)
    assert books_of(tmp_path / "old").rows == world.before[way].rows
    connect(settings).dispose()
    assert not books_of(tmp_path / "old").differs(world.before[way])
    told = told_by(settings, lambda: noon(world.today))
    assert healed(world, way, settings, told) == "exact"
    note(f"upgrade from schema {revision}", "exact")
