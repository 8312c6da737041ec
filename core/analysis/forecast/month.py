"""One month's answer: forecast while any of its days is unknown, else what it has cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from core.analysis.choices import span_of
from core.analysis.explore import ask
from core.analysis.forecast.outlook import Estimate, Outlook
from core.analysis.forecast.record import Record
from core.analysis.forecast.series import REST
from core.analysis.forecast.weeks import ACTUAL
from core.analysis.query import NAMED, Query
from core.calendar import Span, month_start, next_month
from core.errors import BadValue
from core.ledger.book import Book


@dataclass(frozen=True, slots=True)
class Line:
    """A month of everything or of one value of a dimension, and how good the method has been."""

    value: str | None
    line: str
    name: str
    method: str
    estimate: Estimate
    record: Record


def lines(book: Book, outlooks: Sequence[Outlook], dim: str, month: date) -> list[Line]:
    """Return what a month will have cost, one line for each value of a dimension (`''`: one).

    The largest line comes first, the rest of a dimension last. `outlooks` are those of the
    dimension. The lines' figures sum to those of everything. Raises BadValue for a month of which
    the ledger holds nothing, or beyond the twelve that are forecast.
    """
    span = Span(month, next_month(month))
    ahead = [o.months for o in outlooks]
    if ahead and month > ahead[0][-1].span.start:
        raise BadValue(
            f"{month:%Y-%m} is too far ahead.",
            f"A forecast reaches up to {ahead[0][-1].span.start:%Y-%m}.",
            "Choose an earlier month.",
        )
    if ahead and month >= ahead[0][0].span.start:
        return _ordered([_line(outlook, month) for outlook in outlooks])
    _held(book, span)
    return _ordered(_over(book, dim, span, outlooks))


def _ordered(found: list[Line]) -> list[Line]:
    def size(line: Line) -> tuple[bool, int, str]:
        spent = line.estimate.expected or line.estimate.actual
        return line.line == REST, -spent, line.name

    return sorted(found, key=size)


def whole_months(book: Book, end: date, count: int) -> dict[date, int]:
    """Return what the last months before a month's first day cost, as far as the ledger goes."""
    held = span_of(book)
    start = end
    for _ in range(count):
        start = month_start(start - timedelta(days=1))
    if held is None or held.start >= end:
        return {}
    query = Query(("month",), "cost", Span(max(start, month_start(held.start)), end))
    return dict(ask(book, query).frame.select("month", "value").iter_rows())


def _line(o: Outlook, month: date) -> Line:
    estimate = next(e for e in o.months if e.span.start == month)
    return Line(o.value, o.line, o.name, o.method, estimate, o.record)


def _held(book: Book, span: Span) -> None:
    held = span_of(book)
    if held is None or span.end <= held.start:
        since = f"Its first day is {held.start}." if held else "It has read no day yet."
        raise BadValue(
            f"The ledger holds nothing of {span.start:%Y-%m}.",
            since,
            "Choose a later month, or sync first.",
        )


def _over(book: Book, dim: str, span: Span, outlooks: Sequence[Outlook]) -> list[Line]:
    """Return a month that is known whole: there is nothing to expect, and no band."""
    records = {(o.value, o.line): o.record for o in outlooks}
    frame = ask(book, Query((dim,) if dim else (), "cost", span)).frame
    name = f"{dim}_name" if dim in NAMED else dim
    found: dict[tuple[str | None, str], tuple[str, int]] = {}
    for row in frame.with_columns(pl.col("line").fill_null("")).iter_rows(named=True):
        value = str(row[dim]) if dim and row[dim] is not None else None
        line = row["line"] if value is None and dim else ""
        spent = found.get((value, line), ("", 0))[1] + row["value"]
        found[value, line] = (str((row[name] if dim else None) or value or line), spent)
    if not dim and not found:
        found[None, ""] = ("", 0)
    return [
        Line(*key, said, ACTUAL, _sure(span, spent), records.get(key, Record()))
        for key, (said, spent) in found.items()
    ]


def _sure(span: Span, spent: int) -> Estimate:
    return Estimate(span, spent, spent, spent, spent, spent, spent, run_rate=spent)
