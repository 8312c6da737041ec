"""A window that was read becomes the ledger's: each run of answered days is replaced whole."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import polars as pl

from core.calendar import Span
from core.ledger.writer import WindowData, WindowResult, replace_window
from core.sync.fetch import Fetched
from core.sync.plan import DAY, Planned
from core.sync.work import Work

log = logging.getLogger(__name__)


@dataclass
class Kept:
    """What became of one window's runs of answered days, in the order in which they were written.

    `requests` counts what was sent for the window.
    """

    planned: Planned
    fetched: Fetched
    requests: int
    results: list[tuple[Span, WindowResult]] = field(default_factory=list)


def keep(work: Work, kept: Kept) -> None:
    """Replace each run of answered days in the ledger; days without an answer keep what was.

    Touches the ledger and `kept.results` only, so that it may run beside the reading of the next
    window. Raises what `replace_window` raises; the runs before it stay written.
    """
    days = kept.fetched.days
    for span in runs_of(days.filter(pl.col("present"))["day"].to_list()):
        result = replace_window(work.engine, work.run_id, _data(work, kept, span))
        kept.results.append((span, result))
        log.info("%s %s written: %d rows differ", kept.planned.family, span, result.changed)


def account(work: Work, kept: Kept, outcome: Callable[[], None]) -> None:
    """Add to the report what was written, whole or in part; raise what the writing raised."""
    for _, result in kept.results:
        work.report.restated_rows += result.restated_rows
        work.report.restated_delta += result.restated_delta
    outcome()
    family = kept.planned.family
    moved = any(result.changed > 0 for _, result in kept.results)
    moved |= any((family, day) not in work.seen for span, _ in kept.results for day in span)
    work.report.replaced += moved
    work.report.unchanged += not moved
    work.report.rows += kept.fetched.rows
    work.tracker.add(done=1, rows=kept.fetched.rows)


def runs_of(days: list[date]) -> list[Span]:
    """Return sorted days as spans without gaps."""
    if not days:
        return []
    breaks = [after for before, after in pairwise(days) if after - before > DAY]
    starts = [days[0], *breaks]
    ends = [*(before for before, after in pairwise(days) if after - before > DAY), days[-1]]
    return [Span(start, end + DAY) for start, end in zip(starts, ends, strict=True)]


def _data(work: Work, kept: Kept, span: Span) -> WindowData:
    inside = pl.col("day").is_between(span.start, span.end, closed="left")
    fetched, planned = kept.fetched, kept.planned
    return WindowData(
        connection_id=work.connection.id,
        family=planned.family,
        protocol=planned.protocol,
        span=span,
        frame=fetched.frame.filter(inside),
        days=fetched.days.filter(inside),
        data_refreshed_at=fetched.data_refreshed_at,
        fetched_at=work.clock(),
        requests=kept.requests,
        rows=fetched.rows,
    )
