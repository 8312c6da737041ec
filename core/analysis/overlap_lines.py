"""The overlap line by line: each amount in one class, decided by one rule.

An amount that stands in two books is one line of class `both`: what is excluded on one side. What
its other side reports beyond that is a line of its own, so that the lines sum to `counted_once`
and those of class `both` to `counted_twice`.
"""

from dataclasses import dataclass, replace

import polars as pl

from core.analysis import identity
from core.analysis.explore import ask
from core.analysis.labels import labelled
from core.analysis.overlap import CLASSES, RULES, Totals, classify, totals
from core.analysis.query import Query, View
from core.errors import LedgerRefuses
from core.ledger.book import Book

DIMS = ("workspace", "product")
"""The dimensions that a line names, where its report knows them."""

DIFFERS = "differs"
"""The rule of what one of two books reports beyond the other."""

REASONS = {name: why for name, (_, why) in RULES.items()} | {
    DIFFERS: "Both sides report this usage, but not the same amounts: one has been revised and the "
    "other not yet, or its report was cut off. Syncing both usually settles it.",
}
"""Each rule's reason in the user's words."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Both sides' totals and their lines.

    `lines`: `class`, `rule`, `why`, `source`, `connection`, `other` (the connection on whose side
    the amount is counted, or with which it was compared; null for none), `workspace`,
    `workspace_name`, `product`, `line`, `value` (Int64). `unmatched` is the sum of that class.
    """

    totals: Totals
    lines: pl.DataFrame
    unmatched: int
    view: View
    """The total counted once, with its sources and what is provisional of it."""

    def shared(self, source: str) -> int:
        """Return how much of a source's own total stands in another book, too."""
        own = self.lines.filter(pl.col("source") == source, pl.col("class") != "both")
        whole = self.totals.platform if source == "platform" else self.totals.enterprise
        return whole - int(own["value"].sum())


def overlap(book: Book, query: Query) -> Overlap:
    """Return what two books hold of a question's days and filters, with the rule of every line.

    `by` and `basis` of the question are not looked at. Raises what `ask` raises, and LedgerRefuses
    should the lines not sum to the totals.
    """
    plain = replace(query, by=(), basis="reported")
    sums = totals(book, plain)
    lines = _lines(book, plain)
    value = {name: int(lines.filter(pl.col("class") == name)["value"].sum()) for name in CLASSES}
    if (value["both"], sum(value.values())) != (sums.counted_twice, sums.counted_once):
        raise LedgerRefuses(
            "The lines of the overlap do not add up to its totals.",
            f"They sum to {sum(value.values())}, of which {value['both']} twice; the totals are "
            f"{sums.counted_once} and {sums.counted_twice} (units of 1e-8 cents).",
            "Run `claude-spend doctor`, and report what it says.",
        )
    once = ask(book, replace(plain, basis="counted_once"))
    return Overlap(sums, lines, value["unmatched"], once)


def _lines(book: Book, plain: Query) -> pl.DataFrame:
    rows = classify(book, plain)
    if rows.is_empty():
        rows = pl.DataFrame(schema=_SCHEMA)
    absent = [pl.lit(None, pl.String).alias(d) for d in DIMS if d not in rows.columns]
    rows = _mirrored(book, plain, rows.with_columns(absent))
    keys = ["class", "rule", "connection_id", "partner_id", *DIMS]
    single = rows.filter(~pl.col("mirror")).select(*keys, "value")
    whole = pl.concat([single, _differences(rows).select(*keys, "value")])
    summed = whole.group_by(keys).agg(pl.col("value").sum())
    return _told(book, summed.filter((pl.col("value") != 0) | (pl.col("class") == "both")))


_SCHEMA = {
    "day": pl.Date, "connection_id": pl.Int64, "class": pl.String, "rule": pl.String,
    "partner_id": pl.Int64, "counted": pl.Boolean, "value": pl.Int64,
}  # fmt: skip


def _mirrored(book: Book, plain: Query, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `mirror`: rows that are counted and that another connection holds, too."""
    mirror = pl.col("counted") & (pl.col("class") == "both")
    copy = pl.lit(None, pl.Int64)
    for proof in identity.proofs(book, plain.family):
        if proof.rule == "same_books":
            there = identity.presence(book, plain.family)[proof.connection_id]
            days = pl.col("day").is_in(sorted(there))
            kept = (pl.col("connection_id") == proof.partner_id) & pl.col("counted") & days
            copy = pl.when(kept & ~mirror).then(proof.connection_id).otherwise(copy)
    return rows.with_columns(
        pl.coalesce(copy, "partner_id").cast(pl.Int64).alias("partner_id"),
        (mirror | copy.is_not_null()).alias("mirror"),
    )


def _differences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return, for each pair and day whose two sides differ, what the counted side has beyond."""
    kept = rows.filter("mirror").select(
        "day", "connection_id", "partner_id", pl.col("value").cast(pl.Int64)
    )
    gone = rows.filter(~pl.col("counted")).select(
        "day",
        pl.col("partner_id").alias("connection_id"),
        pl.col("connection_id").cast(pl.Int64).alias("partner_id"),
        -pl.col("value"),
    )
    pairs = ["connection_id", "partner_id"]
    days = pl.concat([kept.cast({"connection_id": pl.Int64}), gone]).group_by("day", *pairs)
    return days.agg(pl.col("value").sum()).select(
        pl.lit("unmatched").alias("class"),
        pl.lit(DIFFERS).alias("rule"),
        pl.col("connection_id").cast(rows.schema["connection_id"]),
        "partner_id",
        *(pl.lit(None, pl.String).alias(d) for d in DIMS),
        "value",
    )


def _told(book: Book, lines: pl.DataFrame) -> pl.DataFrame:
    """Put names in place of numbers, reasons beside rules, and the largest first."""
    names = {c.id: c.name for c in book.connections}
    kinds = {c.id: c.kind for c in book.connections}
    text = lines.with_columns(pl.col(d).fill_null("") for d in DIMS)
    return (
        labelled(book, text, DIMS)
        .with_columns(
            pl.col("rule").replace_strict(REASONS, return_dtype=pl.String).alias("why"),
            pl.col("connection_id").replace_strict(kinds, return_dtype=pl.String).alias("source"),
            pl.col("connection_id")
            .replace_strict(names, return_dtype=pl.String)
            .alias("connection"),
            pl.col("partner_id").replace_strict(names, return_dtype=pl.String).alias("other"),
        )
        .select(
            "class", "rule", "why", "source", "connection", "other", "workspace",
            "workspace_name", "product", "line", "value",
        )
        .sort(
            pl.col("class").replace_strict({c: n for n, c in enumerate(CLASSES)}),
            pl.col("value").abs(), "rule", "connection", "workspace", "product",
            descending=[False, True, False, False, False, False], nulls_last=True,
        )
    )  # fmt: skip
