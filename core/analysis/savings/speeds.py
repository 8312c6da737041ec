"""Fast mode where a bill does not tell it: by the usage report, at what fast mode costs."""

from dataclasses import replace

import polars as pl

from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.reconcile.listprices import THOUSAND, list_price
from core.ledger.book import Book
from core.ledger.cuts import CUTS

SEEN = (
    "connection", "day", "workspace", "model", "operation", "context_window", "inference_geo",
    "speed",
)  # fmt: skip

_BY_NAME = {cut.name: cut for cut in CUTS}


def speed_weights(
    book: Book, query: Query, rows: pl.DataFrame, known: frozenset[str]
) -> tuple[pl.DataFrame, list[str]]:
    """Return what each cell of a bill cost by speed, and the dimensions that make a cell.

    `rows` are the bill's (`amount`, `batch`), of which it knows the dimensions `known`; `query` is
    about its source alone. The frame has the cell's dimensions, `speed`, `line` and `amount`; it
    is empty where no usage report tells the speed.
    """
    view = ask(book, replace(query, by=SEEN, measure="tokens"))
    seen: frozenset[str] = frozenset().union(*(_BY_NAME[name].dims for name in view.cuts))
    keys = [d for d in SEEN if d in known & seen or d in ("connection", "day")]
    told = view.frame.filter(pl.col("speed").is_not_null(), pl.col("model").is_not_null())
    weighed = told.with_columns(_value(told)).group_by(*keys).agg(
        pl.col("weight").filter(pl.col("speed") == "fast").sum().alias("fast"),
        pl.col("weight").sum().alias("all"),
    )  # fmt: skip
    return _by_speed(_cells(rows, keys).join(weighed, on=keys, nulls_equal=True), keys), keys


def _value(told: pl.DataFrame) -> pl.Expr:
    """Return tokens times what their speed multiplies the price with."""
    asked = told.select("model", "operation", "day", "speed").iter_rows()
    factors = pl.Series(
        [
            found.fast if speed == "fast" and (found := list_price(model, operation or "", day))
            else THOUSAND
            for model, operation, day, speed in asked
        ],
        dtype=pl.Int128,
    )  # fmt: skip
    return (pl.col("value").cast(pl.Int128) * factors).alias("weight")


def _cells(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    amount = pl.col("amount").cast(pl.Int128)
    return rows.group_by(keys).agg(
        amount.sum().alias("cost"),
        # Batch costs half, so at standard price a cell is worth its batch cost once more.
        (amount.sum() + amount.filter(pl.col("batch")).sum()).alias("worth"),
    )


def _by_speed(cells: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return a row a cell and speed; together they are the cell's cost."""
    held = cells.filter(pl.col("all") > 0, pl.col("cost") > 0)
    fast = (pl.col("worth") * pl.col("fast") // pl.col("all")).clip(0, pl.col("cost"))
    parts = [("fast", fast), ("standard", pl.col("cost") - fast)]
    return pl.concat(
        held.select(
            *keys,
            pl.lit(speed).alias("speed"),
            pl.lit(None, pl.String).alias("line"),
            amount.cast(pl.Int64).alias("amount"),
        )
        for speed, amount in parts
    )
