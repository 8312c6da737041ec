"""The ledger's cost of a period in its finest lines, as every export begins."""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import polars as pl

from core.analysis.explore import ask
from core.analysis.query import NAMED, Query
from core.analysis.scope import connections
from core.errors import LedgerRefuses
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import DIMENSIONS, Kind, Protocol, primary

PROTOCOLS: tuple[Protocol, ...] = ("reports", "unified")

TEXTS = (
    "source", "connection", "protocol", "organization", "organization_name",
    *(c for d in DIMENSIONS for c in ((d, f"{d}_name") if d in NAMED else (d,))),
    "line",
)  # fmt: skip

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.Date,
    **dict.fromkeys(TEXTS, pl.String),
    "provisional": pl.Boolean,
    "amount": pl.Int64,
    "list_amount": pl.Int64,
    "tokens": pl.Int64,
}

_PRICED_BY_TOKENS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")


def cost_lines(book: Book, query: Query) -> pl.DataFrame:
    """Return every cost line of a question's period, filters, connections and basis.

    Columns of SCHEMA; amounts are units of 1e-8 cents and sum to the question's total, a null is
    what the report does not say. `tokens` stand only where one line alone holds a combination.
    `by` and `measure` of the question are not looked at. Raises what `ask` raises, and
    LedgerRefuses should the lines not sum to the total.
    """
    plain = replace(query, by=(), measure="cost")
    parts = [_lines(book, plain, c, p) for c in connections(book, plain) for p in PROTOCOLS]
    whole = pl.concat([pl.DataFrame(schema=SCHEMA), *parts])
    total = ask(book, plain).total
    if int(whole["amount"].sum()) != total:
        raise LedgerRefuses(
            "The lines to be exported do not add up to the total.",
            f"They differ by {int(whole['amount'].sum()) - total} units of 1e-8 cents.",
            "Nothing was written. Run `claude-spend doctor`, and report what it says.",
        )
    return whole.sort("day", "source", "connection", *DIMENSIONS, nulls_last=True)


def _lines(book: Book, plain: Query, connection: ConnectionRow, protocol: Protocol) -> pl.DataFrame:
    cut = primary(cast(Kind, connection.kind), protocol, "cost")
    dims = tuple(d for d in DIMENSIONS if d in cut.dims)
    # What `where` says of the protocol or of a connection still holds: both must match.
    asked = [v for name, v in plain.where if name == "protocol"]
    if asked and protocol not in asked:
        return pl.DataFrame(schema=SCHEMA)
    where = (*(p for p in plain.where if p[0] != "protocol"), ("protocol", protocol))
    base = replace(
        plain, by=("day", "organization", *dims), where=where, connections=(connection.name,)
    )
    view = ask(book, base)
    listed = ask(book, replace(base, measure="list_cost")).frame
    keys = ["day", "organization", *dims, "line"]
    frame = view.frame.rename({"value": "amount"}).join(
        listed.select(*keys, list_amount="value"), on=keys, how="left", nulls_equal=True
    )
    frame = _with_tokens(book, base, frame)
    since = view.provisional_from
    told = {"source": connection.kind, "connection": connection.name, "protocol": protocol}
    return frame.with_columns(
        *(pl.lit(text).alias(name) for name, text in told.items()),
        (pl.lit(value=False) if since is None else pl.col("day") >= since).alias("provisional"),
    ).select(_column(frame, name, kind) for name, kind in SCHEMA.items())


def _column(frame: pl.DataFrame, name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    made = {"source", "connection", "protocol", "provisional"}
    known = name in frame.columns or name in made
    return (pl.col(name) if known else pl.lit(None)).cast(kind).alias(name)


def _with_tokens(book: Book, base: Query, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the tokens of each line that nothing else shares them with."""
    shared = tuple(d for d in base.by if d not in {"cost_type", "description"})
    where = tuple(pair for pair in base.where if pair[0] not in {"cost_type", "description"})
    used = ask(book, replace(base, by=shared, where=where, measure="tokens")).frame
    alone = pl.len().over(*shared) == 1
    joined = frame.join(
        used.filter(pl.col("line").is_null()).select(*shared, tokens="value"),
        on=list(shared), how="left", nulls_equal=True,
    )  # fmt: skip
    priced = pl.col("operation").is_in(_PRICED_BY_TOKENS) & pl.col("line").is_null() & alone
    return joined.with_columns(pl.when(priced).then(pl.col("tokens")).alias("tokens"))


def totals(lines: pl.DataFrame) -> Iterator[tuple[str, int]]:
    """Yield each source and the sum of its lines, in units of 1e-8 cents."""
    sums = lines.group_by("source", maintain_order=True).agg(pl.col("amount").sum())
    yield from ((str(source), int(amount)) for source, amount in sums.iter_rows())
