"""Which days are known well enough to learn from: whole ones, and of every source that goes on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from core.analysis.certainty import synced
from core.analysis.coverage import day_states, history_starts
from core.analysis.forecast.fit import HISTORY
from core.analysis.freshness import STALE
from core.calendar import Span
from core.ledger.book import Book, ConnectionRow

_DAY = timedelta(days=1)
_WHOLE = ("complete", "provisional", "capped")


@dataclass(frozen=True, slots=True)
class Known:
    """Days to learn from: from `first` on, without `gaps`; `as_of` is the first one after them.

    `live` are the names of the connections that can report more; a disconnected one, or one that
    was never synced, is not waited for. Where no day is known `first` equals `as_of`. `unripe`: how
    many days before today were left out because such young ones usually change.
    """

    first: date
    as_of: date
    gaps: frozenset[date]
    live: tuple[str, ...]
    unripe: int = 0

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.as_of and day not in self.gaps

    @property
    def days(self) -> list[date]:
        """Return the days known, in order."""
        return [day for day in Span(self.first, self.as_of) if day not in self.gaps]


def known(
    book: Book, moment: datetime, connections: tuple[str, ...] = (), *, unripe: int = 0
) -> Known:
    """Return the days of cost that are known of every live connection, or of those named.

    A day is left out while any of them has not read it, has read it only in part, or did so so
    soon after its end that more of it may follow; before any of their histories begins; and while
    it is no older than `unripe` days. Another day that Anthropic may still revise is known.
    """
    today = moment.astimezone(UTC).date()
    read = synced(book)
    live = [
        c for c in book.connections
        if c.state != "disconnected" and c.id in read and (not connections or c.name in connections)
    ]  # fmt: skip
    names = tuple(c.name for c in live)
    first, last = max([today - HISTORY * _DAY, *_begins(book, live)]), today - unripe * _DAY
    whole = _whole(book, live, Span(first, max(first, last)), today) if live else []
    if not whole:
        return Known(today, today, frozenset(), names, unripe)
    start, end = whole[0], whole[-1] + _DAY
    return Known(start, end, frozenset(Span(start, end)) - frozenset(whole), names, unripe)


def _begins(book: Book, live: list[ConnectionRow]) -> list[date]:
    starts = history_starts(book)
    return [starts[c.id] for c in live if c.id in starts]


def _whole(book: Book, live: list[ConnectionRow], span: Span, today: date) -> list[date]:
    """Return the days of a span that are whole at every connection, in order."""
    states = day_states(book, span, "cost", live, today)
    # Where Anthropic does not say how far its data reached, it may have been hours behind.
    over = (pl.col("day") + _DAY).cast(pl.Datetime("us", "UTC"))
    ripe = pl.col("data_refreshed_at").is_not_null() | (pl.col("fetched_at") >= over + STALE)
    good = states.filter(pl.col("state").is_in(_WHOLE), ripe)
    counts = good.group_by("day").len().filter(pl.col("len") == len(live))
    return counts["day"].sort().to_list()
