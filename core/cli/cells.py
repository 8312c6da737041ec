"""From an answer's frame to JSON values, and from those to a table for people."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from rich.table import Table
from rich.text import Text

from core import money
from core.cli import output

_MONEY = ("cost", "list_cost")
_TITLES = {
    "cost": "Cost", "list_cost": "Cost at list prices", "tokens": "Tokens",
    "requests": "Requests", "web_searches": "Web searches",
}  # fmt: skip
_BASES = {"counted_once": "each dollar counted once", "reported": "as each source reported it"}


def is_money(measure: str) -> Callable[[int], str]:
    """Return how the contract writes a measure: exact dollars, or a plain count."""
    return money.dollars if measure in _MONEY else str


def cells(row: dict[str, Any]) -> dict[str, Any]:
    """Return a frame's row as JSON values: days as YYYY-MM-DD, months as YYYY-MM, null kept."""
    return {name: _cell(name, value) for name, value in row.items()}


def _cell(name: str, value: Any) -> Any:
    if not isinstance(value, date):
        return value
    return f"{value:%Y-%m}" if name == "month" else value.isoformat()


def caption(content: output.Document) -> Text:
    """Return what a report's table shows, in words."""
    what = _TITLES[content["measure"]]
    basis = _BASES[content["basis"]]
    return Text(
        f"{what}, {basis}, {content['from']} up to and without {content['to']} (UTC days)",
        style="bold",
    )


def people_table(content: output.Document) -> Table:
    """Return a report as a table: names in place of ids, dollars rounded to cents."""
    rows = content["rows"]
    dims = content["by"]
    drawn = output.table([*dims, "value"], (), numbers={"value"})
    drawn.show_footer = True
    twice = {dim: _ambiguous(rows, dim) for dim in dims}
    for row in rows:
        shown = [Text(_shown(row, dim, twice[dim])) for dim in dims]
        drawn.add_row(*shown, Text(_figure(content["measure"], row["value"])))
    drawn.columns[0].footer = Text("Total")
    drawn.columns[-1].footer = Text(_figure(content["measure"], content["total"]))
    return drawn


def _ambiguous(rows: list[dict[str, Any]], dim: str) -> set[str]:
    """Return the names that several ids of a dimension share."""
    named = {(row[dim], row.get(f"{dim}_name")) for row in rows}
    counts = Counter(name for _, name in named if name)
    return {name for name, count in counts.items() if count > 1}


def _shown(row: dict[str, Any], dim: str, ambiguous: set[str]) -> str:
    value, name = row[dim], row.get(f"{dim}_name")
    if name and name in ambiguous:
        return output.plain(f"{name} ({value})")
    return output.plain(name or value or row.get("line"))


def _figure(measure: str, value: str) -> str:
    if measure in _MONEY:
        return money.label(money.from_dollars(value))
    return f"{int(value):,}"
