"""`claude-spend budgets`: what may be spent, what was, and when each budget will be crossed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from core import calendar
from core.cli import ledger, options, output, places
from core.errors import BadValue
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.budgets.outcome import Told
    from core.analysis.budgets.pace import Ahead

app = typer.Typer(help="Budgets: list them, add, remove, import and export them as CSV.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The budget's name.")]
Month = Annotated[
    str | None, typer.Option("--month", metavar="MONTH", help="YYYY-MM, UTC; this month without.")
]
Amount = Annotated[
    str, typer.Option("--amount", metavar="USD", help="A month; without it: the children's sum.")
]
Parent = Annotated[str, typer.Option("--parent", metavar="NAME", help="The budget it is part of.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="MONTH", help="First month; this month without.")
]
Through = Annotated[
    str | None, typer.Option("--through", metavar="MONTH", help="Last month; without it: no end.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="DIM=VALUE",
        help="Only these, also team=NAME; the same dimension again: either.",
    ),
]
Connection = Annotated[
    list[str] | None, typer.Option("--connection", metavar="NAME", help="Only this one.")
]
Note = Annotated[str, typer.Option("--note", help="A word on why, for whoever looks later.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="A CSV file; - is in or out.")]


@app.command("list")
def listed(month: Month = None, as_json: options.Json = False) -> int:
    """List a month's budgets: spent, pace, month end, and the day that crosses each."""
    from core.analysis.budgets.file import month as month_of

    with ledger.readable() as here:
        content = _content(here, month_of(month) if month else None)
    return output.deliver(content, as_json, _draw)


@app.command("add")
def add(
    name: Name,
    amount: Amount = "",
    parent: Parent = "",
    since: Since = None,
    through: Through = None,
    where: Where = None,
    connection: Connection = None,
    note: Note = "",
    as_json: options.Json = False,
) -> int:
    """Add a budget, or replace the one with this name."""
    from core.analysis.budgets import file
    from core.analysis.budgets.spent import filter_of
    from core.ledger.budgets import BudgetRow, save_budgets

    first = file.month(since) if since else calendar.month_start(calendar.now().date())
    last = file.month(through) if through else None
    row = BudgetRow(name.strip(), first, file.amount(amount), parent, file.pairs(where or []),
                    tuple(connection or []), last, note)  # fmt: skip
    filter_of(row)
    with ledger.own() as here:
        save_budgets(here.engine, [row])
        content = _content(here, None)
    return output.deliver(content, as_json, _draw)


@app.command("remove")
def remove(name: Name, as_json: options.Json = False) -> int:
    """Remove a budget; its children move to its parent."""
    from core.ledger.budgets import delete_budget

    with ledger.own() as here:
        delete_budget(here.engine, name)
        content = _content(here, None)
    return output.deliver(content, as_json, _draw)


@app.command("import")
def bring(file: File, as_json: options.Json = False) -> int:
    """Keep all budgets of a CSV file, or none; one with a name that is there replaces it."""
    from core.analysis.budgets.file import check_parents, read
    from core.ledger.budgets import all_budgets, save_budgets

    found = read(_text(file))
    with ledger.own() as here:
        check_parents(found, all_budgets(here.engine))
        save_budgets(here.engine, found)
        content = _content(here, None)
    return output.deliver(content, as_json, _draw)


@app.command("export")
def give(file: File, as_json: options.Json = False) -> int:
    """Write every budget to a CSV file, which `import` reads back without a difference."""
    from core.analysis.budgets.file import written
    from core.export.files import write_text
    from core.ledger.budgets import all_budgets

    with ledger.readable() as here:
        rows = all_budgets(here.engine)
    if file == "-":
        typer.echo(written(rows), nl=False)
        return 0
    write_text(written(rows), places.spare(here.settings, Path(file)))
    return output.deliver({"file": file, "budgets": len(rows)}, as_json, _draw_written)


