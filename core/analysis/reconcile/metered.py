"""What the reported usage costs by the price book, and what each way of asking adds or takes away.

No report knows service tier, geography and speed together. Tier and context window are read from
a source's first cut; geography and speed, where that cut does not know them, from the one that
does. There a surcharge applies to what the first cut says a token of the same workspace and model
costs: exact where all of them are batch or none is, in proportion where both occur.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from core.analysis import counting
from core.analysis.reconcile.listprices import THOUSAND
from core.analysis.reconcile.pricebook import book_of
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import NOT_ATTRIBUTED, Cut, Kind, Protocol, cuts_of, primary
from core.ledger.prices import ContractPrice

KEY = ("connection_id", "day", "model", "operation")
MEASURES = (
    "quantity", "list", "computed", "priority", "batch", "long_context", "fast", "geography",
    "contracted", "step",
)  # fmt: skip
"""Sums by KEY: tokens (web search: requests), then units of 1e-8 cents. `list` and `computed` are
all of it at standard prices, listed and by contract; the next five what service tiers, long
prompts, fast mode and geography change in `computed`; `contracted` what the contract changes in
all of these together; `step` how much more it could be where a price depends on a prompt's size
that no report shows."""

MILLION = 10**6
_TIMES = MILLION * MILLION
"""Prices are for a million, and factors count millionths."""

_GEO = 1100
_BATCH = THOUSAND // 2
_SOURCES: tuple[tuple[Kind, Protocol], ...] = (
    ("platform", "unified"), ("platform", "reports"),
    ("enterprise", "unified"), ("enterprise", "reports"),
)  # fmt: skip


def metered(
    book: Book, ids: Sequence[int], span: Span, prices: Sequence[ContractPrice], basis: str
) -> pl.DataFrame:
    """Return the sums by KEY, Int128, of connections' usage that has a price, and all quantities.

    What has no price has null measures beside its quantity. `basis` as in a query.
    """
    parts = [frame for source in _SOURCES for frame in _source(book, source, ids, span, prices,
                                                               basis)]  # fmt: skip
    summed = pl.concat(parts, how="diagonal").group_by(KEY)
    return summed.agg(
        pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m) for m in MEASURES
    )


def _source(
    book: Book, source: tuple[Kind, Protocol], ids: Sequence[int], span: Span,
    prices: Sequence[ContractPrice], basis: str,
) -> Iterator[pl.DataFrame]:  # fmt: skip
    first = primary(*source, "usage")
    rows = _rows(book, first, ids, span, basis)
    keys = rows.select("model", "operation", "day").unique().iter_rows()
    book_frame = book_of(((m, o, d) for m, o, d in keys), prices)
    priced = _factored(_joined(rows, book_frame), first)
    yield _valued(priced)
    lacking = {"inference_geo", "speed"} - first.dims
    if lacking:
        other = max(cuts_of(*source, "usage"), key=lambda cut: len(cut.dims & lacking))
        shaped = _joined(_rows(book, other, ids, span, basis), book_frame)
        yield _surcharges(priced, shaped, first, other, lacking)


def _rows(book: Book, cut: Cut, ids: Sequence[int], span: Span, basis: str) -> pl.DataFrame:
    """Return a cut's usage with `quantity`: requests of web searches, else tokens."""
    searches = pl.col("operation") == "web_search"
    tests = [pl.col("connection_id").is_in(list(ids))]
    double = None if basis == "reported" else counting.double(book, cut)
    if double is not None:
        tests.append(~double)
    rows = book.rows("usage", [cut.name], cut.dims, span).filter(*tests)
    return rows.with_columns(
        pl.col(sorted(cut.dims)).cast(pl.String),
        pl.when(searches).then("web_searches").otherwise("tokens").cast(pl.Int128)
        .alias("quantity"),
    ).filter(pl.col("quantity") > 0).with_columns(
        pl.when(pl.col("operation") == "web_search").then(pl.lit("")).otherwise("model")
        .alias("model")
    )  # fmt: skip


