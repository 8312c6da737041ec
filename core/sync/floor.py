"""Where an organization's history begins: found out, not assumed, never taken for an error."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from core.calendar import Span, settles_on
from core.errors import Finding, RequestRefused
from core.sync import plan
from core.sync.fetch import Fetched
from core.sync.plan import DAY, Planned
from core.sync.work import Work

Read = Callable[[Work, Planned], Fetched]


def from_floor(work: Work, planned: Planned, refused: RequestRefused, read: Read) -> Fetched | None:
    """Return what a refused window holds from the first day that is answered on; None if nothing.

    That day is remembered as the beginning of the family's history. Raises `refused` itself where
    the refusal says nothing about history: the family has never answered, or it still answers
    for the oldest day that is wanted, or days are refused that were answered for and may still be
    revised: history does not end there, and taking it for its end would keep old figures for ever.
    """
    first, found = _bisect(work, planned, read)
    if (
        (found is None and planned.family not in work.answered)
        or _was_answered(work, planned, first)
        or _answers_oldest(work, planned, read)
    ):
        raise refused
    work.floors[planned.family] = first
    work.report.note(
        Finding(
            "history_ends",
            "info",
            f"History begins on {first}.",
            f"Anthropic does not answer for earlier days of this organization: {refused.cause}",
            "Nothing needs doing; earlier days are shown as before history, not as zero.",
            refused.http_status,
            refused.request_id,
        )
    )
    return found


def _bisect(work: Work, planned: Planned, read: Read) -> tuple[date, Fetched | None]:
    """Return the first day from which the window is answered, and the answer from there on."""
    low, high, found = planned.span.start, planned.span.end, None
    while low < high:
        middle = low + timedelta(days=(high - low).days // 2)
        try:
            found = read(work, replace(planned, span=Span(middle, planned.span.end)))
            high = middle
        except RequestRefused:
            low = middle + DAY
    return high, found


def _was_answered(work: Work, planned: Planned, first: date) -> bool:
    """Say whether a day that is refused now was read before and has not settled since."""
    refused = Span(planned.span.start, first)
    return any(
        (planned.family, day) in work.seen and work.today < settles_on(day) for day in refused
    )


def _answers_oldest(work: Work, planned: Planned, read: Read) -> bool:
    oldest = plan.history(work.source.kind, work.today).start
    if oldest >= planned.span.start:
        return False
    spoken = plan.protocol_on(work.source.kind, planned.protocol, oldest, work.today)
    try:
        read(work, Planned(planned.family, spoken, Span(oldest, oldest + DAY)))
    except RequestRefused:
        return False
    return True