def _text(name: str) -> str:
    from core.analysis.budgets.file import text_of

    try:
        if name == "-":
            return typer.get_text_stream("stdin").read()
        return text_of(Path(name).read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue(f"The file {name!r} cannot be read.", f"{error}.",
                       "Name a CSV file.") from error  # fmt: skip


def _content(here: ledger.Ledger, month: Any) -> dict[str, Any]:
    from core.ledger import snapshot
    from core.watch import budgets

    book, moment = snapshot.book(here.engine, here.settings), calendar.now()
    found = budgets.read(here.engine, book, moment, month)
    this = found.month == calendar.month_start(moment.date())
    kept = budgets.outlooks(here.engine, book, moment)
    ahead = kept.ahead if this and kept.current else {}
    return {
        "month": f"{found.month:%Y-%m}",
        "budgets": [_row(told, ahead.get(told.node.budget.name)) for told in found.told],
        "overlaps": [
            {"budgets": [o.one, o.other], "amount": dollars(o.amount)} for o in found.overlaps
        ],
        "total": dollars(found.total),
        "uncovered": _money(found.uncovered),
        "findings": [finding.as_dict() for finding in here.findings],
    }


def _row(told: "Told", ahead: "Ahead | None") -> dict[str, Any]:
    node, budget, pace = told.node, told.node.budget, told.pace
    whole = ahead.estimate if ahead else None
    return {
        "name": budget.name,
        "parent": budget.parent or None,
        "depth": node.depth,
        "amount": _money(node.amount),
        "own_amount": budget.amount is not None,
        "handed_down": dollars(node.handed),
        "not_handed_down": _money(node.rest),
        "from": f"{budget.first:%Y-%m}",
        "through": f"{budget.last:%Y-%m}" if budget.last else None,
        "where": [f"{dim}={value}" for dim, value in budget.where],
        "connections": list(budget.connections),
        "note": budget.note,
        "spent": None if told.problem else dollars(told.spent),
        "left": None if told.problem else _money(told.left),
        "complete_days": pace.days if pace else None,
        "even_pace": _money(pace.allowed if pace else None),
        "ahead_of_pace": _money(pace.ahead if pace else None),
        "expected": _money(whole.expected if whole else None),
        "low_80": _money(whole.low80 if whole else None),
        "high_80": _money(whole.high80 if whole else None),
        "chance_over_percent": round(100 * ahead.chance) if ahead and ahead.chance is not None
        else None,
        "crossed_on": told.crossed.isoformat() if told.crossed else None,
        "crossing": _days(ahead) if ahead and not told.crossed else None,
        "problem": told.problem or None,
    }  # fmt: skip


def _days(ahead: "Ahead") -> dict[str, str | None]:
    names = ("day", "early", "late")
    return {n: day.isoformat() if (day := getattr(ahead, n)) else None for n in names}


def _money(units: int | None) -> str | None:
    return None if units is None else dollars(units)


def _draw_written(content: output.Document) -> Iterable[RenderableType]:
    yield f"{content['budgets']} budgets were written to {content['file']}."


def _draw(content: output.Document) -> Iterable[RenderableType]:
    rows = content["budgets"]
    if not rows:
        yield f"No budget holds in {content['month']}: add one with `claude-spend budgets add`."
        return
    titles = ("budget", "amount", "spent", "ahead of pace", "expected", "crossed")
    shown = [
        ("  " * r["depth"] + r["name"], *(_label(r[n]) for n in (
            "amount", "spent", "ahead_of_pace", "expected")), _crossed(r))
        for r in rows
    ]  # fmt: skip
    yield output.table(titles, shown, {"amount", "spent", "ahead of pace", "expected"})
    for row in rows:
        if row["problem"]:
            yield f"{row['name']}: {row['problem']}"
        if (row["not_handed_down"] or "").startswith("-"):
            yield f"{row['name']}: {_label(row['not_handed_down'][1:])} more is handed down than " \
                  "there is."  # fmt: skip
    for pair in content["overlaps"]:
        yield f"{' and '.join(pair['budgets'])} share {_label(pair['amount'])}."
    if content["uncovered"] is not None:
        yield f"No budget covers {_label(content['uncovered'])} of {_label(content['total'])}."
    if all(r["expected"] is None for r in rows):
        yield "The next sync works out month ends and crossing days."


def _crossed(row: dict[str, Any]) -> str:
    if row["crossed_on"]:
        return f"on {row['crossed_on']}"
    day = (row["crossing"] or {}).get("day")
    return f"expected {day}" if day else ""


def _label(text: str | None) -> str:
    return "" if text is None else label(from_dollars(text))
