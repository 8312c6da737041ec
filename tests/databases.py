"""Which database a test's ledgers lie in: SQLite files, or a PostgreSQL server that is started.

Tests of the folders in BOTH that take `ledger_url` or `ledgers`, and others marked
`@pytest.mark.both`, run once on each unless they are marked `once`. All others run on SQLite, or,
with CLAUDE_SPEND_TEST_DATABASE=postgresql (`make test-postgres`), on PostgreSQL. What only SQLite
has is marked `@pytest.mark.sqlite("why")`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import WeakSet

import pytest
from postgres_server import Server, running
from sqlalchemy import Connection, Engine, event

BOTH = ("connections", "ledger")
KINDS = ("sqlite", "postgresql")
CHOSEN = os.environ.get("CLAUDE_SPEND_TEST_DATABASE", "")

if CHOSEN not in {"", *KINDS}:
    raise pytest.UsageError(f"CLAUDE_SPEND_TEST_DATABASE is one of {KINDS}, not {CHOSEN!r}.")

SECRET = "LG8gc2VjcmV0LW9mLXRoZS10ZXN0cy1vbi1hLXNlcnY="
"""What encrypts keys on a server, where each machine would else make a secret of its own."""

_used: WeakSet[Engine] = WeakSet()


@event.listens_for(Engine, "engine_connect")
def _remember(connection: Connection) -> None:
    _used.add(connection.engine)


class Ledgers:
    """Makes and copies ledgers, each known by the path that it has, or would have, as a file."""

    def __init__(self, server: Server | None) -> None:
        self._server = server
        self._made: dict[Path, str] = {}

    @property
    def kind(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return "sqlite" if self._server is None else "postgresql"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables, beside the address, that such a ledger needs."""
        return {} if self._server is None else {"CLAUDE_SPEND_SECRET_KEY": SECRET}

    def url(self, path: Path, *, empty: bool = False) -> str:
        """Return a ledger's address; it is made by the first call, `empty`: without any table."""
        if self._server is None:
            return f"sqlite:///{path}"
        if path not in self._made:
            self._made[path] = self._server.empty() if empty else self._server.ledger()
        return self._made[path]

    def copy(self, path: Path, other: Path) -> str:
        """Return the address of a copy of a ledger that nobody has open."""
        if self._server is None:
            for file in path.parent.glob(f"{path.name}*"):
                other.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, other.with_name(file.name.replace(path.name, other.name)))
        else:
            dispose()
            self._made[other] = self._server.copy(self._made[path])
        return self.url(other)

    def content(self, engine: Engine) -> bytes:
        """Return the bytes in which the connections are kept: of the files, or of the table."""
        if self._server is None:
            path = Path(str(engine.url.database))
            return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        with engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            file = "pg_read_binary_file(pg_relation_filepath('connection'))"
            return bytes(connection.exec_driver_sql(f"SELECT {file}").scalar_one())

    def forget(self, paths: set[Path]) -> None:
        """Remove databases from the server; files go with their folders."""
        for path in paths & self._made.keys():
            assert self._server is not None
            self._server.drop(self._made.pop(path))

    def known(self) -> set[Path]:
        """Return the ledgers that the server holds."""
        return set(self._made)


def dispose() -> None:
    """Close all connections that nobody uses right now, of every engine."""
    for engine in list(_used):
        engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server, started for the first test that wants it."""
    with running() as made:
        yield made


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """In which kind of database the test's ledgers are."""
    return getattr(request, "param", CHOSEN or "sqlite")


@pytest.fixture(scope="session")
def ledgers(request: pytest.FixtureRequest, database: str) -> Ledgers:
    """Makes ledgers that last until the session ends."""
    return Ledgers(None if database == "sqlite" else request.getfixturevalue("postgresql"))


@pytest.fixture
def ledger_url(
    ledgers: Ledgers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """Give `ledger_url(name, empty=False)`: the address of a ledger of this test alone."""
    for name, value in ledgers.environment.items():
        monkeypatch.setenv(name, value)
    before = ledgers.known()

    def url(name: str = "ledger.sqlite3", *, empty: bool = False) -> str:
        return ledgers.url(tmp_path / name, empty=empty)

    yield url
    new = ledgers.known() - before
    if new:
        dispose()
        ledgers.forget(new)


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Run a test of the folders in BOTH on each kind of database, unless one was chosen."""
    if "database" not in metafunc.fixturenames or CHOSEN:
        return
    test = metafunc.definition
    wanted = test.path.parent.name in BOTH or test.get_closest_marker("both")
    if wanted and not any(test.get_closest_marker(name) for name in ("sqlite", "once")):
        metafunc.parametrize("database", KINDS, indirect=True, scope="session")


def skip_what_only_sqlite_has(items: list[pytest.Item]) -> None:
    """Skip, on PostgreSQL alone, the tests that are marked so, and say why."""
    for item in items:
        mark = item.get_closest_marker("sqlite")
        if mark and CHOSEN == "postgresql":
            item.add_marker(pytest.mark.skip(reason=f"SQLite only: {mark.args[0]}"))
