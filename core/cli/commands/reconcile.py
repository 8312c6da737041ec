"""`claude-spend reconcile`: computed against billed, invoices, and closed months."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.cli import ledger, options, output
from core.cli.commands import report
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.reconcile.adjustments import Adjusted
    from core.analysis.reconcile.computed import Comparison
    from core.analysis.reconcile.invoices import TieOut


def reconcile(
    start: options.From = None,
    end: options.To = None,
    connection: report.Connection = None,
    as_json: options.Json = False,
) -> int:
    """Compare usage at the price book's prices with what was billed, and tie out invoices.

    Computed plus all parts is billed, exactly. Contract prices: claude-spend prices.
    """
    from core.analysis.reconcile.computed import compare
    from core.ledger import snapshot
    from core.ledger.prices import all_prices

    with ledger.readable() as here:
        book = snapshot.book(here.engine, here.settings)
        names = report.spelled(book, connection or [])
        first = partial(report.first_day, book, names)
        days = options.span(start, end, first, calendar.now().date())
        basis = "reported" if len(names) == 1 else "counted_once"
        found = compare(book, days, all_prices(here.engine), names=names, basis=basis)
        content = _document(found) | {
            "invoices": [
                invoice_row(t) for t in tied(here, book) if t.invoice.period.start in days
            ],
            "closed": [closed_row(a) for a in closed(here, book) if a.close.month in days],
        }
        content["findings"] += [finding.as_dict() for finding in here.findings]
    return output.deliver(content, as_json, _draw)


def tied(here: ledger.Ledger, book: Any) -> Iterator["TieOut"]:
    """Yield every invoice of a ledger, compared."""
    from core.analysis.reconcile.invoices import tie_out
    from core.ledger.invoices import all_invoices
    from core.ledger.restatements import log

    for invoice in all_invoices(here.engine):
        period = invoice.period
        since = log(here.engine, period.start, period.end, invoice.entered_at)
        yield tie_out(book, invoice, since)


def closed(here: ledger.Ledger, book: Any) -> "tuple[Adjusted, ...]":
    """Return every closed month of a ledger with its adjustments."""
    from core.analysis.reconcile.adjustments import adjusted
    from core.ledger.closes import all_closes
    from core.ledger.restatements import log

    closes = all_closes(here.engine)
    since = min((close.closed_at for close in closes), default=None)
    if not closes:
        return ()
    again = log(here.engine, since=since, reread=True)
    return adjusted(book, closes, log(here.engine, since=since), again)


def _document(found: "Comparison") -> dict[str, Any]:
    from core.analysis.reconcile.computed import PARTS, WHY

    share, published = found.explained, found.prices.published
    return {
        "from": found.span.start.isoformat(),
        "to": found.span.end.isoformat(),
        "list": dollars(found.totals["list"]),
        "computed": dollars(found.totals["computed"]),
        "parts": [
            {"part": name, "title": title, "amount": dollars(found.totals[name]), "why": WHY[name]}
            for name, title in PARTS.items()
        ],
        "billed": dollars(found.totals["billed"]),
        "unexplained": dollars(found.totals["unexplained"]),
        "explained_percent": f"{share // 100}.{share % 100:02d}",
        "prices": {
            "release": found.prices.release,
            "published": published.isoformat() if published else None,
        },
        "findings": [finding.as_dict() for finding in found.findings],
    }


def invoice_row(found: "TieOut") -> dict[str, Any]:
    """Return an invoice's JSON object."""
    invoice = found.invoice
    return {
        "id": invoice.id,
        "number": invoice.number,
        "source": invoice.source,
        "from": invoice.period.start.isoformat(),
        "to": invoice.period.end.isoformat(),
        "ties": found.ties,
        **{name: dollars(units) for name, units in found.steps.items()},
        "findings": [finding.as_dict() for finding in found.findings],
    }


def closed_row(found: "Adjusted") -> dict[str, Any]:
    """Return a closed month's JSON object."""
    return {
        "month": f"{found.close.month:%Y-%m}",
        "connection": found.connection,
        "closed_at": output.moment(found.close.closed_at),
        "closed_total": dollars(found.close.total),
        "adjustments": dollars(found.delta),
        "total": dollars(found.now),
    }


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield Text(f"{content['from']} up to and without {content['to']} (UTC days)", style="bold")
    prices = content["prices"]
    of = f" of {prices['published']}" if prices["published"] else ""
    yield f"Prices: genai-prices {prices['release']}{of}, and your contract prices."
    walk = [("Usage at list prices", content["list"])]
    contract = from_dollars(content["computed"]) - from_dollars(content["list"])
    if contract:
        walk.append(("Your contract prices", dollars(contract)))
    walk.append(("Computed", content["computed"]))
    walk += [(p["title"], p["amount"]) for p in content["parts"] if from_dollars(p["amount"])]
    walk.append(("Billed", content["billed"]))
    shown = [(name, label(from_dollars(text)), text) for name, text in walk]
    yield output.table(("", "USD", "exactly"), shown, {"USD", "exactly"})
    yield (
        f"Explained {content['explained_percent']} %, unexplained "
        f"{label(from_dollars(content['unexplained']))}."
    )
    # Nothing entered yet is no news here.
    yield from draw_more({k: v for k, v in content.items() if k in ("invoices", "closed") and v})
    for finding in content["findings"]:
        yield output.finding(finding)


def draw_more(content: output.Document) -> Iterator[RenderableType]:
    """Draw the invoices and the closed months of a document, and what explains an invoice."""
    if content.get("invoices"):
        yield output.table(
            ("invoice", "source", "from", "to", "expected", "total", "verdict"),
            [_invoice(i) for i in content["invoices"]], {"expected", "total"},
        )  # fmt: skip
        for invoice in content["invoices"]:
            yield from map(output.finding, invoice["findings"])
    if content.get("closed"):
        names = ("month", "connection", "closed_total", "adjustments", "total")
        rows = [[*(row[n] for n in names[:2]), *(_money(row[n]) for n in names[2:])]
                for row in content["closed"]]  # fmt: skip
        titles = [name.replace("_", " ") for name in names]
        yield output.table(titles, rows, set(titles[2:]))
    if not content.get("invoices", True):
        yield "No invoices yet: add some with --add FILE."
    if not content.get("closed", True):
        yield "No month is closed."


def _invoice(row: dict[str, Any]) -> tuple[object, ...]:
    off = label(from_dollars(row["difference"]))
    money = (_money(row["expected"]), _money(row["total"]))
    verdict = "ties" if row["ties"] else f"off by {off}"
    return (row["number"] or row["id"], row["source"], row["from"], row["to"], *money, verdict)


def _money(text: str) -> str:
    return label(from_dollars(text))
