"""`claude-spend restatements`: what Anthropic changed after it had been seen."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from core.calendar import parse_day, parse_moment
from core.cli import ledger, options, output
from core.errors import BadValue
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    import polars as pl

    from core.ledger.book import Book

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIMESTAMP", help="Only what was seen after this moment."),
]


def restatements(
    start: options.From = None,
    end: options.To = None,
    since: Since = None,
    as_json: options.Json = False,
) -> int:
    """List the costs that Anthropic revised after the ledger had them."""
    first = parse_day(start) if start is not None else None
    last = parse_day(end) if end is not None else None
    if first is not None and last is not None and first >= last:
        raise BadValue(
            "The period has no day in it.",
            f"It would begin on {first} and end before {last}; --to is exclusive.",
            "Put --to at least one day after --from.",
        )
    moment = parse_moment(since) if since is not None else None
    with ledger.readable() as here:
        from core.ledger import snapshot
        from core.ledger.restatements import log

        book = snapshot.book(here.engine, here.settings)
        content = answer(book, log(here.engine, first, last, moment))
        content["findings"] = [finding.as_dict() for finding in here.findings]
    return output.deliver(content, as_json, _draw)


def answer(book: "Book", changes: "pl.DataFrame") -> dict[str, Any]:
    """Return the JSON document of a frame of restatements, in the order of the frame."""
    total = sum(changes["delta"].to_list())
    return {"rows": list(_rows(book, changes)), "delta": dollars(total)}


def _rows(book: "Book", changes: "pl.DataFrame") -> Iterator[dict[str, Any]]:
    from core.analysis.labels import columns, labelled
    from core.ledger.cuts import DIMENSIONS

    names = {connection.id: connection.name for connection in book.connections}
    kept = columns(DIMENSIONS)
    for row in labelled(book, changes, DIMENSIONS).iter_rows(named=True):
        yield {
            "day": row["day"].isoformat(),
            "connection": names.get(row["connection_id"]),
            **{name: row[name] for name in kept},
            **({"line": row["line"]} if row["line"] else {}),
            # A charge that was not there, or is there no longer, was or is zero dollars.
            "before": dollars(row["before"] or 0),
            "after": dollars(row["after"] or 0),
            "delta": dollars(row["delta"]),
            "seen_at": output.moment(row["seen_at"]),
        }


def _draw(content: output.Document) -> Iterable[RenderableType]:
    if content["rows"]:
        numbers = ("rows", "before", "after", "change")
        columns = ("seen", "day", "connection", *numbers)
        drawn = output.table(columns, _by_day(content["rows"]), numbers)
        yield drawn
        yield f"In all {label(from_dollars(content['delta']))}; --json lists every row."
    else:
        yield "Nothing has been restated in this period."
    for finding in content["findings"]:
        yield output.finding(finding)


def _by_day(rows: list[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        key = (row["seen_at"], row["day"], row["connection"])
        units = [1, *(from_dollars(row[name]) for name in ("before", "after", "delta"))]
        sums[key] = [a + b for a, b in zip(sums.get(key, [0] * 4), units, strict=True)]
    for key, (count, *amounts) in sums.items():
        seen, day, connection = key
        yield (f"{seen[:19]}Z", day, connection, count, *(label(amount) for amount in amounts))
