"""`claude-spend anomalies`: what stood out and who drove it; `dismiss` remembers a reason."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.calendar import parse_day
from core.cli import ledger, options, output
from core.cli.words import words
from core.errors import UnknownName
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.ledger.anomalies import AnomalyRow

_DAYS = timedelta(days=90)

app = typer.Typer(help="List the days that cost more than expected, with what drove them.")

All = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Also what was dismissed, parts of others, drops, and what restatements settled.",
    ),
]
Day = Annotated[str, typer.Argument(metavar="DAY", help="The anomaly's first day, YYYY-MM-DD.")]
Whose = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="DIM=VALUE",
        help="Whose it is, by id or name; without it: the organisation.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why it is no worry, for who looks later.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take a dismissal back.")]


@app.callback(invoke_without_command=True)
def anomalies(
    context: typer.Context,
    start: options.From = None,
    end: options.To = None,
    every: All = False,
    as_json: options.Json = False,
) -> int:
    """List the days that cost more than expected, with what drove them.

    Without --from: the last 90 days. Each sync looks for them when it is done.
    """
    if context.invoked_subcommand is not None:
        return 0
    from core.ledger.anomalies import all_anomalies, last_run
    from core.watch.anomalies import watched

    today = calendar.now().date()
    days = options.span(start, end, lambda: today - _DAYS, today)
    with ledger.readable() as here:
        rows = all_anomalies(here.engine, days.start, days.end)
        ran, findings = last_run(here.engine)
        content = {
            "from": days.start.isoformat(),
            "to": days.end.isoformat(),
            "sensitivity": here.settings.anomalies,
            "holidays": here.settings.holidays,
            "looked_at": None if ran is None else output.moment(ran),
            "series_watched": watched(here.engine),
            "anomalies": [_row(r) for r in rows if every or (r.stands and r.part_of is None)],
            "findings": [*(f.as_dict() for f in here.findings), *findings],
        }
    return output.deliver(content, as_json, _draw)


@app.command("dismiss")
def dismiss(
    day: Day,
    where: Whose = None,
    reason: Reason = "",
    by: By = "",
    undo: Undo = False,
    as_json: options.Json = False,
) -> int:
    """Say why an anomaly is no worry, so that nothing alerts of it again; its parts go along."""
    from core.ledger import anomalies as kept
    from core.ledger import dismissals

    first = parse_day(day)
    pair = words("day", [where])[1][0] if where else ("", "")
    with ledger.own() as here:
        rows = kept.all_anomalies(here.engine, first, first + timedelta(days=1))
        for place, row in enumerate(_meant(rows, pair[0], pair[1] or "", day)):
            if not undo:
                dismissals.dismiss(here.engine, row.key, reason, by)
            elif row.dismissed or place == 0:
                dismissals.undismiss(here.engine, row.key)
        now = kept.all_anomalies(here.engine, first, first + timedelta(days=1))
        told = [_row(row) for row in _meant(now, pair[0], pair[1] or "", day)]
    return output.deliver({"anomalies": told}, as_json, _draw_dismissed)


def _meant(
    rows: "Sequence[AnomalyRow]", dimension: str, value: str, day: str
) -> "list[AnomalyRow]":
    """Return the anomaly that was named and its parts that begin with it; raises UnknownName."""
    from core.analysis.anomalies.told import along

    found = [r for r in rows if r.dimension == dimension and value in (r.name, r.label)]
    if not found:
        raise UnknownName(
            f"No anomaly of {f'{dimension} {value!r}' if dimension else 'the organisation'} "
            f"begins on {day}.",
            "Anomalies are named by their first day and by whose cost it is.",
            "`claude-spend anomalies --all` lists them.",
        )
    parts = [part for row in found for part in along(row, rows)]
    return list({(row.key, row.kind): row for row in (*found, *parts)}.values())


def _row(row: "AnomalyRow") -> dict[str, Any]:
    from core.analysis.anomalies import told

    return {
        "dimension": row.dimension or None,
        "name": row.name or None,
        "label": row.label or None,
        "from": row.first.isoformat(),
        "to": row.end.isoformat(),
        "kind": row.kind,
        "state": row.state,
        "impact": dollars(row.impact),
        "expected": dollars(row.expected),
        "actual": dollars(row.actual),
        "days": [
            {"day": day.isoformat(), "actual": dollars(actual), "expected": dollars(expected)}
            for day, actual, expected in told.days(row)
        ],
        "parts": {word: dollars(units) for word, units in told.parts(row).items()},
        "culprits": [
            {"dimension": part.dimension, "name": part.name, "label": part.label,
             "impact": dollars(part.impact)} for part in told.culprits(row)
        ],
        "dismissed": _dismissed(row),
        "part_of": _part_of(row),
    }  # fmt: skip


def _dismissed(row: "AnomalyRow") -> dict[str, str] | None:
    said = row.dismissed
    if said is None:
        return None
    return {"reason": said.reason, "by": said.by, "at": output.moment(said.at)}


def _part_of(row: "AnomalyRow") -> dict[str, str | None] | None:
    if row.part_of is None:
        return None
    dimension, name, first = row.part_of
    return {"dimension": dimension or None, "name": name or None, "from": first.isoformat()}


def _draw(content: output.Document) -> Iterable[RenderableType]:
    period = f"{content['from']} up to and without {content['to']} (UTC days)"
    yield Text(f"Anomalies, {period}", style="bold")
    if not content["series_watched"] and not content["anomalies"]:
        yield ("No series has history enough yet: it takes six weeks." if content["looked_at"]
               else "Nothing has been looked at yet: the next sync does.")  # fmt: skip
    elif not content["anomalies"]:
        yield f"Nothing unusual; {content['series_watched']} series watched."
    else:
        numbers = ("impact", "expected", "actual", "days")
        columns = ("from", "whose cost", *numbers, "who drove it", "state")
        yield output.table(columns, [_line(row) for row in content["anomalies"]], numbers)
    for finding in content["findings"]:
        yield output.finding(finding)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    amounts = (label(from_dollars(row[name])) for name in ("impact", "expected", "actual"))
    drove = [f"{part['dimension']} {part['label']} ({label(from_dollars(part['impact']))})"
             for part in row["culprits"][:3]]  # fmt: skip
    return (row["from"], _whose(row), *amounts, len(row["days"]), ", ".join(drove) or "-",
            _state(row))  # fmt: skip


def _whose(row: dict[str, Any]) -> str:
    return f"{row['dimension']} {row['label']}" if row["dimension"] else "the organisation"


def _state(row: dict[str, Any]) -> str:
    if row["dismissed"]:
        return f"dismissed: {row['dismissed']['reason']}"
    if row["part_of"]:
        return f"part of {row['part_of']['name'] or 'the organisation'}"
    return {"found": "data missing?" if row["kind"] == "drop" else "",
            "healed": "healed by a restatement",
            "restated": "only a restatement"}[row["state"]]  # fmt: skip


def _draw_dismissed(content: output.Document) -> Iterable[RenderableType]:
    for row in content["anomalies"]:
        word = f"dismissed ({row['dismissed']['reason']})" if row["dismissed"] else "stands"
        yield Text(output.plain(f"{row['from']}, {_whose(row)}: {word}."))
