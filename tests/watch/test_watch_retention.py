"""The step that forgets old days: only where it was asked for, and it says so."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from pydantic import ValidationError

from core.calendar import Span
from core.ledger.days import DAYS
from core.ledger.engine import connect, writing
from core.ledger.frame import conform
from core.ledger.snapshot import book
from core.ledger.tables import Connection, SyncRun
from core.ledger.writer import WindowData, replace_window
from core.settings import Settings
from core.watch.retention import step

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def engine():
    made = connect(Settings(database_url="sqlite://"))
    with writing(made) as session:
        session.add(SyncRun(started_at=NOON))
        session.add(Connection(name="c", kind="platform", created_at=NOON))
    for day in (date(2025, 9, 30), date(2025, 10, 1)):
        rows = {"day": [day], "model": ["m"], "amount": [7]}
        frame = conform(pl.DataFrame(rows), "cost", "platform/reports/cost/bill")
        days = pl.DataFrame({"day": [day], "total": [7], "not_attributed": [0], "capped": [False],
                             "present": [True]}, schema=DAYS)  # fmt: skip
        span = Span(day, day + timedelta(days=1))
        replace_window(made, 1, WindowData(1, "cost", "reports", span, frame, days, None, NOON))
    yield made
    made.dispose()


def days(engine) -> list[date]:
    return book(engine, Settings(database_url="sqlite://")).facts["day"].to_list()


def test_without_the_setting_nothing_goes(engine):
    assert step(engine, Settings(database_url="sqlite://"), lambda: NOON) == []
    assert days(engine) == [date(2025, 9, 30), date(2025, 10, 1)]


def test_thirteen_months_are_kept_and_what_went_is_said_once(engine):
    settings = Settings(database_url="sqlite://", keep_months=13)
    (said,) = step(engine, settings, lambda: NOON)
    assert (said.code, said.severity) == ("days_forgotten", "info")
    assert "1 day(s) before 2025-10-01" in said.title
    assert days(engine) == [date(2025, 10, 1)]
    assert step(engine, settings, lambda: NOON) == []


def test_fewer_months_than_a_sync_reads_again_are_refused():
    with pytest.raises(ValidationError, match="13"):
        Settings(keep_months=12)
