"""Computed against billed: the difference split into named parts that sum to it, to the last unit.

Every connection is compared within its own books: its usage at the price book's prices against
its costs, by day, model and operation. What has a name is named; only the rest is unexplained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from core.analysis import counting
from core.analysis.coverage import FAMILIES, day_states, last_fetch
from core.analysis.query import Query
from core.analysis.reconcile.checks import checks
from core.analysis.reconcile.listprices import Edition, edition
from core.analysis.reconcile.metered import KEY, metered
from core.analysis.scope import connections
from core.calendar import Span
from core.errors import AmountRefused, Finding
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import CUTS, NOT_ATTRIBUTED, PRIMARY, Cut
from core.ledger.prices import PRICED, ContractPrice
from core.money import LARGEST

PARTS: dict[str, str] = {
    "priority": "Priority Tier",
    "batch": "Batch",
    "long_context": "Long context",
    "fast": "Fast mode",
    "geography": "US inference",
    "discount": "Discount",
    "other_charges": "Charges without tokens",
    "unpriced": "Models without a price",
    "not_attributed": "Not attributed",
    "not_billed": "Usage without cost",
    "not_final": "Not final",
    "unexplained": "Unexplained",
}
"""The parts of billed - computed, in the order of the walk, and their titles."""

WHY: dict[str, str] = {
    "priority": "Capacity bought in advance: tokens are reported, cost is not.",
    "batch": "The Batch API costs half.",
    "long_context": "Prompts beyond the step from which a model costs more.",
    "fast": "Fast mode costs more; by the reports that know the speed.",
    "geography": "Inference in the US only costs a tenth more.",
    "discount": "What Anthropic took off its list price, beyond your contract prices.",
    "other_charges": "Code execution, sessions and others, billed by time.",
    "unpriced": "Neither the price list nor a contract price knows the model.",
    "not_attributed": "What completes the reports to the source's own total.",
    "not_billed": "Refused requests, for instance: tokens on a billed day that cost nothing.",
    "not_final": "Differences on days that are missing, partial, or may still be revised.",
    "unexplained": "What none of these explains.",
}

AMOUNTS = ("list", "computed", *PARTS, "billed")


@dataclass(frozen=True)
class Comparison:
    """Computed against billed over some days.

    `frame`: `connection` (name), `day`, `model`, `operation` (text), `quantity`, AMOUNTS (Int64,
    units of 1e-8 cents) and `final`; in every row `computed` and PARTS sum to `billed`. `totals`
    are its sums. `gross` adds the unexplained of all rows without their signs.
    """

    span: Span
    frame: pl.DataFrame
    totals: dict[str, int]
    gross: int
    prices: Edition
    findings: list[Finding] = field(default_factory=list)

    @property
    def explained(self) -> int:
        """Return the share of the bill that is explained, in hundredths of a percent."""
        whole = abs(self.totals["billed"]) or 1
        return max(0, (whole - min(self.gross, whole)) * 10_000 // whole)


def compare(
    book: Book,
    span: Span,
    prices: Sequence[ContractPrice] = (),
    *,
    names: tuple[str, ...] = (),
    basis: str = "counted_once",
) -> Comparison:
    """Return usage at the price book's prices against costs, of all connections or those named.

    Raises UnknownName for a connection nobody set up, AmountRefused where a sum leaves 64 bits.
    """
    rows = connections(book, Query((), "cost", span, (), names, basis))
    ids = [c.id for c in rows]
    costs, usage = _costs(book, ids, span, basis), metered(book, ids, span, prices, basis)
    joined = costs.join(usage, on=KEY, how="full", coalesce=True, nulls_equal=True)
    frame = _named(book, _parts(joined, _days(book, span, rows)))
    totals = {name: int(str(frame[name].sum())) for name in AMOUNTS}
    gross = int(str(frame["unexplained"].abs().sum()))
    return Comparison(span, frame, totals, gross, edition(), checks(frame, prices))


def _costs(book: Book, ids: Sequence[int], span: Span, basis: str) -> pl.DataFrame:
    """Return the costs by KEY: `billed`, and where list prices are told, `off` the list price."""
    frames = [
        _cut(book, cut, ids, span, basis)
        for cut in CUTS
        if cut.family == "cost" and cut.name in PRIMARY
    ]
    amount, listed = pl.col("amount"), pl.col("list_amount")
    known = listed.is_not_null()
    return pl.concat(frames).group_by(KEY).agg(
        amount.sum().alias("billed"),
        (amount - listed).sum().alias("off"),
        known.any().alias("told"),
    )  # fmt: skip


def _cut(book: Book, cut: Cut, ids: Sequence[int], span: Span, basis: str) -> pl.DataFrame:
    double = None if basis == "reported" else counting.double(book, cut)
    dims = {"model", "operation", *(counting.telling(book, cut) if double is not None else ())}
    rows = book.rows("cost", [cut.name], dims, span)
    mine = pl.col("connection_id").is_in(list(ids))
    kept = rows.filter(mine if double is None else mine & ~double)
    model = pl.when(pl.col("operation") == "web_search").then(pl.lit(""))
    return kept.select(
        "connection_id", "day",
        model.otherwise(pl.col("model").cast(pl.String)).alias("model"),
        pl.col("operation").cast(pl.String),
        pl.col("amount", "list_amount").cast(pl.Int128),
    )  # fmt: skip


def _days(book: Book, span: Span, rows: Sequence[ConnectionRow]) -> pl.DataFrame:
    """Return by connection and day whether both reports are final, and whether costs are there."""
    states = pl.concat([day_states(book, span, f, rows, last_fetch(book)) for f in FAMILIES])
    costs = (pl.col("family") == "cost") & pl.col("present").fill_null(value=False)
    return states.group_by("connection_id", "day").agg(
        pl.col("final").all(), costs.any().alias("billed_day")
    )


def _parts(joined: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with every part; the residual of each goes to one of the last six."""
    absent = [pl.col(n).fill_null(0) for n in ("quantity", "list", "computed", *_USAGE, "off")]
    frame = joined.join(days, on=["connection_id", "day"], how="left").with_columns(
        *absent,
        pl.col("billed").fill_null(0),
        pl.col("billed").is_not_null().alias("has_cost"),
        pl.col("computed").is_not_null().alias("priced"),
        pl.col("told").fill_null(value=False),
    )
    frame = frame.with_columns(
        pl.when("told").then(pl.col("off") - pl.col("contracted")).otherwise(0).alias("discount")
    )
    rest = pl.col("billed") - pl.sum_horizontal("computed", *_MODES, "discount")
    frame = frame.with_columns(rest.alias("rest")).with_columns(_stepped().alias("stepped"))
    frame = frame.with_columns(
        pl.col("long_context") + pl.col("stepped"),
        pl.col("rest") - pl.col("stepped"),
        _where().alias("where"),
    )
    return frame.with_columns(
        pl.when(pl.col("where") == name).then("rest").otherwise(0).alias(name) for name in _RESTS
    )


