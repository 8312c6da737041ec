"""Which question a single row of a view answers by itself, so that it has a receipt of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any, get_args

import polars as pl

from core.analysis.explore import ask
from core.analysis.filters import EMPTY, NULLS
from core.analysis.labels import LINES
from core.analysis.overlap_lines import DIMS as LINE_DIMS
from core.analysis.query import DIMS, TIMES, Query, View
from core.calendar import Span, next_month
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, Kind

_PLAIN = (EMPTY, *(raw for raw in NULLS if raw and raw not in LINES))
"""What stands for null without a line of its own."""


def question_of(book: Book, view: View, row: int) -> Query | None:
    """Return the question whose total is the row's value, None where no filter can ask for it.

    What it returns was asked: divided like the view, it has this row and no other.
    """
    found = view.frame.row(row, named=True)
    return next(
        (replace(q, by=()) for q in _candidates(view.query, found) if _is_it(book, q, found)), None
    )


def question_of_line(book: Book, asked: Query, line: dict[str, Any]) -> Query | None:
    """Return the question whose total is a line of the overlap (`overlap_lines`), None if none is.

    `asked` is what the overlap was asked; a line is part of one connection's books.
    """
    named = (line["connection"],)
    for basis in ("counted_once", "counted_twice", "reported"):
        query = replace(asked, by=LINE_DIMS, connections=named, basis=basis)
        view = ask(book, query)
        same = [pl.col(d).eq_missing(pl.lit(line[d], pl.String)) for d in LINE_DIMS]
        places = view.frame.select(pl.arg_where(pl.all_horizontal(pl.col("value") == line["value"],
                                                                  *same))).to_series()  # fmt: skip
        found = (question_of(book, view, place) for place in places)
        single = next((question for question in found if question is not None), None)
        if single is not None:
            return single
    return None


def _candidates(query: Query, row: dict[str, Any]) -> Iterator[Query]:
    """Yield the view's question narrowed to the row, for each way in which nulls can be meant."""
    dims = [dim for dim in query.by if dim not in TIMES]
    if not set(dims) <= set(DIMS):
        return
    span = _days(query, row)
    others = tuple(pair for pair in query.where if pair[0] not in dims)
    for chosen in product(*(_meant(dim, row[dim]) for dim in dims)):
        where = [(d, value) for d, values in zip(dims, chosen, strict=True) for value in values]
        narrow = replace(query, span=span, where=(*others, *where))
        yield narrow
        if any(values != (row[d],) for d, values in zip(dims, chosen, strict=True)):
            # What one source leaves empty, the other may not know at all: two rows, one word.
            yield from (_of_source(narrow, kind) for kind in get_args(Kind) if "source" not in dims)


def _of_source(query: Query, kind: str) -> Query:
    kept = tuple(pair for pair in query.where if pair[0] != "source")
    return replace(query, where=(*kept, ("source", kind)))


def _meant(dim: str, value: str | None) -> tuple[tuple[str | None, ...], ...]:
    """Return the sets of raw values that a row's value can stand for, the likeliest first."""
    if value is not None or dim not in DIMENSIONS:
        return ((value,),)
    return ((None,), (EMPTY,), *((raw,) for raw in NULLS if raw), _PLAIN)


def _days(query: Query, row: dict[str, Any]) -> Span:
    span = query.span
    for dim in TIMES:
        if dim in query.by:
            within = _period(dim, row[dim])
            span = Span(max(span.start, within.start), min(span.end, within.end))
    return span


def _period(dim: str, first: date) -> Span:
    if dim == "month":
        return Span(first, next_month(first))
    return Span(first, first + timedelta(days=7 if dim == "week" else 1))


def _is_it(book: Book, query: Query, row: dict[str, Any]) -> bool:
    view = ask(book, query)
    return view.frame.height == 1 and view.frame.row(0, named=True) == row
