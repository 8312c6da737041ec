"""Brings a database to this version's schema, in one transaction."""

from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from core.errors import DatabaseUnusable
from core.ledger import postgres, sqlite

SCRIPTS = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision, oldest first; the last one is what this version's tables describe."""

_STAMP = "alembic_version"


def upgrade(engine: Engine) -> None:
    """Create or migrate the tables; does nothing where they are current.

    Raises DatabaseUnusable for a newer schema and for another program's database.
    """
    with engine.connect() as connection:
        if revision(connection) == REVISIONS[-1]:
            return
    options = engine.execution_options(**{sqlite.BEGIN: "BEGIN IMMEDIATE"})
    with options.begin() as connection:
        if postgres.is_server(engine):
            postgres.alone_to_migrate(connection)
        # Two processes may have started at once: the second looks again, now alone.
        if revision(connection) != REVISIONS[-1]:
            _alembic().command.upgrade(config(connection), "head")


def config(connection: Connection | None = None) -> Any:
    """Return Alembic's configuration for the scripts in this package, on a given connection."""
    made = _alembic().config.Config()
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _alembic() -> Any:
    # Imported only where a migration runs: a process that finds its schema current starts sooner.
    import_module("alembic.command")
    import_module("alembic.config")
    return import_module("alembic")


def revision(connection: Connection) -> str | None:
    """Return a database's schema, None for an empty one; raises DatabaseUnusable as `upgrade`."""
    tables = inspect(connection).get_table_names()
    if _STAMP in tables:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None and found not in REVISIONS:
            raise _newer(found)
        return found
    if tables:
        raise _foreign(tables)
    return None


def _newer(found: str) -> DatabaseUnusable:
    return DatabaseUnusable(
        "The database was written by a newer version of claude-spend.",
        f"Its schema is {found}; this version knows {REVISIONS[-1]}.",
        "Update claude-spend, or restore a backup made before the newer version ran.",
    )


def _foreign(tables: list[str]) -> DatabaseUnusable:
    return DatabaseUnusable(
        "The database belongs to another program.",
        f"It holds tables such as {sorted(tables)[0]!r} and no ledger of claude-spend.",
        "Set CLAUDE_SPEND_DATABASE_URL to a file or database of its own.",
    )
