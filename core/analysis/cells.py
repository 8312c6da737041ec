"""Cells: a day with one value of each of a few dimensions, and rows that lie in some of them."""

from dataclasses import dataclass

import polars as pl

from core.ledger.cuts import Cut


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Some cells of a day and `dims`.

    `frame` has `day`, the dimensions (text) and `chosen` (Boolean). Each cell stands there once.
    """

    dims: tuple[str, ...]
    frame: pl.DataFrame

    def hold(self, cut: Cut) -> pl.Expr:
        """Return the predicate on a cut's rows that lie in a chosen cell.

        Where the cut knows fewer dimensions, what it cannot tell apart must all be chosen.
        """
        known = [d for d in self.dims if d in cut.dims]
        whole = self.frame.group_by("day", *known).agg(pl.col("chosen").all()).filter("chosen")
        keys = whole.select(key(known).alias("key"))["key"]
        return key(known).is_in(keys.implode())


def text(dim: str) -> pl.Expr:
    """Return a dimension as text, with one word for what a report does not say."""
    return pl.col(dim).cast(pl.String).replace("not_available", "").alias(dim)


def key(dims: list[str]) -> pl.Expr:
    """Return a row's cell as one value."""
    return pl.struct("day", *(text(d) for d in dims))
