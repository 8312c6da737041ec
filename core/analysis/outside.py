"""Days of a question that no connection can answer: without a word, they would look like zeros."""

from collections.abc import Iterator

import polars as pl

from core.errors import Finding
from core.ledger.cuts import Family

UNCONNECTED = Finding(
    "no_connections",
    "info",
    "Nothing is connected.",
    "The ledger has read nothing, so there are no figures; they are not zero.",
    "Connect one on the Connections page, or with `claude-spend connect`.",
)

_NOTHING = ["before_history", "future"]


def outside(family: Family, states: pl.DataFrame) -> Iterator[Finding]:
    """Yield what to know of days before every history, and of a period without any day read.

    `states` is what `day_states` returns for the connections that the question is put to.
    """
    days, early = states["day"].n_unique(), _everywhere(states, ["before_history"])
    if early:
        yield _before(family, early, states["begins"].min())
    if early < days == _everywhere(states, _NOTHING):
        yield _unread(family)


def _everywhere(states: pl.DataFrame, which: list[str]) -> int:
    """Return on how many days the state of every connection is among these."""
    days = states.group_by("day").agg(pl.col("state").is_in(which).all().alias("all"))
    return int(days["all"].sum())


def _before(family: Family, days: int, begins: object) -> Finding:
    return Finding(
        "history_ends",
        "info",
        f"No {family} data for the first {'day' if days == 1 else f'{days} days'} of this period.",
        f"The history that the ledger holds begins on {begins}. Earlier days are gaps, not zeros.",
        f"Ask for days from {begins} on.",
    )


def _unread(family: Family) -> Finding:
    return Finding(
        "days_missing",
        "info",
        f"No {family} data has been read for this period yet.",
        "Its days had not begun when the ledger was last synced. They are gaps, not zeros.",
        "Sync when they have begun.",
    )
