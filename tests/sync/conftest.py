"""A simulated organisation, served once for all tests of the sync, behaving well at each start."""

from collections.abc import Iterator
from dataclasses import fields

import pytest

from core.demo import Behaviour, Organisation, Server, organisation, serve


@pytest.fixture(scope="session")
def company() -> Organisation:
    return organisation()


@pytest.fixture(scope="session")
def _serving(company: Organisation) -> Iterator[Server]:
    with serve(company) as server:
        yield server


@pytest.fixture
def api(_serving: Server) -> Server:
    fresh = Behaviour()
    for field in fields(Behaviour):
        if field.name != "generation":
            setattr(_serving.behaviour, field.name, getattr(fresh, field.name))
    return _serving
