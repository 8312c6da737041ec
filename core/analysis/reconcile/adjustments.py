"""Closed months: what changed in them later, as adjustments that sum to today's total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from core.calendar import Span, next_month
from core.ledger.book import Book
from core.ledger.closes import Close
from core.ledger.cuts import PRIMARY

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "seen_at": pl.Datetime("us", "UTC"),
    "day": pl.Date,
    "kind": pl.String,
    "amount": pl.Int64,
}
"""The columns of adjustments: when they were seen, the day they belong to, one of KINDS, units."""

KINDS: dict[str, str] = {
    "restated": "Restated by Anthropic",
    "arrived": "First reported after the close",
    "reread": "Read again in another report",
    "removed": "No longer kept",
    "other": "Not in the log",
}
"""What an adjustment is. `reread`: the connection speaks another protocol since, whose reports may
book a day otherwise. `removed`: the month is older than what the ledger keeps. `other` is left
where history was deleted and read again."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A closed month: `close.total`, the adjustments since (SCHEMA), and what it is `now`."""

    close: Close
    connection: str
    now: int
    adjustments: pl.DataFrame

    @property
    def delta(self) -> int:
        """Return what the adjustments sum to: now less the closed total."""
        return self.now - self.close.total


def adjusted(
    book: Book, closes: Sequence[Close], log: pl.DataFrame, reread: pl.DataFrame
) -> tuple[Adjusted, ...]:
    """Return every closed month with its adjustments, by month and connection.

    `log` is `core.ledger.restatements.log` of at least what was seen since the first close, and
    `reread` the same of what was read again in another protocol.
    The closed total and the adjustments sum to today's total, exactly.
    """
    names = {c.id: c.name for c in book.connections}
    kinds = {"restated": log, "reread": reread}
    return tuple(_adjusted(book, close, names.get(close.connection_id, ""), kinds)
                 for close in closes)  # fmt: skip


def _adjusted(book: Book, close: Close, name: str, kinds: dict[str, pl.DataFrame]) -> Adjusted:
    daily = _daily(book, close.connection_id, Span(close.month, next_month(close.month)))
    later = {kind: _since(close, changes) for kind, changes in kinds.items()}
    now = sum(daily.values())
    rows = [row for kind, changes in later.items() for row in _changed(kind, changes)]
    rows += _arrived(book, close, daily, pl.concat(later.values(), how="diagonal_relaxed"))
    rest = now - close.total - sum(row[3] for row in rows)
    if rest:
        rows.append((close.closed_at, None, _why(book, close), rest))
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        "seen_at", "day", maintain_order=True
    )
    return Adjusted(close, name, now, frame)


def _why(book: Book, close: Close) -> str:
    floors = {c.id: c.history_floor for c in book.connections}
    floor = floors.get(close.connection_id)
    return "removed" if floor and next_month(close.month) <= floor else "other"


_Row = tuple[object, object, str, int]


def _daily(book: Book, connection_id: int, span: Span) -> dict[object, int]:
    rows = book.rows("cost", sorted(PRIMARY), [], span)
    mine = rows.filter(pl.col("connection_id") == connection_id)
    return dict(mine.group_by("day").agg(pl.col("amount").sum().cast(pl.Int64)).iter_rows())


def _since(close: Close, changes: pl.DataFrame) -> pl.DataFrame:
    """Return the changes of a closed month that were seen after its close."""
    return changes.filter(
        pl.col("connection_id") == close.connection_id,
        pl.col("day").is_between(close.month, next_month(close.month), closed="left"),
        pl.col("seen_at") > close.closed_at,
    )


def _changed(kind: str, changes: pl.DataFrame) -> Iterator[_Row]:
    sums = changes.group_by("seen_at", "day").agg(pl.col("delta").sum())
    for seen, day, delta in sums.iter_rows():
        if delta:
            yield seen, day, kind, int(delta)


def _arrived(
    book: Book, close: Close, daily: dict[object, int], changes: pl.DataFrame
) -> Iterator[_Row]:
    """Yield the days that were first reported after the close, with their first figures."""
    late = book.days.filter(
        pl.col("connection_id") == close.connection_id,
        pl.col("family") == "cost",
        pl.col("first_seen_at") > close.closed_at,
    ).select("day", "first_seen_at")
    later = dict(changes.group_by("day").agg(pl.col("delta").sum()).iter_rows())
    for day, seen in late.iter_rows():
        if day in daily:
            first = daily[day] - int(later.get(day, 0))
            if first:
                yield seen, day, "arrived", first
