"""`claude-spend backup` and `restore`: the whole ledger to one file, and back."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from core import calendar
from core.cli import ledger, options, output, places
from core.errors import Finding

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, an SQLite file.")]
Replace = Annotated[bool, typer.Option("--force", help="Replace a file of that name.")]
Over = Annotated[
    bool, typer.Option("--force", help="Replace the ledger; it is saved beside itself first.")
]


def backup(file: File, force: Replace = False, as_json: options.Json = False) -> int:
    """Save the whole ledger to one file while it is in use, and prove the copy equal.

    The file holds every figure as it is; API keys in it stay encrypted. Keep the key file, or
    CLAUDE_SPEND_SECRET_KEY, apart from it and as safe.
    """
    from core.ledger import audit
    from core.ledger.backup import save

    with ledger.own() as here:
        saved = save(here.engine, places.spare(here.settings, file), force=force)
        audit.record(here.engine, "backed up", file.name, rows=sum(saved.rows.values()))
        secret = here.settings.secret_key is not None
    content: dict[str, Any] = {
        "file": str(file),
        "bytes": saved.size,
        "rows": sum(saved.rows.values()),
        "tables": saved.rows,
        "secret": "CLAUDE_SPEND_SECRET_KEY" if secret else "the .key file beside the database",
        "findings": [finding.as_dict() for finding in here.findings],
    }
    return output.deliver(content, as_json, _saved)


def restore(file: File, force: Over = False, as_json: options.Json = False) -> int:
    """Make the ledger equal to a backup, whole or not at all; older schemas are upgraded.

    A ledger that holds something is replaced only with --force, on a server never.
    """
    from core import settings
    from core.sync.restoring import restore as put_back

    restored = put_back(settings.load(), file, calendar.now, force=force)
    content: dict[str, Any] = {
        "file": str(file),
        "rows": sum(restored.rows.values()),
        "tables": restored.rows,
        "aside": None if restored.aside is None else str(restored.aside),
        "findings": [_shut(name).as_dict() for name in restored.unreadable],
    }
    return output.deliver(content, as_json, _restored)


def _shut(name: str) -> Finding:
    return Finding(
        "secret_key_unusable",
        "warning",
        f"The stored secret of {name} cannot be read here.",
        "No secret key that is set here opens it.",
        "Put back the key file or CLAUDE_SPEND_SECRET_KEY that belongs to the backup, or enter the "
        "secret again with `claude-spend rotate NAME`.",
    )


def _saved(content: output.Document) -> Iterable[RenderableType]:
    yield output.plain(
        f"{content['rows']:,} rows, {content['bytes']:,} bytes, in {content['file']}; rows of "
        "every table, and the sums by connection, cut and family, are equal."
    )
    yield output.plain(
        f"API keys in it are encrypted and need {content['secret']} to be read: keep that too, "
        "apart from the file. Figures in it are not encrypted."
    )
    for finding in content["findings"]:
        yield output.finding(finding)


def _restored(content: output.Document) -> Iterable[RenderableType]:
    yield output.plain(
        f"{content['rows']:,} rows were restored from {content['file']}; rows of every table, and "
        "the sums by connection, cut and family, are equal."
    )
    if content["aside"]:
        yield output.plain(f"What the ledger held before is in {content['aside']}.")
    for finding in content["findings"]:
        yield output.finding(finding)
