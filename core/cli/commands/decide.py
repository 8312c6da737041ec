"""`claude-spend close`, `invoices`, `prices`: what people enter so that books reconcile."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from core.calendar import parse_day
from core.cli import failures, ledger, options, output
from core.cli.commands import reconcile, report
from core.errors import BadValue, UnknownName
from core.money import dollars

Month = Annotated[str, typer.Argument(metavar="MONTH", help="The month, YYYY-MM, in UTC.")]
Reopen = Annotated[bool, typer.Option("--reopen", help="Forget that the month was closed.")]
Note = Annotated[str, typer.Option("--note", help="A word on why, for whoever looks later.")]
Add = Annotated[
    str | None,
    typer.Option("--add", metavar="FILE", help="CSV or JSON with invoices to keep; - reads it in."),
]
Delete = Annotated[int | None, typer.Option("--delete", metavar="ID", help="Forget this one.")]
Model = Annotated[str, typer.Option("--model", help="Only this model; without it, all.")]
Operation = Annotated[
    str,
    typer.Option(
        "--operation",
        help="Only this one: input output cache_read cache_write_5m cache_write_1h web_search.",
    ),
]
Price = Annotated[
    str | None,
    typer.Option("--price", metavar="USD", help="For a million tokens (1,000 web searches)."),
]
Discount = Annotated[
    str | None, typer.Option("--discount", metavar="PERCENT", help="Off the list price.")
]


def close(
    month: Month,
    connection: report.Connection = None,
    reopen: Reopen = False,
    note: Note = "",
    as_json: options.Json = False,
) -> int:
    """Close a month of every connection, or of one: what changes later is an adjustment."""
    from core.ledger import closes, snapshot

    first = parse_day(f"{month}-01")
    with ledger.own() as here:
        book = snapshot.book(here.engine, here.settings)
        for row in _chosen(book, report.spelled(book, connection or [])):
            if reopen:
                closes.reopen_month(here.engine, row.id, first)
            else:
                closes.close_month(here.engine, row.id, first, note=note)
        book = snapshot.book(here.engine, here.settings)
        rows = [reconcile.closed_row(a) for a in reconcile.closed(here, book)]
    return output.deliver({"closed": rows}, as_json, reconcile.draw_more)


def invoices(add: Add = None, delete: Delete = None, as_json: options.Json = False) -> int:
    """List the invoices that were entered, each with whether it ties; add some, or delete one."""
    from core.ledger import snapshot
    from core.ledger.invoices import delete_invoice

    with ledger.own() if add or delete else ledger.readable() as here:
        book = snapshot.book(here.engine, here.settings)
        if add:
            _keep(here, book, _text(add))
        if delete:
            delete_invoice(here.engine, delete)
        rows = [reconcile.invoice_row(t) for t in reconcile.tied(here, book)]
    return output.deliver({"invoices": rows}, as_json, reconcile.draw_more)


def prices(
    model: Model = "",
    operation: Operation = "",
    price: Price = None,
    discount: Discount = None,
    start: options.From = None,
    end: options.To = None,
    note: Note = "",
    delete: Delete = None,
    as_json: options.Json = False,
) -> int:
    """List the contract prices; add one with --price or --discount and --from, or delete one."""
    from core.analysis.reconcile.entry import contract_price
    from core.ledger.prices import add_price, all_prices, delete_price

    adding = price is not None or discount is not None
    with ledger.own() if adding or delete else ledger.readable() as here:
        if adding:
            add_price(here.engine, contract_price(model, operation, price, discount, start, end,
                                                  note))  # fmt: skip
        if delete:
            delete_price(here.engine, delete)
        rows = [_price(row) for row in all_prices(here.engine)]
    return output.deliver({"prices": rows}, as_json, _draw_prices)


def _chosen(book: Any, names: tuple[str, ...]) -> list[Any]:
    unknown = set(names) - {c.name for c in book.connections}
    if unknown or not book.connections:
        raise UnknownName(
            f"There is no connection {min(unknown)!r}." if unknown else "Nothing is connected.",
            f"The ledger knows: {', '.join(c.name for c in book.connections) or 'none yet'}.",
            "Use one of these names, or connect Anthropic first.",
        )
    return [c for c in book.connections if not names or c.name in names]


def _text(name: str) -> str:
    try:
        return typer.get_text_stream("stdin").read() if name == "-" else Path(name).read_text(
            encoding="utf-8-sig"
        )  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue(
            f"The file {name!r} cannot be read.", f"{error}.", "Name a text file, CSV or JSON."
        ) from error


def _keep(here: ledger.Ledger, book: Any, text: str) -> None:
    from core.analysis.reconcile.invoicefile import read
    from core.ledger.invoices import save_invoices

    found, findings = read(text, book.connections)
    if findings:
        told = [finding.as_dict() for finding in findings]
        raise failures.Failure({"error": failures.error_object(told[0]), "findings": told})
    save_invoices(here.engine, found)


def _price(row: Any) -> dict[str, Any]:
    from core.analysis.reconcile.entry import percent, shown_price

    return {
        "id": row.id,
        "model": row.model or None,
        "operation": row.operation or None,
        "price": None if row.price is None else dollars(shown_price(row)),
        "discount_percent": None if row.discount is None else percent(row.discount),
        "from": row.first.isoformat(),
        "to": row.end.isoformat() if row.end else None,
        "note": row.note,
    }


def _draw_prices(content: output.Document) -> Iterable[RenderableType]:
    rows = content["prices"]
    if not rows:
        yield "No contract prices: the price list decides."
        return
    names = ("id", "model", "operation", "price", "discount_percent", "from", "to", "note")
    shown = [[row[name] for name in names] for row in rows]
    yield output.table([n.replace("_", " ") for n in names], shown, {"price", "discount percent"})
