"""`claude-spend export`: the ledger's cost lines as a file."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from core import calendar
from core.cli import ledger, options, output, places
from core.cli.commands import report
from core.cli.words import words

Format = Annotated[
    Literal["focus", "csv", "parquet", "xlsx"],
    typer.Argument(metavar="FORMAT", help="focus (FOCUS 1.2), csv, parquet or xlsx."),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Where to; written whole or not.")]


def export(
    form: Format,
    file: File,
    start: options.From = None,
    end: options.To = None,
    connection: report.Connection = None,
    where: report.Where = None,
    basis: report.Basis = "counted_once",
    as_json: options.Json = False,
) -> int:
    """Write the cost lines of a period to a file: FOCUS, CSV, Parquet or a workbook."""
    from core.analysis.query import Query
    from core.export.files import write
    from core.export.lines import cost_lines
    from core.ledger import audit, snapshot
    from core.money import dollars

    _, pairs = words("day", where or [])
    with ledger.readable() as here:
        book = snapshot.book(here.engine, here.settings)
        names = report.spelled(book, connection or [])
        first = partial(report.first_day, book, names)
        days = options.span(start, end, first, calendar.now().date())
        query = Query(("day",), "cost", days, pairs, names, basis)
        lines = cost_lines(book, query)
        write(form, lines, places.spare(here.settings, file))
        audit.record(here.engine, "exported", form, rows=lines.height, days=str(days),
                     where=where or [], connections=names, basis=basis)  # fmt: skip
    content = {
        "file": str(file),
        "format": form,
        "from": query.span.start.isoformat(),
        "to": query.span.end.isoformat(),
        "basis": basis,
        "rows": lines.height,
        "total": dollars(int(lines["amount"].sum())),
        "findings": [finding.as_dict() for finding in here.findings],
    }
    return output.deliver(content, as_json, _draw)


def _draw(content: output.Document) -> list[str]:
    return [
        f"{content['rows']:,} lines, {content['total']} US dollars in all, from {content['from']} "
        f"up to and without {content['to']}, written to {content['file']}."
    ]
