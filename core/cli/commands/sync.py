"""`claude-spend sync`: bring the ledger up to date; fit for cron."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from core.cli import ledger, options, output
from core.cli.failures import PARTLY, STOPPED, error_object
from core.cli.live import progress

_STATUS = {"complete": 0, "partial": PARTLY, "failed": STOPPED}

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Connections to sync; without a name, all of them."),
]
Full = Annotated[
    bool, typer.Option("--full", help="Read the whole history again, not only what can change.")
]


def sync(names: Names = None, full: Full = False, as_json: options.Json = False) -> int:
    """Read what is new or revised at Anthropic into the ledger.

    Repeating it changes nothing. Exit status 3: some of it could not be read; the output names
    what, and what the ledger held before is intact.
    """
    with ledger.own(online=True) as here, progress() as listener:
        from core.watch.after import sync_and_watch as run

        outcome = run(
            here.engine, here.settings, names or None, full=full, trigger="cli", progress=listener
        ).as_dict()
    return output.deliver(_with_error(outcome), as_json, _draw, _STATUS[outcome["outcome"]])


def _with_error(content: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a failed sync with its first error as the contract's `error`."""
    if content["outcome"] != "failed":
        return content
    found = [f for c in content["connections"] for f in c["findings"] if f["severity"] == "error"]
    return {**content, "error": error_object(found[0])} if found else content


def _draw(content: output.Document) -> Iterable[RenderableType]:
    columns = ("connection", "outcome", "windows", "failed", "requests", "rows", "restated")
    yield output.table(columns, map(_row, content["connections"]), numbers=columns[2:])
    for connection in content["connections"]:
        for finding in connection["findings"]:
            yield output.finding({**finding, "title": f"{connection['name']}: {finding['title']}"})


def _row(connection: dict[str, Any]) -> tuple[object, ...]:
    windows, restated = connection["windows"], connection["restated"]
    return (
        connection["name"],
        connection["outcome"],
        windows["replaced"] + windows["unchanged"],
        windows["failed"],
        connection["requests"],
        f"{connection['rows']:,}",
        f"{restated['rows']:,} rows, ${restated['delta']}" if restated["rows"] else "nothing",
    )