def _joined(rows: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    # Rows that complete a cut to its total name no model, so they have no price.
    known = prices.filter(pl.col("model") != NOT_ATTRIBUTED)
    return rows.join(known, on=["model", "operation", "day"], how="left")


def _when(cut: Cut, dim: str, values: pl.Expr, factor: pl.Expr | int) -> pl.Expr:
    """Return a factor where a dimension has a value, one thousand elsewhere; never for searches."""
    one = pl.lit(THOUSAND, pl.Int128)
    if dim not in cut.dims:
        return one
    return pl.when(values & (pl.col("operation") != "web_search")).then(factor).otherwise(one)


def _factored(rows: pl.DataFrame, cut: Cut) -> pl.DataFrame:
    """Return the rows with each factor in thousandths and `times`, all of them, in millionths."""
    tier = pl.col("service_tier") if "service_tier" in cut.dims else pl.lit("")
    priority = tier.str.starts_with("priority")
    rows = rows.with_columns(
        priority.alias("is_priority"),
        pl.when(priority).then(pl.lit(0, pl.Int128))
        .otherwise(_when(cut, "service_tier", tier == "batch", pl.lit(_BATCH, pl.Int128)))
        .alias("f_tier"),
        _when(cut, "context_window", pl.col("context_window") == "200k-1M", pl.col("long"))
        .alias("f_long"),
        *_ways(cut),
    )  # fmt: skip
    after = pl.col("f_tier") * pl.col("f_long")
    return rows.with_columns(
        (pl.col("f_tier") * THOUSAND).alias("to_tier"),
        after.alias("to_long"),
        (after * pl.col("f_fast") // THOUSAND).alias("to_fast"),
        (after * pl.col("f_fast") // THOUSAND * pl.col("f_geo") // THOUSAND).alias("times"),
    )


def _ways(cut: Cut) -> tuple[pl.Expr, pl.Expr]:
    us = pl.lit(_GEO, pl.Int128)
    return (
        _when(cut, "speed", pl.col("speed") == "fast", pl.col("fast")).alias("f_fast"),
        _when(cut, "inference_geo", pl.col("inference_geo") == "us", us).alias("f_geo"),
    )


def _cost(price: str, times: pl.Expr | int) -> pl.Expr:
    """Return what a quantity costs, in units; a half rounds up, once a row of usage."""
    exact = pl.col("quantity") * pl.col(price) * times
    return (exact + _TIMES // 2) // _TIMES


def _valued(rows: pl.DataFrame) -> pl.DataFrame:
    whole = _cost("price", MILLION)
    tiered, long = _cost("price", pl.col("to_tier")), _cost("price", pl.col("to_long"))
    fast, all_ = _cost("price", pl.col("to_fast")), _cost("price", pl.col("times"))
    by_tier, short = tiered - whole, pl.col("f_long") == THOUSAND
    return rows.select(
        *KEY,
        "quantity",
        _cost("list_price", MILLION).alias("list"),
        whole.alias("computed"),
        pl.when("is_priority").then(by_tier).otherwise(0).alias("priority"),
        pl.when("is_priority").then(0).otherwise(by_tier).alias("batch"),
        (long - tiered).alias("long_context"),
        (fast - long).alias("fast"),
        (all_ - fast).alias("geography"),
        (all_ - _cost("list_price", pl.col("times"))).alias("contracted"),
        pl.when(short).then(_cost("price", pl.col("times") * (pl.col("stepped") - THOUSAND)
                                  // THOUSAND)).otherwise(0).alias("step"),
    )  # fmt: skip


def _surcharges(
    first_rows: pl.DataFrame, rows: pl.DataFrame, first: Cut, other: Cut, lacking: set[str]
) -> pl.DataFrame:
    """Return what fast mode and geography add, by a cut that knows them."""
    seen = Cut(other.kind, other.protocol, other.family, other.title, frozenset(lacking))
    keys = ["connection_id", "day", *sorted((first.dims & other.dims) - {"token_type"})]
    rows = rows.with_columns(*_ways(seen)).join(
        _usual(first_rows, keys), on=keys, how="left"
    ).with_columns(_based(first, other))  # fmt: skip
    rows = rows.with_columns((pl.col("base") * pl.col("f_fast") // THOUSAND).alias("to_fast"))
    rows = rows.with_columns((pl.col("to_fast") * pl.col("f_geo") // THOUSAND).alias("times"))
    before, fast, after = (_cost("price", pl.col(n)) for n in ("base", "to_fast", "times"))
    listed = _cost("list_price", pl.col("times")) - _cost("list_price", pl.col("base"))
    return rows.select(
        *KEY, (fast - before).alias("fast"), (after - fast).alias("geography"),
        (after - before - listed).alias("contracted"),
    )  # fmt: skip


def _usual(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return by keys what a token costs on average, in millionths of its standard price."""
    weight = (pl.col("quantity") * pl.col("times")).sum()
    return rows.group_by(keys).agg((weight // pl.col("quantity").sum()).alias("usual"))


def _based(first: Cut, other: Cut) -> pl.Expr:
    """Return what a token costs before speed and geography; fast mode is never batch."""
    usual = pl.col("usual").fill_null(MILLION)
    if "service_tier" not in first.dims or "context_window" not in other.dims:
        return usual.alias("base")
    long = pl.when(pl.col("context_window") == "200k-1M").then("long").otherwise(THOUSAND)
    alone = long.fill_null(THOUSAND) * THOUSAND
    if {"inference_geo"} <= first.dims & other.dims:
        us = pl.col("inference_geo") == "us"
        alone = pl.when(us).then(alone * _GEO // THOUSAND).otherwise(alone)
    return pl.when(pl.col("f_fast") > THOUSAND).then(alone).otherwise(usual).alias("base")
