"""Who reaches a spend limit and when, at the pace of its own period, worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from core.analysis.budgets.limits import reach
from core.ledger.limits import LimitRow

READ = datetime(2026, 11, 11, tzinfo=UTC)


def limit(amount, spent, period="monthly", read=READ):
    return LimitRow(1, "u", period, "user", "EUR", amount, spent, read)


@pytest.mark.parametrize(
    ("row", "reached", "day"),
    [
        # Ten days cost 100: the limit of 200 is reached when twenty are over, on the 21st.
        (limit(200, 100), False, date(2026, 11, 21)),
        (limit(300, 100), False, None),
        (limit(299, 100), False, date(2026, 11, 30)),
        (limit(100, 100), True, None),
        (limit(None, 100), False, None),
        (limit(200, 0), False, None),
        (limit(0, 0), False, None),
        # Wednesday at midnight: two days of the week that began on Monday the 9th.
        (limit(200, 100, "weekly"), False, date(2026, 11, 13)),
        (limit(400, 100, "weekly"), False, None),
        (limit(150, 100, "daily", READ.replace(hour=12)), False, date(2026, 11, 11)),
        (limit(10**18, 1), False, None),
    ],
)
def test_an_even_pace_tells_when_a_limit_is_reached(row, reached, day):
    found = reach(row)
    assert (found.reached, found.day) == (reached, day)
