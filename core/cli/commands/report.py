"""`claude-spend report`: any measure of the ledger by any dimensions, exact."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import RenderableType

from core import calendar
from core.calendar import Span, parse_moment
from core.cli import ledger, options, output
from core.cli.cells import caption, cells, is_money, people_table
from core.cli.words import Where as Pairs
from core.cli.words import words

if TYPE_CHECKING:
    from core.analysis.query import Query, View
    from core.ledger.book import Book

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="DIM,…",
        help="Divide by these: day week month connection source organization workspace api_key "
        "user product model operation token_type service_tier context_window inference_geo speed "
        "basis, and others that the error for an unknown word lists.",
    ),
]
Measure = Annotated[
    Literal["cost", "list_cost", "tokens", "requests", "web_searches"],
    typer.Option("--measure", help="What is added up."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="DIM=VALUE",
        help="Only rows with this value; `DIM=` means: without one. Repeat it: the same DIM again "
        "is an alternative, another DIM must match too.",
    ),
]
Connection = Annotated[
    list[str] | None,
    typer.Option("--connection", metavar="NAME", help="Only this connection; may be repeated."),
]
Basis = Annotated[
    Literal["counted_once", "reported"],
    typer.Option("--basis", help="Each dollar once, or every source's books as they are."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIMESTAMP", help="What the ledger held at this moment."),
]


def report(
    by: By,
    measure: Measure = "cost",
    start: options.From = None,
    end: options.To = None,
    connection: Connection = None,
    where: Where = None,
    basis: Basis = "counted_once",
    as_of: AsOf = None,
    as_json: options.Json = False,
) -> int:
    """Report cost, tokens or requests by any dimensions.

    Without --from and --to: everything that the ledger holds, up to and with today.
    """
    dims, pairs = words(by, where or [])
    moment = parse_moment(as_of) if as_of is not None else None
    with ledger.readable() as here:
        book = opened(here, moment)
        names = spelled(book, connection or [])
        query = question(book, dims, measure, (start, end), pairs, names, basis)
        content = answer(book, query, here)
    if moment is not None:
        content["as_of"] = output.moment(moment)
    return output.deliver(content, as_json, _draw)


def opened(here: ledger.Ledger, moment: Any) -> "Book":
    """Return the ledger's book, or that of a moment."""
    from core.ledger import snapshot

    if moment is None:
        return snapshot.book(here.engine, here.settings)
    return snapshot.book_as_of(here.engine, moment)


def question(
    book: "Book",
    dims: tuple[str, ...],
    measure: str,
    asked: tuple[str | None, str | None],
    where: Pairs,
    connections: tuple[str, ...],
    basis: str,
) -> "Query":
    """Return what a command's words ask; `asked` is --from and --to. Raises BadValue."""
    from core.analysis.query import Query

    days = options.span(*asked, lambda: first_day(book, connections), calendar.now().date())
    return Query(dims, measure, days, where, connections, basis)


def spelled(book: "Book", names: list[str]) -> tuple[str, ...]:
    """Return names of connections as the ledger spells them; in any case, as in every command."""
    known = {c.name.casefold(): c.name for c in book.connections}
    return tuple(known.get(name.strip().casefold(), name) for name in names)


def first_day(book: "Book", connections: tuple[str, ...]) -> Any:
    """Return the first day that the ledger knows of these connections (none: of all), or None."""
    import polars as pl

    days = book.days.filter(pl.col("present"))
    if connections:
        ids = [c.id for c in book.connections if c.name in connections]
        days = days.filter(pl.col("connection_id").is_in(ids))
    return days["day"].min()


def answer(book: "Book", query: "Query", here: ledger.Ledger) -> dict[str, Any]:
    """Return the report's JSON document; raises UnknownName and BadValue."""
    from core.analysis.explore import ask

    view = ask(book, query)
    amount = is_money(query.measure)
    return {
        **_period(query.span),
        "by": list(query.by),
        "measure": query.measure,
        "basis": query.basis,
        "rows": list(_rows(view)),
        "total": amount(view.total),
        "provisional_from": _day(view.provisional_from),
        "findings": [f.as_dict() for f in (*here.findings, *view.findings)],
    }


def _period(span: Span) -> dict[str, str]:
    return {"from": span.start.isoformat(), "to": span.end.isoformat()}


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _rows(view: "View") -> Iterator[dict[str, Any]]:
    amount = is_money(view.query.measure)
    for row in view.frame.iter_rows(named=True):
        value, line = row.pop("value"), row.pop("line")
        shown = {**cells(row), "value": amount(value)}
        yield {**shown, "line": line} if line else shown


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield caption(content)
    yield people_table(content)
    if content["provisional_from"]:
        yield f"Provisional from {content['provisional_from']} on: Anthropic may still revise it."
    for finding in content["findings"]:
        yield output.finding(finding)
