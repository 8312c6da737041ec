"""The receipt of a count of activity: lines, commits, sessions; text that can be asked again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from core import calendar
from core.analysis.activity import Count, counted
from core.analysis.query import Query
from core.analysis.receipt_seal import damaged, elsewhere, opened, plain, seal
from core.analysis.scope import connections
from core.calendar import Span, parse_day
from core.errors import BadInput, Finding, SpendError
from core.ledger.book import Book, ConnectionRow

HEAD = "Receipt of a count: "

REPORTS = {
    "platform": ("Claude Code analytics", "/v1/organizations/usage_report/claude_code"),
    "enterprise": ("Enterprise user activity", "/v1/organizations/analytics/users"),
}
"""What a source's activity is read from, by the connection's kind."""

_RULE = (
    "Rule: the sum of what Anthropic reports each person to have done; no money, and not part of "
    "what is counted once."
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a count was in its receipt, and is now; None where this is another ledger."""

    count: Count
    then: int
    now: int | None
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        """Say whether the count is the same."""
        return self.now == self.then


class _Line(BaseModel):
    """The text's last line but one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    metric: str
    total: int
    start: str
    end: str
    connections: list[str]
    person: tuple[str | None, str | None] | None
    ledger: str
    version: int


def as_text(book: Book, count: Count, *, ledger: str = "") -> str:
    """Return the receipt of a count, the same for the same book; `replay` asks it again.

    `ledger`: the database's identity. Raises UnknownName for an unknown connection.
    """
    rows = counted(book, count)
    line = _Line(
        metric=count.metric,
        total=_sum(rows),
        start=count.span.start.isoformat(),
        end=count.span.end.isoformat(),
        connections=list(count.connections),
        person=count.person,
        ledger=ledger,
        version=book.version,
    )
    return seal(
        _lines(book, count, rows, line), json.dumps(line.model_dump(), separators=(",", ":"))
    )


def is_count(text: str) -> bool:
    """Say whether a text begins as the receipt of a count."""
    return text.lstrip().startswith(HEAD)


def replay(book: Book, text: str, *, ledger: str = "") -> Replayed:
    """Return what a receipt said beside what the book answers to the same question.

    Raises BadValue for a text that is no such receipt, UnknownName for an unknown connection.
    """
    count, line = _read(text)
    if ledger and line.ledger and ledger != line.ledger:
        return Replayed(count, line.total, None, (elsewhere(line.ledger, ledger),))
    now = _sum(counted(book, count))
    moved = () if now == line.total else (_moved(now - line.total, line.version, book.version),)
    return Replayed(count, line.total, now, moved)


def _read(text: str) -> tuple[Count, _Line]:
    try:
        line = _Line.model_validate_json(opened(text))
        span = Span(parse_day(line.start), parse_day(line.end))
        return Count(line.metric, span, tuple(line.connections), line.person), line
    except (ValidationError, SpendError) as error:
        if isinstance(error, BadInput):
            raise damaged(str(error)) from None
        raise damaged("Its line Replay cannot be read.") from None


def _sum(rows: pl.DataFrame) -> int:
    return int(rows["value"].sum())


def _lines(book: Book, count: Count, rows: pl.DataFrame, line: _Line) -> Iterator[str]:
    span = count.span
    yield f"{HEAD}{line.total}"
    yield f"Metric: {count.metric}"
    yield f"Days: {_days(span.start, span.end - timedelta(1))}, {span.days} (UTC)"
    yield f"Person: {_person(count)}"
    yield f"Connections: {', '.join(map(plain, count.connections)) or 'all'}"
    yield _RULE
    yield f"Ledger: {line.ledger or 'unnamed'}, version {book.version}"
    yield f"Made of: {rows.height} counts a person and day"
    for row in connections(book, Query((), "cost", span, connections=count.connections)):
        yield from _source(book, row, span, rows.filter(pl.col("connection_id") == row.id))


def _source(book: Book, row: ConnectionRow, span: Span, rows: pl.DataFrame) -> Iterator[str]:
    name, endpoint = REPORTS[row.kind]
    yield f"Connection: {plain(row.name)} ({row.kind})"
    said = (plain(text) for text in (row.organization_name, row.organization_id) if text)
    yield f"  Organization: {', '.join(said) or 'not known'}"
    yield f"  Report: {name}, {endpoint}"
    yield f"  Count: {_sum(rows)}, {rows.height} rows"
    read = _read_days(book, row, span)
    yield f"  Days: {read.height} read, {span.days - read.height} not read"
    for run, first, last, days, at in _fetches(read):
        by = f"in sync {run}" if run is not None else "in a sync whose clock differs"
        yield f"  Read {calendar.zulu(at)} {by}: {_days(first, last)}, {days} days"


def _read_days(book: Book, row: ConnectionRow, span: Span) -> pl.DataFrame:
    if "day" not in book.activity_days.columns:
        return pl.DataFrame(schema={"day": pl.Date})
    return book.activity_days.filter(
        pl.col("connection_id") == row.id,
        pl.col("day").is_between(span.start, span.end, closed="left"),
    )


def _fetches(read: pl.DataFrame) -> list[tuple[int | None, date, date, int, datetime]]:
    """Return (sync, first day, last day, days, last moment) of each sync, oldest first."""
    if read.is_empty():
        return []
    day = pl.col("day")
    grouped = read.group_by("run_id").agg(
        day.min().alias("first"), day.max().alias("last"), pl.len(), pl.col("fetched_at").max()
    )
    return grouped.sort("fetched_at").rows()


def _days(first: date, last: date) -> str:
    return f"{first}" if last <= first else f"{first} to {last}"


def _person(count: Count) -> str:
    if count.person is None:
        return "everyone"
    return ", ".join(plain(text) for text in count.person if text) or "nobody named"


def _moved(by: int, before: int, now: int) -> Finding:
    return Finding(
        "receipt_differs",
        "warning",
        f"The count is no longer that of the receipt: it moved by {by}.",
        f"The ledger was at version {before} and is at version {now} now; activity of the last "
        "days is read again, and Anthropic revises it.",
        "Make a new receipt.",
    )
