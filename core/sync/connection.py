"""One connection's part of a sync: negotiate, read each window whole, replace it, go on."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl

from core.calendar import Span
from core.errors import (
    Finding,
    FixConnection,
    RequestRefused,
    RestartWindow,
    ServiceUnavailable,
    SpendError,
    TryLater,
)
from core.sync import floor
from core.sync.behind import Behind, Outcome
from core.sync.fetch import Fetched, fetch
from core.sync.keep import Kept, account, keep
from core.sync.plan import Planned
from core.sync.work import Work, tell

log = logging.getLogger(__name__)

RESTARTS = 3
"""How often a window begins anew when its data is refreshed while it is read."""

PATIENCE = 2
"""How many windows in a row the service may fail before the rest is left to the next run."""


class Incomplete(RestartWindow):
    """A bucketed answer left out days that it must hold."""

    default_code = "days_missing"


def read_windows(work: Work, plan: list[Planned]) -> None:
    """Read and replace the planned windows in order; what fails is named in the report.

    A connection that must be changed, or a network that is gone, ends the connection's part.
    """
    work.report.planned += len(plan)
    work.tracker.plan(len(plan))
    with Behind() as behind:
        for planned in plan:
            begin = max(planned.span.start, work.floors.get(planned.family, planned.span.start))
            if planned.span.end <= begin:
                _unplan(work)
                continue
            clipped = replace(planned, span=Span(begin, planned.span.end))
            work.tracker.update(doing=f"{clipped.family} {clipped.span}")
            if not _read_window(work, clipped, behind):
                break
    tell(work)


def _read_window(work: Work, planned: Planned, behind: Behind) -> bool:
    """Read one window and begin to write it; return whether the next one should be tried."""
    before, read = work.client.requests, list[Fetched]()
    go_on = _guarded(work, planned, lambda: read.extend(_answers(work, planned)))
    sent = work.client.requests - before
    go_on &= behind.settle()
    for fetched in read:
        kept = Kept(planned, fetched, sent)
        behind.begin(partial(keep, work, kept), partial(_written, work, kept))
    return go_on


def _answers(work: Work, planned: Planned) -> list[Fetched]:
    """Return the window's answers, none where the organization's history does not reach it."""
    fetched = _fetch(work, planned)
    work.failing = 0
    if fetched is None:
        _unplan(work)
        return []
    work.answered.add(planned.family)
    work.people.update(fetched.people)
    for finding in fetched.findings:
        work.report.note(finding)
    return [fetched]


def _written(work: Work, kept: Kept, outcome: Outcome) -> bool:
    """Report a window that was written, or why not; return whether the next should be tried."""
    go_on = _guarded(work, kept.planned, partial(account, work, kept, outcome))
    tell(work)
    return go_on


def _guarded(work: Work, planned: Planned, act: Callable[[], None]) -> bool:
    """Do a part of one window's work; return whether the next window should be tried."""
    try:
        act()
    except (FixConnection, TryLater) as error:
        _failed(work, planned, error)
        work.failing += 1
        patient = isinstance(error, ServiceUnavailable) and work.failing < PATIENCE
        work.report.stopped = not patient
        return patient
    except SpendError as error:
        _failed(work, planned, error)
    return True


def _unplan(work: Work) -> None:
    work.report.planned -= 1
    work.tracker.plan(-1)


def _fetch(work: Work, planned: Planned) -> Fetched | None:
    """Return the window's answers; None where the organization's history does not reach it."""
    try:
        return _whole(work, planned)
    except RequestRefused as refused:
        shorter = _without_today(work, planned)
        if shorter is None:
            return floor.from_floor(work, planned, refused, _whole)
    try:
        return _whole(work, shorter)
    except RequestRefused as refused:
        return floor.from_floor(work, shorter, refused, _whole)


def _whole(work: Work, planned: Planned) -> Fetched:
    """Return the window, begun anew where its data moved or days are missing from its answer."""
    for attempt in range(1, RESTARTS + 1):
        try:
            fetched = fetch(work.source, planned, last_try=attempt == RESTARTS)
            gaps = _gaps(work, planned, fetched)
            if not gaps:
                return fetched
            if attempt == RESTARTS:
                work.report.incomplete = True
                work.report.note(_missing_days(work, planned, gaps))
                return fetched
        except RestartWindow as moved:
            if attempt == RESTARTS:
                raise
            work.tracker.say(f"{planned.family} {planned.span}: {moved.title} Reading again.")
    raise AssertionError("unreachable")


def _gaps(work: Work, planned: Planned, fetched: Fetched) -> list[date]:
    """Return past days that a bucketed answer must hold and left out.

    Unified answers have no empty buckets. Days that the export has not reached are no gap, nor
    are those before the first day that the organization answers for.
    """
    if planned.protocol == "unified":
        return []
    refreshed = fetched.data_refreshed_at
    last = refreshed.date() if refreshed else work.today
    if work.source.kind == "enterprise" and refreshed is None:
        return []
    days = fetched.days.filter(pl.col("day") < min(last, work.today))
    present = days.filter(pl.col("present"))["day"].to_list()
    absent = days.filter(~pl.col("present"))["day"].to_list()
    older = any(day < planned.span.start for family, day in work.seen if family == planned.family)
    if older or not absent:
        return absent
    return [day for day in absent if present and day > min(present)]


def _without_today(work: Work, planned: Planned) -> Planned | None:
    """Return the window up to the end of yesterday, if it reached beyond."""
    if planned.span.end <= work.today or planned.span.start >= work.today:
        return None
    return replace(planned, span=Span(planned.span.start, work.today))


def _missing_days(work: Work, planned: Planned, gaps: list[date]) -> Finding:
    named = ", ".join(str(day) for day in gaps[:5]) + (" …" if len(gaps) > 5 else "")
    return Finding(
        "days_missing",
        "error",
        f"{len(gaps)} day(s) of {planned.family} are missing from Anthropic's answer.",
        f"{work.connection.name}: no bucket came for {named}, though later days have one.",
        "What was kept for these days stays. The next sync asks again.",
    )


def _failed(work: Work, planned: Planned, error: SpendError) -> None:
    work.report.failed += 1
    finding = error.finding()
    where = f"Window {planned.family} {planned.span} of {work.connection.name}."
    work.report.note(replace(finding, cause=f"{finding.cause} {where}".strip()))
    work.tracker.add(failed=1)
    work.tracker.say(f"{planned.family} {planned.span}: {error.title}")
    log.warning("window %s %s failed: %s", planned.family, planned.span, error)
