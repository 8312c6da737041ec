"""Which days to fetch, in which windows: newest first, a month at the most, each until it settles.

The rules and where they come from: Platform history is twelve months; Enterprise and unified
answers begin 2026-01-01 and reach back less than 365 days; one request spans 31 days at the most;
Anthropic revises a day for about 30 days, by another document until about the 7th of the next
month, so a day is read again until it was read after both; and the Admin cost report refuses a
range that begins today, so the newest window begins yesterday at the latest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from core.calendar import (
    ENTERPRISE_FLOOR,
    Span,
    month_start,
    settles_on,
    year_before,
)
from core.ledger.cuts import Family, Kind, Protocol

DAY = timedelta(days=1)
REACH = timedelta(days=364)
"""How far back a unified or Enterprise request may begin and still be within the last 365 days."""

ACTIVITY_REVISED = 7
"""Activity counts move by a few percent for some days after they first appear."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One window to fetch."""

    family: Family
    protocol: Protocol
    span: Span


def analytics_floor(today: date) -> date:
    """Return the first day that unified and Enterprise answers can hold."""
    return max(ENTERPRISE_FLOOR, today - REACH)


def history(kind: Kind, today: date, floor: date | None = None) -> Span:
    """Return the days that a connection should hold: twelve months, today's partial day included.

    `floor` is the first day that this organization was found to answer.
    """
    start = year_before(today) if kind == "platform" else analytics_floor(today)
    return Span(max(start, floor) if floor else start, today + DAY)


def protocol_on(kind: Kind, protocol: Protocol, day: date, today: date) -> Protocol:
    """Return the protocol that can answer for a day; before the unified floor it is `reports`."""
    if protocol == "unified" and kind == "platform" and day < analytics_floor(today):
        return "reports"
    return protocol


def is_due(day: date, fetched_on: date | None, today: date, revision_days: int) -> bool:
    """Say whether a day must be read: never read, may still be revised, or read too early."""
    if fetched_on is None or day >= today - revision_days * DAY:
        return True
    return fetched_on < settles_on(day)


def activity_is_due(day: date, fetched_on: date | None) -> bool:
    """Say whether a day's activity must be read."""
    return fetched_on is None or fetched_on <= day + ACTIVITY_REVISED * DAY


def slices(days: Iterable[date], today: date) -> list[Span]:
    """Return the days as spans within calendar months, newest first.

    A span covers the days of its month from the first to the last that is named. The slice that
    holds today begins yesterday at the latest, even on the first of a month.
    """
    named = sorted(set(days))
    if today in named and today.day == 1:
        named = sorted({*named, today - DAY})
    spans: dict[date, list[date]] = {}
    for day in named:
        newest = today.day == 1 and day >= today - DAY
        spans.setdefault(date.max if newest else month_start(day), []).append(day)
    found = [Span(min(group), max(group) + DAY) for group in spans.values()]
    return sorted(found, reverse=True)


def windows(
    kind: Kind,
    protocol: Protocol,
    today: date,
    fetched_on: Callable[[Family, date], date | None],
    *,
    floor: date | None = None,
    revision_days: int = 38,
    full: bool = False,
) -> list[Planned]:
    """Return the windows to fetch, newest first, cost before usage.

    `fetched_on` says on which day a day of a family was last read, or None.
    """
    plan: list[tuple[date, int, Planned]] = []
    families: tuple[Family, Family] = ("cost", "usage")
    for order, family in enumerate(families):
        due = [
            day
            for day in history(kind, today, floor)
            if full or is_due(day, fetched_on(family, day), today, revision_days)
        ]
        for spoken in ("unified", "reports"):
            mine = [d for d in due if protocol_on(kind, protocol, d, today) == spoken]
            plan += [(s.end, -order, Planned(family, spoken, s)) for s in slices(mine, today)]
    return [item[2] for item in sorted(plan, key=lambda item: item[:2], reverse=True)]
