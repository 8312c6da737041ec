"""`claude-spend migrate-database`: a whole ledger from SQLite to PostgreSQL, or back."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from core.cli import options, output
from core.errors import BadValue, Finding

if TYPE_CHECKING:
    from core.settings import Settings

From = Annotated[str, typer.Argument(metavar="FROM", help="Address of the ledger to move.")]
To = Annotated[str, typer.Argument(metavar="TO", help="Address of an empty database.")]


def migrate_database(source: From, target: To, as_json: options.Json = False) -> int:
    """Move a whole ledger between SQLite and PostgreSQL, and prove that the copy is equal.

    Addresses are written as in CLAUDE_SPEND_DATABASE_URL. A password may stay in PGPASSWORD or
    ~/.pgpass. FROM is not changed; nothing is written where the copy would differ.
    """
    from core.sync.moving import move

    chosen = _settings(source, "FROM"), _settings(target, "TO")
    moved = move(*chosen, told=_tell)
    content: dict[str, Any] = {
        "from": _shown(chosen[0]),
        "to": _shown(chosen[1]),
        "rows": sum(moved.rows.values()),
        "tables": moved.rows,
        "findings": [_unreadable(name).as_dict() for name in moved.unreadable],
    }
    return output.deliver(content, as_json, _draw)


def _settings(address: str, which: str) -> "Settings":
    """Return the settings that lead to a ledger, all others as the environment has them."""
    from pydantic import ValidationError

    from core.settings import Settings

    try:
        # An empty address would lead to the default ledger.
        return Settings(database_url=address or "none")
    except ValidationError:
        # Not what was written: an address may hold a password.
        raise BadValue(
            f"{which} is no address of a database.",
            "An address begins with sqlite:/// or postgresql://.",
            "Write it as in CLAUDE_SPEND_DATABASE_URL: sqlite:////data/claude-spend.sqlite3, or "
            "postgresql://user@host/database.",
        ) from None


def _shown(chosen: "Settings") -> str:
    from sqlalchemy import make_url

    return make_url(chosen.url).render_as_string(hide_password=True)


def _tell(name: str, rows: int) -> None:
    if rows:
        output.note(f"{name}: {rows:,} rows", "dim")


def _unreadable(name: str) -> Finding:
    return Finding(
        "secret_key_unusable",
        "warning",
        f"The stored secret of {name} was moved as it was.",
        "No secret key that is set here opens it.",
        "Set the former secret too, or enter it again with `claude-spend rotate NAME`.",
    )


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield output.plain(
        f"{content['rows']:,} rows were moved to {content['to']}; rows of every table, and the "
        "sums by connection, cut and family, are equal."
    )
    yield (
        "Set CLAUDE_SPEND_DATABASE_URL to the new address wherever this ledger is opened; then the "
        "old one can go."
    )
    for finding in content["findings"]:
        yield output.finding(finding)
