"""The figures of the first page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from core.analysis.attention import attention
from core.analysis.compare import Comparison, compare, last_month
from core.analysis.explore import ask
from core.analysis.freshness import Freshness, freshness
from core.analysis.query import Query, View
from core.analysis.top import top
from core.calendar import Span, month_start
from core.errors import Finding
from core.ledger.anomalies import AnomalyRow
from core.ledger.book import Book
from core.ledger.runs import LastSync

DAY = timedelta(days=1)

__all__ = ["Freshness", "Overview", "freshness", "month_so_far", "overview", "run_of_days"]


@dataclass(frozen=True, slots=True)
class Overview:
    """Month so far against the same days of last month, and what needs attention.

    `month` is by day; its views' `query.span` are the days compared. `provisional` is the part of
    the month so far, in units of 1e-8 cents, that can still be revised.
    """

    month: Comparison
    freshness: tuple[Freshness, ...]
    attention: tuple[Finding, ...]
    provisional_from: date | None
    provisional: int


def overview(
    book: Book,
    moment: datetime,
    *,
    basis: str = "counted_once",
    syncs: Mapping[int, LastSync] | None = None,
    sync_findings: Mapping[int, Sequence[Finding]] | None = None,
    anomalies: Sequence[AnomalyRow] = (),
) -> Overview:
    """Return the figures of the first page as they stand at a moment.

    `syncs` and `sync_findings` say how each connection's last sync ended, by connection id;
    `anomalies` are the open ones.
    """
    span = month_so_far(moment)
    month = compare(book, Query(("day",), "cost", span, basis=basis), last_month(span))
    return Overview(
        month,
        freshness(book, moment),
        attention(book, moment, syncs, sync_findings, anomalies),
        month.now.provisional_from,
        provisional(month.now),
    )


def month_so_far(moment: datetime) -> Span:
    """Return the month's days that are over; on its first day, that day.

    A day that is not over would be held against a whole day of last month.
    """
    today = moment.astimezone(UTC).date()
    first = month_start(today)
    return Span(first, max(today, first + DAY))


def provisional(view: View) -> int:
    """Return the part of a view by day that can still be revised, in the measure's units."""
    if view.provisional_from is None:
        return 0
    return int(view.frame.filter(pl.col("day") >= view.provisional_from)["value"].sum())


def behind(seen: Overview) -> dict[str, Query]:
    """Return the questions whose totals are the first page's figures, by the figures' titles."""
    month = replace(seen.month.now.query, by=())
    asked = {
        "Month so far": month,
        "Last month by then": replace(seen.month.earlier.query, by=()),
        "In both books": replace(month, basis="counted_twice"),
    }
    if seen.provisional_from is not None:
        rest = Span(max(seen.provisional_from, month.span.start), month.span.end)
        asked["Of it provisional"] = replace(month, span=rest)
    return asked


def run_of_days(
    book: Book, end: date, days: int = 30, by: str = "source", n: int = 6,
    basis: str = "counted_once",
) -> View:  # fmt: skip
    """Return cost a day up to `end` (exclusive), by one dimension's `n` largest and Other."""
    query = Query(("day", by), "cost", Span(end - days * DAY, end), basis=basis)
    return top(ask(book, query), by, n)
