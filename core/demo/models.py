"""Which model a stream runs on which day: launches, and how long each team takes to move."""

from datetime import date

import polars as pl

_RAMP_DAYS = 12.0

LAUNCHES: dict[str, tuple[tuple[date, str], ...]] = {
    "frontier": (
        (date(2024, 1, 1), "claude-opus-4-1-20250805"),
        (date(2025, 11, 24), "claude-opus-4-5-20251101"),
        (date(2026, 2, 5), "claude-opus-4-6"),
        (date(2026, 6, 2), "claude-fable-5"),
        (date(2026, 9, 1), "claude-fable-5-1"),
        (date(2026, 11, 9), "claude-fable-5-2"),
    ),
    "large": (
        (date(2024, 1, 1), "claude-opus-4-1-20250805"),
        (date(2025, 11, 24), "claude-opus-4-5-20251101"),
        (date(2026, 2, 5), "claude-opus-4-6"),
        (date(2026, 4, 16), "claude-opus-4-7"),
        (date(2026, 6, 11), "claude-opus-4-8"),
        (date(2026, 7, 28), "claude-opus-5"),
        (date(2026, 9, 22), "claude-opus-5-5"),
    ),
    "mid": (
        (date(2024, 1, 1), "claude-sonnet-4-20250514"),
        (date(2025, 9, 29), "claude-sonnet-4-5-20250929"),
        (date(2026, 2, 17), "claude-sonnet-4-6"),
        (date(2026, 6, 30), "claude-sonnet-5"),
        (date(2026, 9, 28), "claude-sonnet-5-5"),
    ),
    "small": (
        (date(2024, 1, 1), "claude-3-5-haiku-20241022"),
        (date(2025, 10, 1), "claude-haiku-4-5-20251001"),
        (date(2026, 10, 7), "claude-haiku-5-5"),
    ),
    "pinned": (
        (date(2024, 1, 1), "claude-sonnet-4-5-20250929"),
        (date(2026, 11, 18), "claude-sonnet-5-5"),
    ),
}
"""What a stream asks for, and the models that answered, each from its launch on."""

LONG_CONTEXT = frozenset(
    {"claude-sonnet-4-5-20250929", "claude-sonnet-4-6", "claude-opus-4-6", "claude-opus-4-7"}
    | {"claude-opus-4-8", "claude-opus-5", "claude-opus-5-5", "claude-sonnet-5"}
    | {"claude-sonnet-5-5", "claude-fable-5", "claude-fable-5-1", "claude-fable-5-2"}
)
FAST = frozenset({"claude-opus-4-8", "claude-opus-5", "claude-opus-5-5", "claude-fable-5-2"})
NO_GEO = frozenset(
    {"claude-opus-4-1-20250805", "claude-opus-4-5-20251101", "claude-sonnet-4-20250514"}
    | {"claude-3-5-haiku-20241022"}
    | {"claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"}
)
"""Models before 4.6 do not record where they ran."""


def _steps() -> pl.DataFrame:
    rows = [
        (role, day, model, steps[n - 1][1] if n else model)
        for role, steps in LAUNCHES.items()
        for n, (day, model) in enumerate(steps)
    ]
    return pl.DataFrame(
        rows,
        schema={"role": pl.String, "launched": pl.Date, "new": pl.String, "old": pl.String},
        orient="row",
    ).sort("launched")


def assign(work: pl.DataFrame) -> pl.DataFrame:
    """Return the work with a `model` where it has a `role`; the days of a move become two rows.

    Needs `role`, `day`, `lag` (days a team waits after a launch) and `dollars`, which are split.
    """
    plain = work.filter(pl.col("role").is_null()).with_columns(
        pl.lit(None, pl.String).alias("model")
    )
    moved = (
        work.filter(pl.col("role").is_not_null())
        .with_columns((pl.col("day") - pl.duration(days="lag")).alias("reach"))
        .sort("reach")
        .join_asof(
            _steps(), left_on="reach", right_on="launched", by="role", check_sortedness=False
        )
        .filter(pl.col("new").is_not_null())
    )
    since = (pl.col("reach") - pl.col("launched")).dt.total_days()
    share = ((since + 1) / _RAMP_DAYS).clip(0.0, 1.0)
    share = pl.when(pl.col("new") == pl.col("old")).then(1.0).otherwise(share)
    moved = moved.with_columns(share.alias("share"))
    new = moved.with_columns(pl.col("new").alias("model"), pl.col("dollars") * pl.col("share"))
    old = moved.filter(pl.col("share") < 1).with_columns(
        pl.col("old").alias("model"), pl.col("dollars") * (1 - pl.col("share"))
    )
    return pl.concat([part.select(*work.columns, "model") for part in (plain, new, old)])


def settle(work: pl.DataFrame) -> pl.DataFrame:
    """Return the work with context window, speed and geography as its model can have them."""
    model = pl.col("model")
    long = (pl.col("context_window") == "200k-1M") & ~model.is_in(LONG_CONTEXT)
    slow = (pl.col("speed") == "fast") & ~model.is_in(FAST)
    return work.with_columns(
        pl.when(long).then(pl.lit("0-200k")).otherwise("context_window").alias("context_window"),
        pl.when(slow).then(pl.lit("standard")).otherwise("speed").alias("speed"),
        pl.when(model.is_in(NO_GEO)).then(None).otherwise("inference_geo").alias("inference_geo"),
    )