_MODES = ("priority", "batch", "long_context", "fast", "geography")
_USAGE = (*_MODES, "contracted", "step")
_RESTS = tuple(PARTS)[6:]


def _stepped() -> pl.Expr:
    """Return how much of the rest a price step explains that no report shows."""
    return pl.col("rest").clip(0, pl.col("step").clip(0))


def _where() -> pl.Expr:
    """Return the name of what a row's residual is."""
    usage, name = pl.col("quantity") > 0, pl.lit
    return (
        pl.when(pl.col("model") == NOT_ATTRIBUTED).then(name("not_attributed"))
        .when(~pl.col("operation").is_in(PRICED)).then(name("other_charges"))
        .when(usage & ~pl.col("priced")).then(name("unpriced"))
        .when(~pl.col("billed_day")).then(name("not_final"))
        .when(usage & ~pl.col("has_cost")).then(name("not_billed"))
        .when(~pl.col("final")).then(name("not_final"))
        .otherwise(name("unexplained"))
    )  # fmt: skip


def _named(book: Book, frame: pl.DataFrame) -> pl.DataFrame:
    names = {c.id: c.name for c in book.connections}
    columns = ("quantity", *AMOUNTS, "contracted")
    sizes = frame.select(pl.col(n).abs().sum() for n in columns).row(0)
    if any(int(str(size or 0)) > LARGEST for size in sizes):
        raise AmountRefused(
            "The figures of this comparison are too large to add.",
            "Together they exceed 922 million dollars, or 9.2 quintillion tokens.",
            "Ask for a shorter period.",
        )
    return frame.select(
        pl.col("connection_id").replace_strict(names, return_dtype=pl.String).alias("connection"),
        "day", "model", "operation",
        *(pl.col(n).cast(pl.Int64) for n in columns),
        "final", "told",
        (pl.col("priced") & pl.col("has_cost")).alias("both"),
    ).sort("connection", "day", "model", "operation")  # fmt: skip
