"""Cubes: facts summed over fewer dimensions, so that a question over a whole history stays fast."""

from collections.abc import Sequence

import polars as pl

from core.ledger.facts import ALL_MEASURES

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

_ALWAYS = ("family", "cut", "day", "connection_id")


def build(facts: pl.DataFrame) -> dict[frozenset[str], pl.DataFrame]:
    """Return the cubes that are worth their room, by the dimensions that they keep.

    A cube has the columns of the facts but for the dimensions left out, in the same order of
    blocks. A measure that is null in all rows of a group stays null.
    """
    if facts.height < MANY:
        return {}
    cubes: dict[frozenset[str], pl.DataFrame] = {}
    for dims in sorted(CANDIDATES, key=len, reverse=True):
        # Summing a larger cube is the same as summing the facts, and faster.
        able = [cube for known, cube in cubes.items() if known >= set(dims)]
        cubes[frozenset(dims)] = _sum(min([*able, facts], key=len), dims)
    return {dims: cube for dims, cube in cubes.items() if cube.height <= facts.height * WORTH}


def _sum(facts: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
    sums = [
        pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m) for m in ALL_MEASURES
    ]
    grouped = facts.lazy().group_by(*_ALWAYS, *dims).agg(*sums)
    return grouped.sort("family", "cut", "day").collect().rechunk()
