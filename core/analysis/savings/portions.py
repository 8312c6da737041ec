"""The bill in portions small enough for a lever: by key, way of asking, product and operation.

No report knows key, tier, product, geography and speed together, so a source's first answer is
split by its others, in whole units: every portion set sums to the bill. Where a day's cell of the
same workspace, model and operation has one value only, the split is exact; where it has several,
it is in proportion to their cost. Batch is never fast mode, which every split respects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from core.analysis.allocation import ALLOCATED
from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.savings.speeds import speed_weights
from core.analysis.scope import scope
from core.analysis.split import largest_remainder
from core.ledger.book import Book
from core.ledger.cuts import CUTS, Cut, Kind, Protocol

BATCHES = "message_batches_api"

KEYED = (
    "connection", "day", "workspace", "api_key", "product", "model", "operation", "service_tier",
    "context_window", "inference_geo",
)  # fmt: skip
PRODUCT = ("connection", "day", "workspace", "api_key", "product", "model", "operation")
SHAPED = (
    "connection", "day", "workspace", "product", "model", "operation", "context_window",
    "inference_geo", "speed",
)  # fmt: skip

COLUMNS = (
    "kind", "connection", "day", "workspace", "workspace_name", "api_key", "api_key_name",
    "product", "model", "operation", "service_tier", "context_window", "inference_geo", "speed",
    "line", "amount",
)  # fmt: skip
"""Text, null for what a source does not know or say; `line` as in a view; `amount` in units of
1e-8 cents (Int64); `day` a Date."""

_BY_NAME = {cut.name: cut for cut in (*CUTS, ALLOCATED)}


def portions(book: Book, query: Query) -> pl.DataFrame:
    """Return the costs that a query asks for as COLUMNS; `amount` sums to the query's total.

    The query's `by` is not looked at. Raises as `ask` does.
    """
    sources = dict.fromkeys((cut.kind, cut.protocol) for cut in scope(book, query).cuts)
    frames = [_source(book, query, kind, protocol) for kind, protocol in sources]
    return pl.concat([_nothing(), *frames])


def _nothing() -> pl.DataFrame:
    kinds = {"day": pl.Date, "amount": pl.Int64}
    return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in COLUMNS})


def _source(book: Book, query: Query, kind: Kind, protocol: Protocol) -> pl.DataFrame:
    mine = (*query.where, ("source", kind), ("protocol", protocol))
    rows, known = _asked(book, query, KEYED, mine)
    for by in (PRODUCT, SHAPED):
        weights, cut = _asked(book, query, by, mine)
        gained = [dim for dim in by if dim in cut - known]
        if gained and not rows.is_empty():
            keys = [dim for dim in by if dim in (known & cut) | {"connection", "day"}]
            rows = _split(rows, weights, keys, gained)
            known |= set(gained)
    if "speed" not in known and not rows.is_empty():
        mine_only = replace(query, where=mine)
        weights, keys = speed_weights(book, mine_only, rows.with_columns(_batch()), known)
        rows = _split(rows, weights, keys, ["speed"])
    return rows.with_columns(pl.lit(kind).alias("kind")).select(COLUMNS)


def _asked(
    book: Book, query: Query, by: Sequence[str], where: tuple[tuple[str, str | None], ...]
) -> tuple[pl.DataFrame, frozenset[str]]:
    """Return one source's answer, and which of the dimensions asked for its report knows."""
    view = ask(book, replace(query, by=tuple(by), where=where))
    known: frozenset[str] = frozenset().union(*(_cut(name).dims for name in view.cuts))
    dims = ("speed", "inference_geo", "service_tier", "context_window", "product")
    absent = [pl.lit(None, pl.String).alias(d) for d in dims if d not in view.frame.columns]
    return view.frame.with_columns(*absent).rename({"value": "amount"}), known & set(by)


def _cut(name: str) -> Cut:
    return _BY_NAME[name]


def _split(
    rows: pl.DataFrame, weights: pl.DataFrame, keys: list[str], gained: list[str]
) -> pl.DataFrame:
    """Return the rows divided by the gained dimensions, which stay null where nothing is known."""
    rows = rows.with_row_index("group").with_columns(_batch())
    told = weights.filter(pl.col("line").is_null() | (pl.col("line") != "not attributed"))
    sums = told.group_by(*keys, *gained).agg(pl.col("amount").sum().alias("weight"))
    wanted = rows.filter(pl.col("line").is_null() | (pl.col("line") != "not attributed"))
    found = pl.concat(_weighed(wanted, sums, keys, gained)).filter(pl.col("weight") > 0)
    found = found.with_row_index("place")
    bare = found.select("place", "group", "amount", "weight", _tie(gained))
    parts = largest_remainder(bare, "tie").select("place", "part")
    split = found.join(parts, on="place").with_columns(pl.col("part").alias("amount"))
    rest = rows.join(found.select("group").unique(), on="group", how="anti")
    split = split.select(*rows.columns)
    return pl.concat([split, rest]).filter(pl.col("amount") != 0).drop("group", "batch")


def is_batch() -> pl.Expr:
    """Return whether a portion came through the Batch API, by its tier or its product."""
    tier, product = pl.col("service_tier") == "batch", pl.col("product") == BATCHES
    return tier.fill_null(value=False) | product.fill_null(value=False)


def _batch() -> pl.Expr:
    return is_batch().alias("batch")


def _tie(gained: list[str]) -> pl.Expr:
    return pl.concat_str([pl.col(d).fill_null("") for d in gained], separator="\0").alias("tie")


def _weighed(
    rows: pl.DataFrame, sums: pl.DataFrame, keys: list[str], gained: list[str]
) -> Iterator[pl.DataFrame]:
    """Yield the rows beside every value that they may have, batch and all others apart."""
    bare = rows.drop(gained)
    batch, others = bare.filter("batch"), bare.filter(~pl.col("batch"))
    if "product" in gained:
        only = [pl.lit(BATCHES if d == "product" else None, pl.String).alias(d) for d in gained]
        yield _shaped(batch.with_columns(*only, pl.lit(1, pl.Int64).alias("weight")), rows)
        sums = sums.filter(pl.col("product").ne_missing(BATCHES))
    else:
        slow = sums.filter(pl.col("speed").ne_missing("fast"))
        yield _shaped(batch.join(slow, on=keys, nulls_equal=True), rows)
        sums = _without(sums, batch, keys)
    yield _shaped(others.join(sums, on=keys, nulls_equal=True), rows)


def _without(sums: pl.DataFrame, batch: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the weights with a cell's batch cost taken off what is not fast."""
    taken = batch.group_by(keys).agg(pl.col("amount").sum().cast(pl.Int128).alias("taken"))
    joined = sums.join(taken, on=keys, how="left", nulls_equal=True)
    weight = pl.col("weight").cast(pl.Int128)
    slow = pl.col("speed").ne_missing("fast")
    whole = weight.filter(slow).sum().over(keys)
    left = (whole - pl.col("taken").fill_null(0)).clip(0)
    reduced = pl.when(slow & (whole > 0)).then(weight * left // whole).otherwise(weight)
    return joined.with_columns(reduced.cast(pl.Int64).alias("weight")).drop("taken")


def _shaped(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return frame.select(*rows.columns, "weight")
