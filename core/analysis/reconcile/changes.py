"""What changed since somebody looked: the restatement log, summed by day or by a dimension."""

import polars as pl

from core.analysis.labels import labelled
from core.ledger.book import Book

DIMS = ("model", "workspace", "product", "user", "operation", "service_tier")
"""What the changes can be divided by; a report that does not know one has no value there."""

SUMS = ("rows", "before", "after", "delta")


def by_day(book: Book, changes: pl.DataFrame) -> pl.DataFrame:
    """Return the changes by `day` and `connection` (name): `rows` and sums in units of 1e-8 cents.

    `changes` is `core.ledger.restatements.log`.
    """
    return _summed(_connected(book, changes), ["day", "connection"])


def by_dimension(book: Book, changes: pl.DataFrame, dim: str) -> pl.DataFrame:
    """Return the changes by a dimension and `connection`, the largest first.

    `label` names the value: its name, else its id, else why there is none.
    """
    named = labelled(book, _connected(book, changes), (dim,))
    columns = [c for c in (f"{dim}_name", dim, "line") if c in named.columns]
    label = pl.coalesce(pl.col(c).cast(pl.String) for c in columns).fill_null("none")
    found = _summed(named.with_columns(label.alias("label")), ["label", "connection"])
    return found.sort(pl.col("delta").abs(), "label", descending=[True, False])


def _connected(book: Book, changes: pl.DataFrame) -> pl.DataFrame:
    names = {c.id: c.name for c in book.connections}
    name = pl.col("connection_id").replace_strict(names, default="", return_dtype=pl.String)
    return changes.with_columns(name.alias("connection"))


def _summed(changes: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    sums = [pl.col(name).fill_null(0).sum().alias(name) for name in SUMS[1:]]
    return changes.group_by(by).agg(pl.len().alias("rows"), *sums).sort(by)
