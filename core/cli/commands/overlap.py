"""`claude-spend overlap`: what both sources book, and how each dollar is counted once."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.cli import ledger, options, output
from core.cli.commands import report
from core.cli.words import words
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.overlap_lines import Overlap

_TITLES = {
    "platform_only": "Platform only",
    "enterprise_only": "Enterprise only",
    "both": "Both, counted once",
    "unmatched": "Unmatched",
}


def overlap(
    start: options.From = None,
    end: options.To = None,
    connection: report.Connection = None,
    where: report.Where = None,
    as_json: options.Json = False,
) -> int:
    """Show which costs both sources report, by which rule, and the total with each dollar once.

    Platform + Enterprise - counted twice = counted once, exactly.
    """
    from core.analysis.overlap_lines import overlap as between
    from core.analysis.query import Query
    from core.ledger import snapshot

    _, pairs = words("day", where or [])
    with ledger.readable() as here:
        book = snapshot.book(here.engine, here.settings)
        names = report.spelled(book, connection or [])
        first = partial(report.first_day, book, names)
        days = options.span(start, end, first, calendar.now().date())
        query = Query((), "cost", days, pairs, names)
        content = document(between(book, query))
    period = {"from": days.start.isoformat(), "to": days.end.isoformat()}
    content = {**period, **content, "findings": [f.as_dict() for f in here.findings]}
    return output.deliver(content, as_json, _draw)


def document(found: "Overlap") -> dict[str, Any]:
    """Return an overlap's JSON document."""
    sums = found.totals
    return {
        "platform": dollars(sums.platform),
        "enterprise": dollars(sums.enterprise),
        "counted_twice": dollars(sums.counted_twice),
        "counted_once": dollars(sums.counted_once),
        "unmatched": dollars(found.unmatched),
        "lines": list(_lines(found)),
    }


def _lines(found: "Overlap") -> Iterator[dict[str, Any]]:
    for row in found.lines.iter_rows(named=True):
        amount = dollars(row.pop("value"))
        kind, line = row.pop("class"), row.pop("line")
        yield {"class": kind, "amount": amount, **row, **({"line": line} if line else {})}


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield Text(f"{content['from']} up to and without {content['to']} (UTC days)", style="bold")
    sums = [
        ("Platform", content["platform"]),
        ("+ Enterprise", content["enterprise"]),
        ("- counted twice", content["counted_twice"]),
        ("= counted once", content["counted_once"]),
    ]
    shown = [(name, label(from_dollars(text)), text) for name, text in sums]
    yield output.table(("", "USD", "exactly"), shown, {"USD", "exactly"})
    columns = ("class", "amount", "connection", "counted at", "why")
    yield output.table(columns, _by_rule(content["lines"]), {"amount"})
    for finding in content["findings"]:
        yield output.finding(finding)


def _by_rule(lines: list[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (_TITLES[line["class"]], line["connection"], line["other"] or "", line["why"])
        sums[key] = sums.get(key, 0) + from_dollars(line["amount"])
    for (title, connection, other, why), units in sums.items():
        yield title, label(units), connection, other, why
