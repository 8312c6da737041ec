"""Cubes: facts summed over fewer dimensions, so that a question over a whole history stays fast."""

from collections.abc import Sequence

import polars as pl

from core.ledger.blocks import Blocks
from core.ledger.cuts import DIMENSIONS
from core.ledger.frame import MEASURES

MANY = 300_000
"""Facts below this number are grouped faster than a cube is looked up and kept."""

WORTH = 0.5
"""A cube is kept where it has at most this share of the facts' rows."""

CANDIDATES: tuple[tuple[str, ...], ...] = (
    ("user", "service_account", "actor_type", "product", "workspace"),
    ("workspace", "product", "model"),
    ("workspace", "product", "operation", "token_type", "cost_type"),
    ("workspace", "product", "model", "operation", "token_type", "cost_type", "service_tier"),
    ("model", "context_window", "inference_geo", "speed", "service_tier"),
    ("api_key", "workspace"),
    ("user", "service_account", "actor_type"),
    ("api_key",),
)
"""Counting each dollar once needs workspace and product of Enterprise rows, whatever is asked."""

_SAMPLE = 16
"""Of so many days, one is looked at to see how large a cube would become."""


def build(facts: pl.DataFrame) -> dict[frozenset[str], pl.DataFrame]:
    """Return the cubes that are worth their room, by the dimensions that they keep.

    A cube has the columns of the facts but for the dimensions left out, in the same order of
    blocks. A measure that is null in all rows of a group stays null.
    """
    if facts.height < MANY:
        return {}
    cubes: dict[frozenset[str], pl.DataFrame] = {}
    days = facts["day"].unique().sort()
    sample = facts.filter(pl.col("day").is_in(days.gather_every(_SAMPLE).implode()))
    for dims in sorted(CANDIDATES, key=len, reverse=True):
        if _sum(sample, dims).height <= sample.height * WORTH:
            # Summing a larger cube is the same as summing the facts, and faster.
            able = [cube for known, cube in cubes.items() if known >= set(dims)]
            cubes[frozenset(dims)] = _sum(min([*able, facts], key=len), dims).rechunk()
    return cubes


def _sum(facts: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
    parts = [_sum_block(block, family, dims) for family, block in Blocks(facts).parts()]
    return pl.concat(
        [facts.clear().drop(set(DIMENSIONS) - set(dims), strict=False), *parts], how="diagonal"
    )


def _sum_block(block: pl.DataFrame, family: str, dims: Sequence[str]) -> pl.DataFrame:
    measures = MEASURES[family]
    sums = [pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m) for m in measures]
    same = ("family", "cut")
    summed = block.lazy().group_by("day", "connection_id", *dims).agg(*sums).sort("day")
    return summed.select(
        *(pl.lit(block[name][0], block.schema[name]).alias(name) for name in same),
        pl.all(),
    ).collect()
