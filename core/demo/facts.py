"""From streams to facts: every stream on every day it was active, counted and priced."""

import random
from datetime import date

import polars as pl

from core.demo.chance import swing, tag, uniform
from core.demo.console import LEAK
from core.demo.models import assign, settle
from core.demo.prices import with_amounts, with_prices
from core.demo.seasons import RHYTHMS, seasons
from core.demo.shape import DIMENSIONS, EXTRAS, MEASURES, TOKEN_TYPES, WEB_SEARCHES
from core.demo.streams import PROFILES

_UNITS = 10**10
_LEAK_FACTORS = (18.0, 38.0, 21.0)


def _busy() -> pl.Expr:
    """Return the day's factor by the stream's rhythm and side, ramp and leak included."""
    rhythm = pl.coalesce(pl.when(pl.col("rhythm") == name).then(pl.col(name)) for name in RHYTHMS)
    size = pl.when(pl.col("side") == "platform").then("platform").otherwise("enterprise")
    age = (pl.col("day") - pl.col("starts")).dt.total_days()
    ramp = pl.when(pl.col("ramp") > 0).then((0.15 + age / pl.col("ramp")).clip(0, 1)).otherwise(1)
    busy = rhythm * size * ramp
    for day, factor in zip(pl.date_range(*LEAK, eager=True), _LEAK_FACTORS, strict=True):
        struck = pl.col("leak") & (pl.col("day") == day)
        busy = pl.when(struck).then(factor).otherwise(busy)
    return busy


def _active(seed: int) -> pl.Expr:
    """Say whether a stream works on a day; offices' streams mostly rest when offices do."""
    closed = (pl.col("rhythm") == "office") & (pl.col("office") < 0.2) & (pl.col("chance") < 1)
    chance = pl.when(closed).then(pl.col("chance") * 0.16).otherwise("chance")
    return (uniform(seed, 11, "index", "day_number") < chance) | (
        pl.col("leak") & pl.col("day").is_between(*LEAK)
    )


def _work(seed: int, streams: pl.DataFrame, first: date, end: date) -> pl.DataFrame:
    """Return each active stream-day with its size: `dollars` of list cost and `busy`."""
    days = streams.join(seasons(first, end), how="cross")
    live = days.filter(
        pl.col("day") >= pl.col("starts"), pl.col("day") < pl.col("ends"), _active(seed)
    )
    noise = (swing(seed, 21, 1.0, "index", "day_number").log() * pl.col("volatility")).exp()
    return live.with_columns((_busy() * noise).alias("busy")).with_columns(
        pl.col("dollars") * pl.col("busy")
    )


def _shares() -> pl.DataFrame:
    names = ["profile", *(f"share:{name}" for name in TOKEN_TYPES), "request_dollars"]
    rows = [(profile, *values) for profile, values in PROFILES.items()]
    return pl.DataFrame(rows, schema=names, orient="row")


def _tokens(seed: int, n: int, name: str) -> pl.Expr:
    """Return how many tokens of a type the day's dollars buy."""
    wobble = swing(seed, 40 + 3 * n, 0.12, "index", "day_number")
    price = pl.col(f"price:{name}") * pl.col(f"times:{name}") / 40
    bought = pl.col("dollars") * _UNITS * pl.col(f"share:{name}") * wobble / price
    return bought.floor().cast(pl.Int64).fill_null(0).alias(name)


def _minutes(name: str) -> pl.Expr:
    return (pl.col(name) * pl.col("busy")).floor().cast(pl.Int64)


def _counted(seed: int, work: pl.DataFrame) -> pl.DataFrame:
    """Return the work with its counters: tokens, requests, searches, minutes."""
    counted = work.join(_shares(), on="profile", how="left", maintain_order="left").with_columns(
        *(_tokens(seed, n, name) for n, name in enumerate(TOKEN_TYPES)),
        _minutes("code_minutes"),
        _minutes("session_minutes"),
    )
    spans = 1 + (pl.col("code_minutes") + pl.col("session_minutes")) // 7
    asked = 1 + (pl.col("dollars") / pl.col("request_dollars")).floor().cast(pl.Int64)
    counted = counted.with_columns(
        pl.when(pl.col("role").is_null()).then(spans).otherwise(asked).alias("requests")
    )
    found = (pl.col("requests") * pl.col("searches") / 100).floor().cast(pl.Int64)
    return counted.with_columns(found.alias(WEB_SEARCHES))


def _sessions(seed: int, work: pl.DataFrame) -> pl.DataFrame:
    """Return the work with one managed session per agent and day."""
    agents = work.filter(pl.col("agent_id").is_not_null())
    days = agents.select("agent_id", "day").unique().sort("day", "agent_id")
    ids = [
        tag(random.Random(f"session {seed} {agent} {day}"), "sesn")  # noqa: S311 - a simulation
        for agent, day in days.iter_rows()
    ]
    return work.join(
        days.with_columns(pl.Series("session_id", ids, pl.String)),
        on=["agent_id", "day"],
        how="left",
        maintain_order="left",
    )


def facts(
    seed: int, streams: pl.DataFrame, first: date, end: date, organizations: dict[str, str]
) -> pl.DataFrame:
    """Return the facts of `first`..`end` (exclusive), sorted by day and side.

    `organizations` gives each side's organization UUID. Columns: `day`, `side`, then those of
    `shape`. Identical dimensions may occur in several facts: their sums are what counts.
    """
    work = settle(assign(_work(seed, streams, first, end)))
    charged = pl.col("billed") & (pl.col("service_tier").fill_null("") != "priority")
    priced = with_prices(work).with_columns(charged.alias("billed"))
    counted = with_amounts(_sessions(seed, _counted(seed, priced)))
    sides = pl.col("side").replace_strict(organizations, return_dtype=pl.String)
    return (
        counted.with_columns(
            sides.alias("organization_id"), pl.lit(None, pl.String).alias("user_profile_id")
        )
        .sort("day", "side", "index", "model")
        .select("day", "side", *DIMENSIONS, *EXTRAS, *MEASURES)
        .with_columns(pl.col(MEASURES).cast(pl.Int64))
    )
