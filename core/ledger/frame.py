"""The one shape that both sources become: a row is one amount for one UTC day and one series.

`COST` and `USAGE` frames hold a `day` (Date), the `cut` that a row belongs to, all `DIMENSIONS`
as text (`''` for null, so that equal rows have equal keys), and integers.
"""

import polars as pl

from core.ledger.cuts import DIMENSIONS, NOT_ATTRIBUTED

KEY: tuple[str, ...] = ("cut", *DIMENSIONS)
"""What identifies a series within a connection."""

COST_MEASURES = ("amount", "list_amount")
"""Units of 1e-8 cents. `list_amount` is null where the source does not give it."""

USAGE_MEASURES = ("tokens", "requests", "web_searches")

MEASURES: dict[str, tuple[str, ...]] = {"cost": COST_MEASURES, "usage": USAGE_MEASURES}

OPERATIONS: dict[str, str] = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
}
"""The API's `token_type` to the `operation` of the command line's contract."""

COST_OPERATIONS: dict[str, str] = {
    "web_search": "web_search",
    "code_execution": "code_execution",
    "session_usage": "session",
}
"""The API's `cost_type`, where it is not `tokens`, to the `operation`; others become `other`."""


def schema(family: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return the column types of a family's ledger frame."""
    return {
        "day": pl.Date,
        "cut": pl.String,
        **dict.fromkeys(DIMENSIONS, pl.String),
        **dict.fromkeys(MEASURES[family], pl.Int64),
    }


def empty(family: str) -> pl.DataFrame:
    """Return a ledger frame without rows."""
    return pl.DataFrame(schema=schema(family))


def conform(frame: pl.DataFrame, family: str, cut: str) -> pl.DataFrame:
    """Return a frame with every column of the family: absent or null dimensions become `''`."""
    absent = [pl.lit("").alias(name) for name in DIMENSIONS if name not in frame.columns]
    nulls = [pl.lit(None, pl.Int64).alias(m) for m in MEASURES[family] if m not in frame.columns]
    return frame.with_columns(*absent, *nulls, pl.lit(cut).alias("cut")).select(
        pl.col(name).cast(kind).fill_null("") if kind == pl.String else pl.col(name).cast(kind)
        for name, kind in schema(family).items()
    )


def combine(frame: pl.DataFrame, family: str) -> pl.DataFrame:
    """Return the frame with one row a day and series: equal keys are added, never overwritten.

    A measure that is null in every row of a key stays null.
    """
    sums = [
        pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m)
        for m in MEASURES[family]
    ]
    return frame.group_by("day", *KEY).agg(*sums).select(schema(family).keys())


def residual(name: str = NOT_ATTRIBUTED) -> list[pl.Expr]:
    """Return the dimension columns of a `not attributed` row."""
    return [pl.lit(name).alias(dim) for dim in DIMENSIONS]
