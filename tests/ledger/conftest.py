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
def memory():
    made: Engine = connect(Settings(database_url="sqlite://"))
    begin(made)
    yield made
    made.dispose()
