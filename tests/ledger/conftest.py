from pathlib import Path

import pytest
from ledger_factory import begin
from sqlalchemy import Engine

from core.ledger.engine import connect
from core.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path / 'kept' / 'ledger.sqlite3'}")


@pytest.fixture
def engine(settings: Settings):
    made = connect(settings)
    begin(made)
    yield made
    made.dispose()


@pytest.fixture
def memory():
    made: Engine = connect(Settings(database_url="sqlite://"))
    begin(made)
    yield made
    made.dispose()
