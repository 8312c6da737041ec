"""The organisation: who works there, what they run, and what every day of it cost."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from core.calendar import now


@dataclass(frozen=True)
class Organisation:
    """A company with its facts; the same `(seed, today)` gives the same company."""

    seed: int
    today: date
    fixed: bool
    platform_id: str
    enterprise_id: str
    facts: pl.DataFrame


def organisation(seed: int = 7, today: date | None = None) -> Organisation:
    """Return the company as it is on `today` (UTC); its last day of data is the day before."""
    day = today or now().date()
    return _build(seed, day, today is not None)


@lru_cache(maxsize=4)
def _build(seed: int, today: date, fixed: bool) -> Organisation:
    return Organisation(
        seed,
        today,
        fixed,
        "5a1c3f0e-7b62-4d8a-9e15-0c4b7d2f6a31",
        "c9e7d4b2-1f08-4a6c-b35d-8e2a9f7064d3",
        pl.DataFrame(),
    )
