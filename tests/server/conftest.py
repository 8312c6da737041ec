from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from core.server import state


@pytest.fixture(autouse=True)
def fresh_state() -> Iterator[None]:
    """The server's settings and engine are this test's alone."""
    yield
    if state.engine.cache_info().currsize:
        state.engine().dispose()
    state.engine.cache_clear()
    state.settings.cache_clear()


@pytest.fixture
def ledger() -> Engine:
    """The ledger that the server reads."""
    return state.engine()
