"""Ledger rows, filtered and summed exactly into raw combinations of dimensions."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from core.analysis import counting, exact, filters
from core.analysis.allocation import ALLOCATED, allocation
from core.analysis.labels import NOT_AVAILABLE
from core.analysis.query import TIMES, Query
from core.analysis.scope import Scope, figure
from core.calendar import Span, month_start
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, Cut, primary

Wanted = dict[str, frozenset[str]]
"""The raw values that `where` allows, by dimension."""


def gather(book: Book, query: Query, about: Scope, wanted: Wanted) -> pl.DataFrame:
    """Return the sums of a question: the `by` columns, raw (text, Date), and `value` (Int64).

    Raises AmountRefused where a sum leaves 64 bits.
    """
    chosen = list(plans(book, query, about, wanted))
    exact.guard(book, query, [rows for _, rows in chosen], about.cuts)
    sums = pl.collect_all([_summed(rows, query, cut) for cut, rows in chosen])
    parts = [_scoped(book, part, query, cut) for (cut, _), part in zip(chosen, sums, strict=True)]
    whole = pl.concat([_empty(query), *parts])
    if not query.by:
        return whole.select(pl.col("value").sum()) if whole.height else whole
    return whole.group_by(query.by).agg(pl.col("value").sum())


def plans(
    book: Book, query: Query, about: Scope, wanted: Wanted
) -> Iterator[tuple[Cut, pl.LazyFrame]]:
    """Yield each cut with its matching rows, and with the rows that settle what it excludes.

    The rows may be sums over the dimensions that neither `by` nor `where` names.
    """
    for cut in about.cuts:
        tests = filters.matches(cut, wanted)
        if tests is None:
            continue
        tests += filters.days(query)
        if any(c.kind == cut.kind and c not in about.connections for c in book.connections):
            tests.append(pl.col("connection_id").is_in(about.ids))
        dims = {d for d in (*query.by, *wanted) if d in cut.dims}
        if query.basis != "reported":
            dims |= set(counting.telling(book, cut))
        rows = _rows(book, query, cut, dims).lazy()
        yield cut, rows.filter(*tests, *_basis(book, query, cut))
        rest = _settling(book, query, cut)
        if rest.height:
            yield cut, rest.lazy().filter(*tests)


def _rows(book: Book, query: Query, cut: Cut, dims: set[str]) -> pl.DataFrame:
    if cut == ALLOCATED:
        return allocation(book, query.span).rows
    return book.rows(query.family, [cut.name], dims, query.span)


def _basis(book: Book, query: Query, cut: Cut) -> list[pl.Expr]:
    if query.basis == "reported":
        return []
    double = counting.double(book, cut)
    if query.basis == "counted_twice":
        return [pl.lit(value=False) if double is None else double]
    return [] if double is None else [~double]


def _settling(book: Book, query: Query, cut: Cut) -> pl.DataFrame:
    # An allocated row lies inside a row of the bill, so what is excluded is the same.
    whole = (primary(cut.kind, cut.protocol, cut.family), ALLOCATED)
    if query.basis == "reported" or cut in whole:
        return pl.DataFrame()
    rest = counting.settlement(book, cut)
    sign = 1 if query.basis == "counted_once" else -1
    inside = pl.col("day").is_between(query.span.start, query.span.end, closed="left")
    return rest.filter(inside).with_columns(pl.col(query.column) * sign)


def _summed(rows: pl.LazyFrame, query: Query, cut: Cut) -> pl.LazyFrame:
    """Return `value` by ledger columns, what nobody knows left out; guarded, so it fits 64 bits."""
    value = pl.col(query.column)
    keys = _keys(query, cut)
    sums = [value.sum().cast(pl.Int64).alias("value"), value.count().alias("known")]
    frame = rows.group_by(keys).agg(sums) if keys else rows.select(sums)
    texts = [pl.col(d).cast(pl.String) for d in query.by if d in cut.dims]
    return frame.filter(pl.col("known") > 0).drop("known").with_columns(texts)


def _keys(query: Query, cut: Cut) -> list[pl.Expr]:
    keys = [pl.col(d) for d in query.by if d in cut.dims]
    if {"connection", "organization"} & set(query.by):
        keys.append(pl.col("connection_id"))
    return [*keys, *(_period(t, query.span).alias(t) for t in query.by if t in TIMES)]


def _period(time: str, span: Span) -> pl.Expr:
    """Return the first day of a row's period; looking it up is far faster than truncating."""
    if time == "day":
        return pl.col("day")
    offset = pl.col("day").to_physical() - (span.start - date(1970, 1, 1)).days
    return pl.lit(_firsts(time, span)).gather(offset)


@lru_cache(maxsize=64)
def _firsts(time: str, span: Span) -> pl.Series:
    if time == "month":
        return pl.Series([month_start(day) for day in span], dtype=pl.Date)
    return pl.Series([day - timedelta(days=day.weekday()) for day in span], dtype=pl.Date)


def _scoped(book: Book, sums: pl.DataFrame, query: Query, cut: Cut) -> pl.DataFrame:
    """Return the sums with every `by` column: what the connection says, and what is unknown."""
    added: dict[str, pl.Expr] = {
        "source": pl.lit(cut.kind),
        "protocol": pl.lit(cut.protocol),
        "basis": pl.lit(figure(cut)),
        **{d: pl.lit(NOT_AVAILABLE) for d in query.by if d in DIMENSIONS and d not in cut.dims},
    }
    for dim, attribute in (("connection", "name"), ("organization", "organization_id")):
        said = {c.id: getattr(c, attribute) for c in book.connections}
        added[dim] = pl.col("connection_id").replace_strict(said, return_dtype=pl.String)
    derived = [added[d].alias(d) for d in query.by if d not in sums.columns]
    return sums.with_columns(derived).select(*query.by, "value")


def _empty(query: Query) -> pl.DataFrame:
    texts = {d: pl.Date if d in TIMES else pl.String for d in query.by}
    return pl.DataFrame(schema={**texts, "value": pl.Int64})
