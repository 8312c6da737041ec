"""A year of a large organisation's figures as windows, as a sync hands them to the ledger.

An Enterprise plan and a Platform organization, both on the unified protocol. Each has streams of
work (a person, a key, a model, a token type ...), of which half are active on a day; each cut of
the reports is the sum of the streams over the dimensions that it knows.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

from core.calendar import Span
from core.ledger.cuts import CUTS, Cut
from core.ledger.days import DAYS
from core.ledger.frame import conform
from core.ledger.writer import WindowData

START = date(2025, 12, 1)
END = START + timedelta(days=365)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
PLATFORM, ENTERPRISE = 1, 2
KINDS = {PLATFORM: "platform", ENTERPRISE: "enterprise"}
Family = Literal["cost", "usage"]

_CUTS = {cut.name: cut for cut in CUTS}
REPORTS: dict[tuple[int, Family], tuple[Cut, ...]] = {
    (PLATFORM, "cost"): (_CUTS["platform/unified/cost/key"], _CUTS["platform/unified/cost/who"]),
    (PLATFORM, "usage"): (_CUTS["platform/unified/usage/key"], _CUTS["platform/unified/usage/who"]),
    (ENTERPRISE, "cost"): (_CUTS["enterprise/unified/cost/who"],),
    (ENTERPRISE, "usage"): (_CUTS["enterprise/unified/usage/who"],),
}
SHARE = {PLATFORM: 0.1, ENTERPRISE: 0.3}
"""Streams that are active on a day, as a share of the facts of that day."""

OPERATIONS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
TOKEN_TYPES = (
    "uncached_input_tokens", "output_tokens", "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens", "cache_creation.ephemeral_1h_input_tokens",
)  # fmt: skip
PRODUCTS = ("chat", "claude_code", "cowork", "office_agent", "claude_in_chrome")


def streams(connection: int, count: int) -> pl.DataFrame:
    """Return distinct streams of work, identifiers as long as real ones."""
    rng = np.random.default_rng(connection)

    def named(prefix: str, size: int, spread: float = 1.5) -> pl.Series:
        # A few are large and most are small, as in any organisation.
        picked = (size * rng.random(count * 2) ** spread).astype(int)
        return pl.Series([f"{prefix}_01Jw8ZkQx2Vb{number:012d}" for number in picked])

    kind = pl.Series(rng.integers(0, len(OPERATIONS), count * 2))
    made = pl.DataFrame({
        "workspace": named("wrkspc", 40) if connection == PLATFORM else "",
        "api_key": named("apikey", 400) if connection == PLATFORM else "",
        "user": named("user", 2_000 if connection == ENTERPRISE else 300),
        "actor_type": "user_actor",
        "product": pl.Series(rng.choice(PRODUCTS, count * 2)) if connection == ENTERPRISE else "",
        "model": named("claude", 14),
        "token_type": pl.Series([TOKEN_TYPES[n] for n in kind]),
        "operation": pl.Series([OPERATIONS[n] for n in kind]),
        "cost_type": "tokens",
        "service_tier": pl.Series(rng.choice(("standard", "batch"), count * 2)),
        "context_window": pl.Series(rng.choice(("0-200k", "200k-1M"), count * 2)),
    })  # fmt: skip
    return made.unique(maintain_order=True).head(count)


def windows(facts: int) -> Iterator[WindowData]:
    """Yield a year in windows of 31 days at most, about so many facts in all, newest month last."""
    for connection, share in SHARE.items():
        active = round(facts / 365 * share)
        known = streams(connection, active * 2)
        first = START
        while first < END:
            span = Span(first, min(END, first + timedelta(days=31)))
            yield from _of(connection, known, active, span)
            first = span.end


def _of(connection: int, known: pl.DataFrame, active: int, span: Span) -> Iterator[WindowData]:
    rng = np.random.default_rng((connection, span.start.toordinal()))
    picked = np.concatenate(
        [rng.choice(known.height, min(active, known.height), replace=False) for _ in span]
    )
    each = len(picked) // span.days
    rows = known[picked].with_columns(
        pl.Series("day", np.repeat(np.arange(span.days), each)),
        pl.Series("amount", rng.integers(1, 10**10, len(picked))),
        pl.Series("tokens", rng.integers(1, 10**7, len(picked))),
    ).with_columns(
        (pl.lit(span.start) + pl.duration(days=pl.col("day"))).alias("day"),
        pl.col("amount").alias("list_amount"), pl.lit(1, pl.Int64).alias("requests"),
    )  # fmt: skip
    for family in ("cost", "usage"):
        yield _window(connection, family, rows, span)


def _window(connection: int, family: Family, rows: pl.DataFrame, span: Span) -> WindowData:
    measures = ("amount", "list_amount") if family == "cost" else ("tokens", "requests")
    frames = []
    for cut in REPORTS[connection, family]:
        dims = [name for name in rows.columns if name in cut.dims]
        summed = rows.group_by("day", *dims).agg(pl.col(m).sum() for m in measures)
        frames.append(conform(summed, family, cut.name))
    frame = pl.concat(frames)
    return _complete(WindowData(
        connection, family, "unified", span, frame, pl.DataFrame(), NOON, NOON, 1, frame.height
    ))  # fmt: skip


def _complete(data: WindowData) -> WindowData:
    lead = "amount" if data.family == "cost" else "tokens"
    first = data.frame["cut"][0]
    days = data.frame.filter(pl.col("cut") == first).group_by("day").agg(
        pl.col(lead).sum().alias("total")
    ).with_columns(
        not_attributed=pl.lit(0, pl.Int64), capped=pl.lit(value=False), present=pl.lit(value=True)
    )  # fmt: skip
    return replace(data, days=days.select(*DAYS))


def restated(data: WindowData) -> WindowData:
    """Return a window as it comes again an hour later: on average 2 % of its cells moved.

    A cell of one cut is the same money as cells of another, so whole people or workspaces move.
    """
    lead = "amount" if data.family == "cost" else "tokens"
    of, one_in = ("user", 50) if data.connection_id == ENTERPRISE else ("workspace", 20)
    moved = pl.col(of).hash(1) % one_in == 3
    frame = data.frame.with_columns(
        pl.when(moved).then(pl.col(lead) + pl.col(lead) // 7).otherwise(pl.col(lead)).alias(lead)
    )
    later = replace(data, frame=frame, fetched_at=NOON + timedelta(hours=1))
    return _complete(later)
