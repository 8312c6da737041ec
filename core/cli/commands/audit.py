"""`claude-spend audit`: who connected, rotated, exported, overrode, and what else people did."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from core.calendar import parse_moment
from core.cli import ledger, options, output

Since = Annotated[
    str | None, typer.Option("--since", metavar="TIMESTAMP", help="Only what was done since then.")
]
Most = Annotated[int, typer.Option("--last", metavar="N", min=1, help="At most so many entries.")]


def audit(since: Since = None, last: Most = 100, as_json: options.Json = False) -> int:
    """List who did what, the newest first; nobody can change or delete an entry."""
    moment = parse_moment(since) if since is not None else None
    with ledger.own() as here:
        from core.ledger.audit import entries

        content = {
            "entries": [entry.as_dict() for entry in entries(here.engine, last, moment)],
            "findings": [finding.as_dict() for finding in here.findings],
        }
    return output.deliver(content, as_json, _draw)


def _draw(content: output.Document) -> Iterable[RenderableType]:
    if content["entries"]:
        names = ("at", "who", "role", "source", "action", "object")
        rows = ((*(e[name] for name in names), _words(e["details"])) for e in content["entries"])
        yield output.table((*names, "details"), rows)
    else:
        yield "Nobody has done anything yet that is kept here."
    for finding in content["findings"]:
        yield output.finding(finding)


def _words(details: dict[str, Any]) -> str:
    from core.ledger.audit import words

    return words(details)
