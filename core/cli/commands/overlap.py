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
    import polars as pl

    from core.analysis.overlap_lines import Overlap
    from core.analysis.query import Query
    from core.ledger.book import Book

_AMOUNTS = ("enterprise", "platform", "delta")
_SHOWN = 100
"""How many of the cells that differ are listed, the largest first."""

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
        content["pairs"] = list(_pairs(book, query))
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


def _pairs(book: "Book", query: "Query") -> Iterator[dict[str, Any]]:
    """Yield what is known of each two connections that the question is about."""
    from core.analysis.pairs import pairs

    for pair in pairs(book, query.span):
        names = (pair.platform.name, pair.enterprise.name)
        if query.connections and not set(names) <= set(query.connections):
            continue
        yield {
            "platform": names[0],
            "enterprise": names[1],
            "rule": pair.rule,
            "shared_workspaces": pair.workspaces,
            "word": pair.word,
            "days_proven_by_amounts": pair.proven_days,
            "cells": pair.cells,
            "equal_cells": pair.equal,
            "amount": dollars(pair.amount),
            "equal_amount": dollars(pair.equal_amount),
            "differing": list(_differing(pair.differing.head(_SHOWN))),
            "differing_cells": pair.differing.height,
        }


def _differing(cells: "pl.DataFrame") -> Iterator[dict[str, Any]]:
    for row in cells.iter_rows(named=True):
        yield {
            name: dollars(value or 0) if name in _AMOUNTS else value or None
            for name, value in (row | {"day": row["day"].isoformat()}).items()
        }


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
    yield from map(_told, content["pairs"])
    for finding in content["findings"]:
        yield output.finding(finding)


def _told(pair: dict[str, Any]) -> str:
    names = f"{pair['platform']} and {pair['enterprise']}: "
    said = f" Your word: {pair['word']}." if pair["word"] else ""
    if not pair["cells"]:
        return f"{names}nothing in common was found.{said}"
    amounts = [label(from_dollars(pair[name])) for name in ("equal_amount", "amount")]
    return (
        f"{names}{pair['equal_cells']:,} of {pair['cells']:,} shared cells are equal in both "
        f"books, {amounts[0]} of {amounts[1]}.{said}"
    )


def _by_rule(lines: list[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (_TITLES[line["class"]], line["connection"], line["other"] or "", line["why"])
        sums[key] = sums.get(key, 0) + from_dollars(line["amount"])
    for (title, connection, other, why), units in sums.items():
        yield title, label(units), connection, other, why
