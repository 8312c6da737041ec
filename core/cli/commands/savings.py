"""`claude-spend savings`: what each lever would save, and all of them together."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.cli import ledger, options, output
from core.cli.commands import report
from core.cli.words import words
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.savings.answer import Lever, Place, Savings
    from core.analysis.savings.plan import Plan

_PLACES = 10
"""How many places of a lever are listed, the largest first."""


def _percent(name: str, text: str) -> Any:
    return typer.Option(name, metavar="PERCENT", help=text)


Levers = Annotated[
    list[str] | None,
    typer.Option(
        "--lever",
        metavar="NAME",
        help="Pull only this one; may be repeated: newest swap batch cache lifetime fast geography "
        "seats. Without it, all.",
    ),
]
Swaps = Annotated[
    list[str] | None,
    typer.Option(
        "--swap",
        metavar="OLD=NEW[@workspace=NAME]",
        help="Put a model in another's place, everywhere or for a workspace (or @api_key=NAME).",
    ),
]
Batch = Annotated[str, _percent("--batch", "Share of the API's usage that can wait for a day.")]
Cacheable = Annotated[
    str, _percent("--cacheable", "Share of the uncached input that is a prefix that repeats.")
]
HitRate = Annotated[
    str | None, _percent("--hit-rate", "Share of it that is read from the cache; else your own.")
]
Lifetime = Annotated[
    Literal["5m", "1h"], typer.Option("--lifetime", help="What cache writes change to.")
]
Again = Annotated[
    str, _percent("--again", "To 5m: what must be written once more. To 1h: what repeats.")
]
Tokens = Annotated[
    str, _percent("--tokens", "Tokens of a new model for each 100 of the old one's.")
]
SeatPrice = Annotated[
    str, typer.Option("--seat-price", metavar="USD", help="What an Enterprise seat costs a month.")
]


def savings(
    start: options.From = None,
    end: options.To = None,
    connection: report.Connection = None,
    where: report.Where = None,
    basis: report.Basis = "counted_once",
    levers: Levers = None,
    swaps: Swaps = None,
    batch: Batch = "20",
    cacheable: Cacheable = "20",
    hit_rate: HitRate = None,
    lifetime: Lifetime = "5m",
    again: Again = "20",
    tokens: Tokens = "100",
    seat_price: SeatPrice = "0",
    as_json: options.Json = False,
) -> int:
    """Say what each lever would save, and all together: the bill worked out again, not a sum.

    Every figure states its assumption. Without --from: the last 30 days that are over.
    """
    from core.analysis.query import Query
    from core.analysis.savings.plan import LEVERS, Plan, share_of, swap_of
    from core.ledger.prices import all_prices

    _, pairs = words("day", where or [])
    plan = Plan(
        frozenset(levers or LEVERS),
        tuple(swap_of(text) for text in swaps or ()),
        share_of(batch),
        share_of(cacheable),
        None if hit_rate is None else share_of(hit_rate),
        lifetime,
        share_of(again),
        share_of(tokens),
        from_dollars(seat_price),
    )
    with ledger.readable() as here:
        book = report.opened(here, None)
        names = report.spelled(book, connection or [])
        today = calendar.now().date()
        first = partial(_recent, book, names, today)
        days = options.span(start, end or (None if start else today.isoformat()), first, today)
        query = Query((), "cost", days, pairs, names, basis)
        content = _document(_asked(book, query, plan, all_prices(here.engine)), here)
    return output.deliver(content, as_json, _draw)


def _asked(book: Any, query: Any, plan: "Plan", prices: Any) -> "Savings":
    from core.analysis.savings.answer import savings as worked_out

    return worked_out(book, query, plan, prices)


def _recent(book: Any, names: tuple[str, ...], today: Any) -> Any:
    """Return the first of the last 30 days before today that the ledger can know, or None."""
    from datetime import timedelta

    first = report.first_day(book, names)
    return None if first is None else min(today - timedelta(1), max(first, today - timedelta(30)))


def _document(found: "Savings", here: ledger.Ledger) -> dict[str, Any]:
    from core.analysis.savings import words as said
    from core.analysis.savings.cells import LINES, WHY

    span = found.view.query.span
    return {
        "from": span.start.isoformat(),
        "to": span.end.isoformat(),
        "days": found.days,
        "basis": found.view.query.basis,
        "prices": said.basis(found),
        "billed": dollars(found.view.total),
        "before": dollars(found.before),
        "after": dollars(found.after),
        "saving": dollars(found.saving),
        "saving_a_month": dollars(found.month(found.saving)),
        "sum_of_levers": dollars(found.alone),
        "met_by_several_levers": dollars(found.alone - found.saving),
        "hit_rate_percent": _rate(found.hit_rate),
        "levers": [_lever(found, lever, pulled=True) for lever in found.levers]
        + [_lever(found, lever, pulled=False) for lever in found.resting],
        "lines": [
            {"line": name, "title": LINES[name], "before": dollars(before), "after": dollars(after),
             "why": WHY[name]}
            for name, (before, after) in found.lines.items()
        ],
        "break_even": list(_break_evens(found)),
        "findings": [
            f.as_dict() for f in (*here.findings, *found.view.findings, *said.findings(found))
        ],
    }  # fmt: skip


def _rate(share: Any) -> str | None:
    from core.analysis.savings.plan import percent

    return None if share is None else percent(share, 2)


def _lever(found: "Savings", lever: "Lever", *, pulled: bool) -> dict[str, Any]:
    from core.analysis.savings import words as said

    return {
        "lever": lever.name,
        "title": lever.title,
        "pulled": pulled,
        "saving": dollars(lever.saving),
        "saving_a_month": dollars(found.month(lever.saving)),
        "reach": dollars(lever.reach),
        "assumption": said.assumption(found, lever),
        "action": said.action(found, lever),
        "places": [_place(place) for place in lever.places[:_PLACES]],
        "idle": [{"user": i, "user_name": name} for i, name in found.seats.idle]
        if lever.name == "seats"
        else [],
    }


def _place(place: "Place") -> dict[str, Any]:
    return {
        "workspace_name": place.workspace,
        "api_key_name": place.api_key,
        "product": place.product,
        "model": place.model,
        "saving": dollars(place.saving),
    }


def _break_evens(found: "Savings") -> Iterator[dict[str, Any]]:
    for row in found.breakevens:
        yield {
            "model": row.model,
            "hit_rate_5m_percent": _rate(row.five),
            "hit_rate_1h_percent": _rate(row.hour),
            "hit_rate_percent": _rate(row.hit_rate),
            "uncached_input": dollars(row.uncached),
        }


def _draw(content: output.Document) -> Iterable[RenderableType]:
    period = f"{content['from']} up to and without {content['to']} (UTC days)"
    yield Text(f"Savings, {period}", style="bold")
    yield Text(content["prices"])
    rows = [(lever["title"] + ("" if lever["pulled"] else " (not pulled)"),
             _usd(lever["saving_a_month"]), _usd(lever["saving"]), _usd(lever["reach"]))
            for lever in content["levers"]]  # fmt: skip
    numbers = ("USD a month", "in these days", "of")
    yield output.table(("lever, alone", *numbers), rows, numbers)
    sums = [
        ("Bill", content["before"]),
        ("- sum of the levers", content["sum_of_levers"]),
        ("+ what several of them meet", content["met_by_several_levers"]),
        ("= bill under all of them", content["after"]),
    ]
    shown = [(name, _usd(text), text) for name, text in sums]
    yield output.table(("all together", "USD", "exactly"), shown, {"USD", "exactly"})
    yield Text(f"All together save {_usd(content['saving_a_month'])} a month.", style="bold")
    for lever in content["levers"]:
        if lever["pulled"]:
            text = Text(f"{output.plain(lever['title'])}: ", style="bold")
            text.append(output.plain(f"{lever['action']} {lever['assumption']}"), style="not bold")
            yield text
    for finding in content["findings"]:
        yield output.finding(finding)


def _usd(text: str) -> str:
    return label(from_dollars(text))
