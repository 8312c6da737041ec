"""Time under fire: clocks that are wrong, zones, and days at which a month or a year ends."""

import time
from datetime import date, timedelta

import pytest
from fault_books import Books, books_of
from fault_company import (
    E_REPORTS,
    E_UNIFIED,
    P_REPORTS,
    P_UNIFIED,
    TODAY,
    noon,
    served,
    well_behaved,
)
from fault_judge import healed, told_by, wrong

HOUR = timedelta(hours=1)


def without_empty(books):
    """Return books without days that hold nothing: a clock decides which of those were met."""
    return Books(
        {place: rows for place, rows in books.rows.items() if rows},
        {place: total for place, total in books.stated.items() if total},
    )


@pytest.mark.parametrize("way", [P_REPORTS, E_UNIFIED], ids=str)
@pytest.mark.parametrize("ahead", [-24, -13, 13, 24])
def test_a_clock_that_is_wrong_reads_no_wrong_day(ahead, way, world, tmp_path, note):
    well_behaved(way, world.api.behaviour, world.today)
    settings = world.filled(way, tmp_path)
    clock = noon(world.today) + ahead * HOUR
    told = told_by(settings, lambda: clock)
    assert told.codes <= {"days_missing"}
    truth = without_empty(world.truth[way])
    assert not wrong(without_empty(books_of(tmp_path)), world.before[way], truth)
    if told.outcome == "complete":
        assert without_empty(books_of(tmp_path)) == truth
    again = told_by(settings, lambda: noon(world.today))
    assert again.outcome == "complete"
    assert without_empty(books_of(tmp_path)) == truth
    ends = "exact" if told.outcome == "complete" else "partial: days_missing; then exact"
    note(f"own clock wrong by {ahead:+d} hours", ends)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York", "Asia/Kolkata"])
def test_the_zone_of_the_machine_does_not_matter(zone, world, tmp_path, monkeypatch, note):
    way = P_UNIFIED
    well_behaved(way, world.api.behaviour, world.today)
    settings = world.filled(way, tmp_path)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        told = told_by(settings, lambda: noon(world.today))
        assert healed(world, way, settings, told) == "exact"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    note(f"time zone {zone}", "exact")


BOUNDARIES = [
    ("first of a month", date(2026, 12, 1), E_REPORTS),
    ("last of a year", date(2026, 12, 31), P_UNIFIED),
    ("first of a year", date(2027, 1, 1), P_REPORTS),
    ("first of a year", date(2027, 1, 1), E_UNIFIED),
    ("leap day", date(2028, 2, 29), E_UNIFIED),
    ("day after a leap day", date(2028, 3, 1), P_REPORTS),
]


@pytest.mark.parametrize(
    ("name", "day", "way"), BOUNDARIES, ids=[f"{b[0]}-{b[2]}" for b in BOUNDARIES]
)
def test_days_at_a_boundary_are_read_whole(name, day, way, tmp_path, note):
    with served(tmp_path, (way,), (day - TODAY).days) as world:
        assert world.today == day
        settings = world.filled(way, tmp_path / "again")
        told = told_by(settings, lambda: noon(day))
        assert healed(world, way, settings, told) == "exact"
    note(f"boundary: {name}", "exact")
