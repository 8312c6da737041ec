"""The organisation: who works there, what it holds, and what every day of it was and cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, lru_cache

import polars as pl

from core.calendar import ENTERPRISE_FLOOR, Span, month_start, now
from core.demo import console, seats
from core.demo.credentials import Side
from core.demo.estate import Estate, estate
from core.demo.facts import facts
from core.demo.people import Group, Person, groups, staff
from core.demo.shape import (
    AMOUNTS,
    COMPONENTS,
    COST_TYPES,
    COUNTERS,
    DIMENSIONS,
    EXTRAS,
    LIST_AMOUNTS,
    MEASURES,
    TOKEN_TYPES,
    WEB_SEARCHES,
    step,
)
from core.demo.streams import table

NAME = "Larkspur Commerce"
PLATFORM_ORGANIZATION = "5a1c3f0e-7b62-4d8a-9e15-0c4b7d2f6a31"
ENTERPRISE_ORGANIZATION = "c9e7d4b2-1f08-4a6c-b35d-8e2a9f7064d3"
ENTERPRISE_TAGGED = "org_01LarkspurCommerceSeats"
_MONTHS_OF_HISTORY = 13
_SUMS = (*TOKEN_TYPES, WEB_SEARCHES, "requests", "amount", "list_amount")


@dataclass(frozen=True)
class Organisation:
    """A company with its facts; the same `(seed, today)` gives the same company.

    `facts` has one row per stream and day (columns: `shape`), money in units of 1e-8 cents. The
    last day is yesterday. `fixed` says that `today` was asked for and does not follow the clock.
    """

    seed: int
    today: date
    fixed: bool
    people: tuple[Person, ...]
    groups: tuple[Group, ...]
    estate: Estate
    facts: pl.DataFrame
    name: str = NAME
    platform_id: str = PLATFORM_ORGANIZATION
    enterprise_id: str = ENTERPRISE_ORGANIZATION
    enterprise_tagged: str = ENTERPRISE_TAGGED

    @property
    def default_workspace(self) -> str:
        """Return the real id of the default workspace."""
        return self.estate.workspace("Default")

    @cached_property
    def span(self) -> Span:
        """Return the days that have facts."""
        return Span(self.facts["day"].min(), self.today)  # type: ignore[arg-type]

    def overlapping(self, share: float) -> tuple[str, ...]:
        """Return the workspaces whose usage the Enterprise key reports too, for a share of them."""
        ids = sorted(workspace.id for workspace in self.estate.workspaces)
        return tuple(ids[: round(len(ids) * share)])

    def truth(
        self,
        side: Side,
        by: Iterable[str] = (),
        span: Span | None = None,
        *,
        overlap: float = 0.0,
    ) -> pl.DataFrame:
        """Return exact sums of a side's facts, one row per combination of `by`, sorted by it.

        `by` may hold `day`, the dimensions and extras of `shape`, `cost_type` and `token_type`.
        Columns: `by`, then `amount` and `list_amount` in units of 1e-8 cents, and, without
        `cost_type` and `token_type`, the counters. `overlap` adds what the Enterprise side reports
        of the Console. Days without facts have no rows.
        """
        names = list(by)
        own = pl.col("side") == side
        if overlap:
            own |= pl.col("workspace_id").is_in(self.overlapping(overlap))
        rows = self.facts.filter(own)
        if span is not None:
            rows = rows.filter(pl.col("day") >= span.start, pl.col("day") < span.end)
        if {"cost_type", "token_type"} & set(names):
            return _sums(_components(rows), names, ("amount", "list_amount"))
        return _sums(rows, names, _SUMS)

    def restated(self, factors: Mapping[date, Fraction]) -> "Organisation":
        """Return the organisation with every figure of some days multiplied and rounded down."""
        if not factors:
            return self
        parts = [
            _scaled(self.facts.filter(pl.col("day") == day), factor)
            for day, factor in factors.items()
        ]
        kept = self.facts.filter(~pl.col("day").is_in(list(factors)))
        return replace(self, facts=pl.concat([kept, *parts]).sort("day", maintain_order=True))


def _components(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per fact and cost component, with `cost_type` and `token_type`."""
    dims = ("day", "side", *DIMENSIONS, *EXTRAS)
    parts = [
        rows.select(
            *dims,
            pl.lit(name if name in COST_TYPES else "tokens").alias("cost_type"),
            pl.lit(None if name in COST_TYPES else name, pl.String).alias("token_type"),
            pl.col(f"amount:{name}").alias("amount"),
            pl.col(f"list:{name}").alias("list_amount"),
        ).filter(pl.col("list_amount") > 0)
        for name in COMPONENTS
    ]
    return pl.concat(parts)


def _sums(rows: pl.DataFrame, names: list[str], sums: tuple[str, ...]) -> pl.DataFrame:
    totals = [pl.col(name).sum() for name in sums]
    if not names:
        return rows.select(totals)
    return rows.group_by(names).agg(totals).sort(names)


def _scaled(rows: pl.DataFrame, factor: Fraction) -> pl.DataFrame:
    up, down = factor.numerator, factor.denominator
    whole = [pl.col(name) * up // down for name in COUNTERS]
    money = [step(pl.col(name) * up // down) for name in (*AMOUNTS, *LIST_AMOUNTS)]
    scaled = rows.with_columns(*whole, *money)
    return scaled.with_columns(
        pl.sum_horizontal(AMOUNTS).alias("amount"),
        pl.sum_horizontal(LIST_AMOUNTS).alias("list_amount"),
    ).select("day", "side", *DIMENSIONS, *EXTRAS, *MEASURES)


def organisation(seed: int = 7, today: date | None = None) -> Organisation:
    """Return the company as it is on `today` (UTC); its last day of data is the day before.

    Without `today`, the company keeps up with the clock while it is served.
    """
    return _build(seed, today or now().date(), today is not None)


@lru_cache(maxsize=2)
def _build(seed: int, today: date, fixed: bool) -> Organisation:
    people = staff(seed)
    held = estate(seed, people)
    platform_start = month_start(today - timedelta(days=30 * _MONTHS_OF_HISTORY))
    made = []
    index = 0
    for side, first, streams in (
        ("platform", platform_start, console.streams(seed, people, held)),
        ("enterprise", max(platform_start, ENTERPRISE_FLOOR), seats.streams(seed, people)),
    ):
        frame = table(streams, index)
        ids = {side: PLATFORM_ORGANIZATION if side == "platform" else ENTERPRISE_ORGANIZATION}
        made.append(facts(seed, frame, first, max(first, today), ids))
        index += 10_000
    rows = pl.concat(made).sort("day", maintain_order=True)
    return Organisation(seed, today, fixed, people, groups(seed, people), held, rows)
