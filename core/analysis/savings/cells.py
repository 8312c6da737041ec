"""The bill as cells: equal portions of all days with the same prices, and the line of each."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import polars as pl

from core.analysis.savings.portions import is_batch
from core.analysis.savings.rates import TOKENS, Rates, State

LINES: dict[str, str] = {
    "api": "API usage by key",
    "no_key": "API usage without a key",
    "apps": "Claude products",
    "charges": "Charges without tokens",
    "unpriced": "No published price",
    "not_attributed": "Not attributed",
    "seats": "Seat fees, as entered",
}
"""The lines of the bill and their titles; together they are all of it."""

WHY: dict[str, str] = {
    "api": "Messages API: every lever reaches it.",
    "no_key": "No report names its key: no swap by key reaches it.",
    "apps": "Chat, Claude Code and others: batch and cache are not yours.",
    "charges": "Web search, code execution and sessions: no lever changes their price.",
    "unpriced": "Neither price list nor contract knows the model, tier or speed.",
    "not_attributed": "What completes the reports to the source's own total.",
    "seats": "Not in any API: members times the price that you entered.",
}


class Cell(NamedTuple):
    """Portions of equal price: `amount` in units of 1e-8 cents, and all that levers look at.

    `state` is None where no lever can reach. `open`: its tier may become batch.
    """

    amount: int
    line: str
    state: State | None
    epoch: date
    open: bool
    workspace: str | None
    workspace_name: str | None
    api_key: str | None
    api_key_name: str | None
    product: str | None

    @property
    def api(self) -> bool:
        """Say whether the usage is of the API itself, where requests are one's own to shape."""
        return self.line in ("api", "no_key")


_DIMS = (
    "line", "epoch", "workspace", "workspace_name", "api_key", "api_key_name", "product", "model",
    "operation", "open", "batch", "fast", "us", "long",
)  # fmt: skip


def cells(portions: pl.DataFrame, rates: Rates) -> list[Cell]:
    """Return portions as cells, the largest first; their amounts sum to the portions'."""
    tier = pl.col("service_tier")
    shaped = portions.with_columns(
        pl.col("day").replace_strict(rates.epochs, return_dtype=pl.Date).alias("epoch"),
        is_batch().alias("batch"),
        (pl.col("speed") == "fast").fill_null(value=False).alias("fast"),
        (pl.col("inference_geo") == "us").fill_null(value=False).alias("us"),
        (pl.col("context_window") == "200k-1M").fill_null(value=False).alias("long"),
        (tier.is_null() | (tier == "standard")).alias("open"),
        _line().alias("line"),
    )
    summed = shaped.group_by(_DIMS).agg(pl.col("amount").sum())
    ordered = summed.sort("amount", *_DIMS, descending=[True, *(False for _ in _DIMS)])
    return list(_cells(ordered, rates))


def _line() -> pl.Expr:
    """Return the line of a portion, before prices are looked at."""
    tier, product = pl.col("service_tier"), pl.col("product")
    unknown = product.is_null() & (pl.col("kind") == "platform")
    ours = product.is_in(["messages_api", "message_batches_api"]).fill_null(value=False) | unknown
    named = pl.col("api_key").is_not_null()
    line = pl.lit
    return (
        pl.when(pl.col("line") == "not attributed").then(line("not_attributed"))
        .when(~pl.col("operation").is_in(TOKENS).fill_null(value=False)).then(line("charges"))
        .when(pl.col("model").is_null()).then(line("unpriced"))
        .when(tier.is_not_null() & ~tier.is_in(["standard", "batch"])).then(line("unpriced"))
        .when(ours & named).then(line("api"))
        .when(ours).then(line("no_key"))
        .otherwise(line("apps"))
    )  # fmt: skip


def _cells(frame: pl.DataFrame, rates: Rates) -> Iterator[Cell]:
    for row in frame.iter_rows(named=True):
        line, state = row["line"], None
        if line in ("api", "no_key", "apps"):
            state = State(*(row[name] for name in State._fields[:-1]))
            if rates.rate(state, row["epoch"]) is None:
                line, state = "unpriced", None
        places = (row[name] for name in Cell._fields[5:])
        yield Cell(row["amount"], line, state, row["epoch"], row["open"], *places)
