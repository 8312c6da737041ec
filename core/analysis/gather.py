"""Ledger rows of one cut, filtered and summed exactly into raw combinations of dimensions."""

from collections.abc import Sequence

import polars as pl

from core.analysis import filters, identity
from core.analysis.labels import NOT_AVAILABLE
from core.analysis.query import TIMES, Query
from core.errors import AmountRefused
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, Cut, primary
from core.money import LARGEST

PERIODS = {
    "day": pl.col("day"),
    "week": pl.col("day").dt.truncate("1w"),
    "month": pl.col("day").dt.truncate("1mo"),
}


def gather(
    book: Book, query: Query, cut: Cut, ids: Sequence[int], wanted: dict[str, frozenset[str]]
) -> pl.DataFrame:
    """Return a cut's sums: the `by` columns, raw (text, Date), and `value` (Int64).

    `wanted` are the raw values that `where` allows. Raises AmountRefused where a sum could leave
    64 bits.
    """
    tests = filters.matches(cut, wanted)
    if tests is None:
        return _empty(query)
    tests = [*tests, *filters.days(query), pl.col("connection_id").is_in(list(ids))]
    rows = _rows(book, query, cut, list(wanted)).filter(*tests, *_basis(book, query, cut))
    parts = [_summed(rows, query, cut)]
    if query.basis != "reported" and cut != primary(cut.kind, cut.protocol, cut.family):
        rest = identity.settlement(book, cut)
        if rest.height:
            sign = 1 if query.basis == "counted_once" else -1
            inside = pl.col("day").is_between(query.span.start, query.span.end, closed="left")
            rest = rest.filter(inside, *tests).with_columns(pl.col(query.column) * sign)
            parts.append(_summed(rest, query, cut))
    return _scoped(book, pl.concat(parts), query, cut)


def combined(parts: Sequence[pl.DataFrame], query: Query) -> pl.DataFrame:
    """Return the parts as one frame, equal combinations added."""
    whole = pl.concat([_empty(query), *parts])
    guard(whole["value"])
    if not query.by:
        return whole.select(pl.col("value").sum()) if whole.height else whole
    return whole.group_by(query.by).agg(pl.col("value").sum())


def guard(values: pl.Series) -> None:
    """Raise AmountRefused where a sum over parts of a column could leave 64 bits."""
    if values.len() == values.null_count():
        return
    low, high = int(str(values.min())), int(str(values.max()))
    # Polars wraps silently past 2^63. This bound is cheap; the exact sum only settles doubt.
    if max(-low, high) * values.len() <= LARGEST:
        return
    if int(values.cast(pl.Int128).abs().sum()) > LARGEST:
        raise AmountRefused(
            "The figures of this question are too large to add.",
            "Together they exceed 922 million dollars, or 9.2 quintillion tokens.",
            "Ask for a shorter period.",
        )


def _rows(book: Book, query: Query, cut: Cut, where: list[str]) -> pl.DataFrame:
    dims = {d for d in (*query.by, *where) if d in cut.dims}
    if query.basis != "reported":
        dims |= set(identity.telling(book, cut))
    return book.rows(query.family, [cut.name], dims, query.span)


def _basis(book: Book, query: Query, cut: Cut) -> list[pl.Expr]:
    if query.basis == "reported":
        return []
    double = identity.double(book, cut)
    if query.basis == "counted_twice":
        return [pl.lit(value=False) if double is None else double]
    return [] if double is None else [~double]


def _summed(rows: pl.DataFrame, query: Query, cut: Cut) -> pl.DataFrame:
    """Return `value` by ledger columns, what nobody knows left out."""
    known = rows.filter(pl.col(query.column).is_not_null())
    guard(known[query.column])
    value = pl.col(query.column).sum().alias("value")
    keys = _keys(query, cut)
    if not keys:
        return known.select(value) if known.height else known.select(value).clear()
    sums = known.group_by(keys).agg(value)
    return sums.with_columns(pl.col(d).cast(pl.String) for d in sums.columns if d in DIMENSIONS)


def _keys(query: Query, cut: Cut) -> list[pl.Expr]:
    keys = [pl.col(d) for d in query.by if d in cut.dims]
    if {"connection", "organization"} & set(query.by):
        keys.append(pl.col("connection_id"))
    times = [t for t in TIMES if t in query.by]
    # Weeks and months do not nest, so two grains at once go by the day; _scoped derives them.
    finest = ["day"] if "day" in times or len(times) > 1 else times
    return [*keys, *(PERIODS[t].alias(t) for t in finest)]


def _scoped(book: Book, sums: pl.DataFrame, query: Query, cut: Cut) -> pl.DataFrame:
    """Return the sums with every `by` column: times, what the connection says, what is unknown."""
    added: dict[str, pl.Expr] = {
        "source": pl.lit(cut.kind),
        "protocol": pl.lit(cut.protocol),
        "basis": pl.lit("billed"),
        **{d: pl.lit(NOT_AVAILABLE) for d in query.by if d in DIMENSIONS and d not in cut.dims},
        **{t: PERIODS[t] for t in query.by if t in TIMES and t not in sums.columns},
    }
    for dim, attribute in (("connection", "name"), ("organization", "organization_id")):
        said = {c.id: getattr(c, attribute) for c in book.connections}
        added[dim] = pl.col("connection_id").replace_strict(said, return_dtype=pl.String)
    derived = [added[d].alias(d) for d in query.by if d not in sums.columns]
    return sums.with_columns(derived).select(*query.by, "value")


def _empty(query: Query) -> pl.DataFrame:
    texts = {d: pl.Date if d in TIMES else pl.String for d in query.by}
    return pl.DataFrame(schema={**texts, "value": pl.Int64})
