"""`claude-spend ask`: one question, answered from the source that is right for it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.cli import ledger, options, output
from core.cli.cells import cells, is_money, people_table
from core.cli.commands.report import first_day
from core.money import dollars

if TYPE_CHECKING:
    from fractions import Fraction

    from core.analysis.questions.answers import Answer, Figure
    from core.analysis.questions.other import Other
    from core.ledger.book import Book

Name = Annotated[
    str,
    typer.Argument(
        metavar="QUESTION",
        help="invoice, per-user, per-product, per-workspace, per-api-key, or another that "
        "`claude-spend questions` lists.",
    ),
]


def ask(
    question: Name,
    start: options.From = None,
    end: options.To = None,
    as_json: options.Json = False,
) -> int:
    """Answer a question from the source that is right for it, and from no other.

    Without --from and --to: everything that the ledger holds, up to and with today.
    """
    from core.analysis.questions.catalogue import question as named

    known = named(question)
    with ledger.readable() as here:
        from core.analysis.questions.answers import answer
        from core.ledger import snapshot

        book = snapshot.book(here.engine, here.settings)
        days = options.span(start, end, lambda: _first(book, known.source), calendar.now().date())
        content = document(answer(book, known.id, days))
    content["findings"] = [f.as_dict() for f in here.findings] + content["findings"]
    return output.deliver(content, as_json, _draw)


def _first(book: "Book", source: str) -> Any:
    """Return the first day that the ledger knows of a source's connections, or None."""
    names = tuple(c.name for c in book.connections if c.kind == source)
    return first_day(book, names) if names else None


def document(said: "Answer") -> dict[str, Any]:
    """Return an answer's JSON document."""
    amount = is_money(said.question.measure)
    view = said.view
    return {
        "question": said.question.id,
        "title": said.question.title,
        "from": said.span.start.isoformat(),
        "to": said.span.end.isoformat(),
        "by": list(said.question.by),
        "measure": said.question.measure,
        "recommended_source": said.question.source,
        "answered_by": said.answered_by,
        "connection": ", ".join(said.connections) or None,
        "connections": list(said.connections),
        "why": said.why,
        "caveats": list(said.caveats),
        "other_source": _other(said.other, amount),
        "figure": _figure(said.figure),
        "rows": list(_rows(said)),
        "total": amount(view.total if view else 0) if view else None,
        "provisional_from": _day(view.provisional_from) if view else None,
        "findings": [f.as_dict() for f in view.findings] if view else [],
    }


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _rows(said: "Answer") -> Iterator[dict[str, Any]]:
    if said.view is None:
        return
    amount = is_money(said.question.measure)
    frame, dim = said.view.frame, said.question.by[0]
    if said.extra is not None:
        frame = frame.join(said.extra, on=dim, how="left", nulls_equal=True, maintain_order="left")
    for row in frame.iter_rows(named=True):
        value, line = row.pop("value"), row.pop("line")
        shown = {**cells(row), "value": amount(value)}
        yield {**shown, "line": line} if line else shown
    for line, tokens in said.unbilled:
        yield {dim: None, f"{dim}_name": None, "value": amount(0), "line": line, "tokens": tokens}


def _other(other: "Other", amount: Any) -> dict[str, Any]:
    figures = {name: getattr(other, name) for name in
               ("total", "difference", "left_out", "added", "unassigned")}  # fmt: skip
    return {
        "source": other.kind,
        "connected": other.connected,
        "able": other.able,
        **{name: None if value is None else amount(value) for name, value in figures.items()},
        "why": list(other.why),
    }


def _figure(figure: "Figure | None") -> dict[str, Any] | None:
    if figure is None:
        return None
    money = figure.name == "pull_request"
    part: Any = dollars(figure.part) if money else figure.part
    value = figure.value
    shown = None if value is None else dollars(round(value)) if money else _share(value)
    return {"name": figure.name, "value": shown, "part": part, "whole": figure.whole}


def _share(value: "Fraction") -> str:
    whole, rest = divmod(round(value * 10_000), 10_000)
    return f"{whole}.{rest:04d}"


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield Text(output.plain(content["title"]), style="bold")
    if content["answered_by"] is None:
        yield Text(output.plain(content["why"]))
        return
    yield Text(
        output.plain(
            f"Answered by {content['answered_by']} ({content['connection']}), "
            f"{content['from']} up to and without {content['to']} (UTC days). {content['why']}"
        )
    )
    yield people_table(content)
    if content["figure"]:
        yield Text(_spoken(content["figure"]), style="bold")
    for sentence in content["caveats"]:
        yield Text(output.plain(f"* {sentence}"))
    yield Text("The other source", style="bold")
    yield Text(output.plain(" ".join(content["other_source"]["why"])))
    for finding in content["findings"]:
        if finding["code"] == "simulated_organisation":
            yield output.finding(finding)


def _spoken(figure: output.Document) -> str:
    if figure["name"] == "pull_request":
        if figure["value"] is None:
            return "No pull request was counted in this period."
        return f"${figure['value']} for each of {figure['whole']:,} pull requests."
    if figure["value"] is None:
        return "No input was counted in this period."
    return f"The cache served {float(figure['value']):.1%} of {figure['whole']:,} input tokens."
