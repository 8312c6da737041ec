from collections.abc import Callable

import pytest
from ledger_factory import begin
from sqlalchemy import Engine

from core.ledger.engine import connect
from core.settings import Settings


@pytest.fixture
def settings(ledger_url: Callable[..., str]) -> Settings:
    return Settings(database_url=ledger_url("kept/ledger.sqlite3"))


@pytest.fixture
def engine(settings: Settings):
    made = connect(settings)
    begin(made)
    yield made
    made.dispose()


@pytest.fixture
def memory(database: str, ledger_url: Callable[..., str]):
    """A ledger without files: in memory, or on the server."""
    in_memory = database == "sqlite"
    made: Engine = connect(Settings(database_url="sqlite://" if in_memory else ledger_url()))
    begin(made)
    yield made
    made.dispose()
