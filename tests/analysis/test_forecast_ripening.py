"""Days that usually change after they seemed whole are left out until they no longer do."""

from datetime import UTC, date, datetime, timedelta

import factory as f
import polars as pl
import pytest

from core.analysis.forecast.known import known
from core.analysis.forecast.ripening import unripe

BILL = "platform/reports/cost/bill"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def ledger(read_after=1):
    """Days from October on at 1000 each, first read in the morning so many days later."""
    days = list(f.span("10-01", "11-21"))
    rows = [f.fact(1, BILL, d.isoformat(), workspace="w1", amount=1000) for d in days]
    states = [
        f.state(1, BILL, d.isoformat(), NOW, total=1000)
        | {"first_seen_at": datetime(d.year, d.month, d.day, 9, tzinfo=UTC) + read_after * DAY}
        for d in days
    ]  # fmt: skip
    return f.book(rows, [f.platform()], states)


def changes(delta, after, days=range(1, 31)):
    """Each of these days of October was restated by so much, so many days after it."""
    rows = [
        (day, delta, datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + after * DAY)
        for day in (date(2026, 10, n) for n in days)
    ]
    schema = {"day": pl.Date, "delta": pl.Int64, "seen_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("delta", "after", "left_out"),
    [(0, 3, 0), (20, 3, 0), (21, 3, 2), (-50, 3, 2), (50, 6, 5), (50, 1, 0), (50, 30, 10)],
)
def test_days_younger_than_the_usual_change_are_left_out(delta, after, left_out):
    # Of 41 days up to 10 November 30 have changed, which is the typical day.
    assert unripe(ledger(), changes(delta, after), NOW) == left_out


def test_what_some_days_did_is_not_typical():
    assert unripe(ledger(), changes(500, 3, days=range(1, 21)), NOW) == 0


def test_days_that_were_first_read_late_tell_nothing_of_their_youth():
    assert unripe(ledger(read_after=4), changes(50, 3), NOW) == 0
    # Read after four days, changed after six: days of four and five days are left out, and so
    # are younger ones, although none was ever seen as young.
    assert unripe(ledger(read_after=4), changes(50, 6), NOW) == 5


def test_without_restatements_every_whole_day_counts():
    assert unripe(ledger(), changes(0, 1, days=()), NOW) == 0
    assert unripe(f.book([], []), changes(50, 3), NOW) == 0


def test_days_left_out_are_not_known():
    days = known(ledger(), NOW, unripe=2)
    assert (days.as_of, days.unripe, days.gaps) == (date(2026, 11, 19), 2, frozenset())
    assert known(ledger(), NOW).as_of == date(2026, 11, 21)
