"""`claude-spend receipt` and `replay`: where a figure comes from, and the same figure again."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from core.calendar import parse_moment
from core.cli import failures, ledger, options, output
from core.cli.cells import is_money
from core.cli.commands import report
from core.cli.words import words
from core.errors import BadValue

if TYPE_CHECKING:
    from core.analysis.receipt_sum import SumReplay
    from core.analysis.replay import Replay

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A receipt's text; - is standard input.")
]


def receipt(
    by: report.By = "source",
    measure: report.Measure = "cost",
    start: options.From = None,
    end: options.To = None,
    connection: report.Connection = None,
    where: report.Where = None,
    basis: report.Basis = "counted_once",
    as_of: report.AsOf = None,
    as_json: options.Json = False,
) -> int:
    """Show where a figure of `report` comes from, as text that `replay` reads."""
    from core.analysis.receipt import receipt as made
    from core.analysis.receipt_text import as_text
    from core.ledger.versions import identity

    dims, pairs = words(by, where or [])
    moment = parse_moment(as_of) if as_of is not None else None
    with ledger.readable() as here:
        book = report.opened(here, moment)
        names = report.spelled(book, connection or [])
        query = report.question(book, dims, measure, (start, end), pairs, names, basis)
        found = made(book, query, ledger=identity(here.engine), as_of=moment)
    amount, text = is_money(measure), as_text(found)
    content = {
        "total": amount(found.total),
        "excluded": amount(sum(one.total for one in found.excluded)),
        "rows": found.rows,
        "ledger_version": found.version,
        "text": text,
        "findings": [f.as_dict() for f in here.findings],
    }
    # A finding beside the text would be copied along, and then it is no receipt any more.
    return output.deliver(content, as_json, lambda _: [Text(text.rstrip())])


def replay(file: File, as_json: options.Json = False) -> int:
    """Ask a receipt's question again, and say whether its figure is still the same.

    Exit status 0: it is; 1: it is not.
    """
    from core.analysis import count_receipt, receipt_sum
    from core.analysis import replay as replaying
    from core.analysis.receipt_text import read
    from core.ledger.restatements import log
    from core.ledger.versions import identity

    text = _read(file)
    if receipt_sum.is_sum(text):
        return _replay_sum(text, as_json)
    if count_receipt.is_count(text):
        return _replay_count(text, as_json)
    asked = read(text)
    span = asked.query.span
    with ledger.readable() as here:
        book = report.opened(here, asked.as_of)
        changes = None if asked.as_of else log(here.engine, span.start, span.end)
        found = replaying.replay(book, text, ledger=identity(here.engine), changes=changes)
        content = {
            **_figures(found, found.asked.total),
            "as_known_then": _as_known_then(here, found),
            "findings": [f.as_dict() for f in (*here.findings, *found.findings)],
        }
    return output.deliver(content, as_json, _draw, 0 if found.same else failures.STOPPED)


def _replay_sum(text: str, as_json: bool) -> int:
    """Ask every term of a sum again; restatements of its terms are named by their findings."""
    from core.analysis.receipt_sum import replay_sum
    from core.ledger.restatements import log
    from core.ledger.versions import identity

    with ledger.readable() as here:
        changes = log(here.engine, None, None)
        found = replay_sum(
            report.opened(here, None), text, ledger=identity(here.engine), changes=changes
        )
        content = {
            **_figures(found, found.then),
            "as_known_then": None,
            "findings": [f.as_dict() for f in (*here.findings, *found.findings)],
        }
    return output.deliver(content, as_json, _draw, 0 if found.same else failures.STOPPED)


def _replay_count(text: str, as_json: bool) -> int:
    """Count again what people did; Anthropic gives no log of what it revises there."""
    from core.analysis.count_receipt import replay as replayed
    from core.ledger.versions import identity

    with ledger.readable() as here:
        found = replayed(report.opened(here, None), text, ledger=identity(here.engine))
        content = {
            "same": found.same,
            "then": found.then,
            "now": found.now,
            "delta": None if found.now is None else found.now - found.then,
            "restated": None,
            "as_known_then": None,
            "findings": [f.as_dict() for f in (*here.findings, *found.findings)],
        }
    return output.deliver(content, as_json, _draw, 0 if found.same else failures.STOPPED)


def _figures(found: "Replay | SumReplay", then: int) -> dict[str, Any]:
    amount = is_money(found.asked.query.measure)
    now, restated = found.now, found.restated
    return {
        "same": found.same,
        "then": amount(then),
        "now": None if now is None else amount(now),
        "delta": None if now is None else amount(now - then),
        "restated": None if restated is None else amount(restated),
    }


def _as_known_then(here: ledger.Ledger, found: "Replay") -> str | None:
    """Return what the ledger says today that it held then; null where nothing has moved."""
    from core.analysis.receipt import receipt as made

    asked = found.asked
    if found.same or found.now is None or asked.as_of or asked.read_at is None:
        return None
    before = made(report.opened(here, asked.read_at), asked.query, side=asked.side)
    return is_money(asked.query.measure)(before.total)


def _read(file: Path) -> str:
    import sys

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue(
            f"The receipt cannot be read from {file}.",
            str(getattr(error, "strerror", None) or "It is not text in UTF-8."),
            "Name the file that the receipt was saved in, or - for standard input.",
        ) from error


def _draw(content: output.Document) -> Iterable[RenderableType]:
    if content["same"]:
        yield f"The same figure: {content['now']}."
    elif content["now"] is not None:
        yield f"{content['then']} then, {content['now']} now."
    if content["as_known_then"] is not None:
        yield f"As the ledger stood then, it gives {content['as_known_then']}."
    for finding in content["findings"]:
        yield output.finding(finding)
