"""Make a cut complete: what its rows leave out of the source's own total becomes a row by name.

Left out are: groups beyond the Enterprise reports' cap of 100 a bucket, cost of no user, and the
dust of rounding. The difference is exact, in integers, and may be negative.
"""

from collections.abc import Sequence

import polars as pl

from core.ledger.cuts import DIMENSIONS, NOT_ATTRIBUTED, Family
from core.ledger.frame import MEASURES, combine, conform
from core.money import UNITS_PER_CENT

_MATCH: dict[Family, tuple[str, ...]] = {
    "cost": ("day",),
    "usage": ("day", "operation", "token_type"),
}
"""How finely a source's total is known: money by day, tokens by day and type."""


def complete(rows: pl.DataFrame, control: pl.DataFrame, family: Family, cut: str) -> pl.DataFrame:
    """Return one cut's ledger frame, combined, with the rows that complete it to `control`.

    `rows` has a `day`, dimensions and the family's measures; `control` has `day` (usage: also
    `operation` and `token_type`) and the measures of the source's ungrouped answer.
    """
    mine = combine(conform(rows, family, cut), family)
    keys, measures = _MATCH[family], MEASURES[family]
    parts = mine.group_by(keys).agg(pl.col(m).sum().alias(f"{m}_parts") for m in measures)
    known = conform(control, family, cut).group_by(keys).agg(_sum_or_null(m) for m in measures)
    both = known.join(parts, on=keys, how="full", coalesce=True)
    # A measure that the source's total does not state cannot be completed: it stays null.
    left = both.select(
        *keys,
        *((pl.col(m) - pl.col(f"{m}_parts").fill_null(0)).alias(m) for m in measures),
    )
    # Days without a total were not answered; they are left out by the caller, not completed.
    rest = left.filter(pl.any_horizontal(pl.col(m).fill_null(0) != 0 for m in measures))
    named = [pl.lit(NOT_ATTRIBUTED).alias(d) for d in DIMENSIONS if d not in keys]
    return pl.concat([mine, conform(rest.with_columns(named), family, cut)])


def not_attributed(frame: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return `day` and `not_attributed`: the completing rows' sum of a measure."""
    rest = frame.filter(pl.col("workspace") == NOT_ATTRIBUTED)
    return rest.group_by("day").agg(pl.col(measure).sum().alias("not_attributed"))


def exceeded(frame: pl.DataFrame, family: Family) -> pl.DataFrame:
    """Return `day` and `amount` or `tokens`: how far a day's groups exceed its total.

    Less than a cent of money is the dust of rounding; tokens have none.
    """
    lead, least = MEASURES[family][0], {"cost": UNITS_PER_CENT, "usage": 1}[family]
    rest = frame.filter(pl.col("workspace") == NOT_ATTRIBUTED)
    over = rest.group_by("day").agg(-pl.col(lead).sum())
    return over.filter(pl.col(lead) >= least).sort("day")


def beyond_users(
    cells: pl.DataFrame, users: pl.DataFrame, family: Family, dims: Sequence[str]
) -> pl.DataFrame:
    """Return what the organization's cells hold beyond their users' rows, as rows of no user.

    A cell is a day and all `dims`. Where users add up to more than their cell (it was cut off by
    the cap, or restated in between), no row comes out: the completing row settles it.
    """
    keys, measures = ["day", *dims], MEASURES[family]
    lead = measures[0]
    null_safe = [pl.col(d).fill_null("") for d in dims]
    total = cells.with_columns(null_safe).group_by(keys).agg(_sum_or_null(m) for m in measures)
    mine = (
        users.with_columns(null_safe)
        .group_by(keys)
        .agg(pl.col(m).sum().alias(f"{m}_users") for m in measures)
    )
    joined = total.join(mine, on=keys, how="left").with_columns(
        (pl.col(m) - pl.col(f"{m}_users").fill_null(0)).alias(m) for m in measures
    )
    some = pl.any_horizontal(pl.col(m).fill_null(0) != 0 for m in measures)
    return joined.filter(some & (pl.col(lead).fill_null(0) >= 0)).select(*keys, *measures)


def _sum_or_null(measure: str) -> pl.Expr:
    known = pl.col(measure).is_not_null().any()
    return pl.when(known).then(pl.col(measure).sum()).alias(measure)
