"""A small company, served once for all faults, and the notes that become the printed table."""

from collections.abc import Callable, Iterator

import pytest
from databases import Ledgers, dispose
from fault_company import World, served
from fault_shelf import put_on
from fault_summary import PROPERTY

Note = Callable[..., None]


@pytest.fixture(scope="session")
def shelf(ledgers: Ledgers) -> Ledgers:
    """Where all of these ledgers lie."""
    put_on(ledgers)
    return ledgers


@pytest.fixture(scope="session")
def world(shelf: Ledgers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The served company with a filled ledger for each source and protocol."""
    with served(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture(autouse=True)
def none_left(world: World, shelf: Ledgers) -> Iterator[None]:
    """Remove from a server the ledgers that a test made there."""
    before = shelf.known()
    yield
    new = shelf.known() - before
    if new:
        dispose()
        shelf.forget(new)


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Give `note(fault, outcome, runs=1)`, for the end of a test: a line of the printed table."""

    def write(fault: str, outcome: str, runs: int = 1) -> None:
        record_property(PROPERTY, (fault, runs, outcome, 0))

    return write
