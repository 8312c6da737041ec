"""The commands' table of contents, and the one place where a command's end becomes a status."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from core.cli import failures, output
from core.cli.commands import (
    alerts,
    anomalies,
    ask,
    audit,
    backup,
    budgets,
    connect,
    connections,
    decide,
    doctor,
    export,
    forecast,
    migrate_database,
    overlap,
    overlap_word,
    questions,
    receipt,
    reconcile,
    report,
    restatements,
    savings,
    sync,
)
from core.cli.signals import INTERRUPTED, TERMINATED, Terminated
from core.errors import SpendError

NAME = "claude-spend"

# The class of every "the words are off", which Typer carries along without exporting it.
_UsageError: Any = typer.BadParameter.__base__


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """What an organisation spends on Claude: both of Anthropic's sources in one exact ledger.

    Exit status: 0 done, 1 a finding stopped it, 2 usage, 3 partly done.
    """


def build() -> typer.Typer:
    """Return the application with all of its commands."""
    app = typer.Typer(name=NAME, no_args_is_help=True, add_completion=False)
    app.callback()(_root)
    app.add_typer(connect.app, name="connect")
    app.command("connections")(connections.connections)
    app.command("check")(connections.check)
    app.command("rotate")(connect.rotate)
    app.command("disconnect")(connections.disconnect)
    app.command("sync")(sync.sync)
    app.command("report")(report.report)
    app.command("ask")(ask.ask)
    app.command("questions")(questions.questions)
    app.command("restatements")(restatements.restatements)
    app.command("overlap")(overlap.overlap)
    app.command("overlap-word")(overlap_word.overlap_word)
    app.command("reconcile")(reconcile.reconcile)
    app.command("invoices")(decide.invoices)
    app.command("prices")(decide.prices)
    app.command("close")(decide.close)
    app.command("forecast")(forecast.forecast)
    app.add_typer(budgets.app, name="budgets")
    app.add_typer(anomalies.app, name="anomalies")
    app.command("savings")(savings.savings)
    app.add_typer(alerts.app, name="alerts")
    app.command("receipt")(receipt.receipt)
    app.command("replay")(receipt.replay)
    app.command("export")(export.export)
    app.command("audit")(audit.audit)
    app.command("backup")(backup.backup)
    app.command("restore")(backup.restore)
    app.command("migrate-database")(migrate_database.migrate_database)
    app.command("doctor")(doctor.doctor)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; every failure is said, none is raised."""
    as_json = "--json" in arguments
    try:
        return _run(list(arguments))
    except failures.Failure as failure:
        failures.tell(failure.content, as_json)
        return failure.status
    except SpendError as error:
        failures.tell({"error": failures.as_error(error)}, as_json)
        return failures.STOPPED
    except _UsageError as error:
        return _usage(error, as_json)
    except Terminated:
        failures.tell({"error": failures.stopped("terminated")}, as_json)
        return TERMINATED
    except Exception as error:  # noqa: BLE001 (whatever it is, it is reported, never lost)
        failures.tell({"error": failures.unexpected(error)}, as_json)
        return failures.STOPPED
    finally:
        output.flush()


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(build())
    status = command.main(arguments, prog_name=NAME, standalone_mode=False)
    if status == INTERRUPTED:
        failures.tell({"error": failures.stopped("interrupted")}, "--json" in arguments)
    return int(status or 0)


def _usage(error: Any, as_json: bool) -> int:
    if as_json:
        command = error.ctx.command_path if error.ctx else NAME
        output.document({"error": failures.usage(error.format_message(), command)})
    else:
        error.show()
    return failures.USAGE
