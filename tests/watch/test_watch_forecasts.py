"""Forecasts are made once from the same facts, kept with their past words, and read from there."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from core.analysis.forecast import stored, weeks
from core.analysis.forecast.forecast import DIMENSIONS
from core.analysis.forecast.record import Said
from core.calendar import Span
from core.ledger import forecasts as kept
from core.ledger.engine import connect, writing
from core.ledger.frame import conform, empty
from core.ledger.tables import Connection, SyncRun
from core.ledger.writer import WindowData, replace_window
from core.settings import Settings
from core.watch import forecasts
from core.watch.after import STEPS

USD = 10**10
KEY = "platform/unified/cost/key"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings):
    made = connect(settings)
    with writing(made) as session:
        session.add(SyncRun(started_at=NOW, trigger="test"))
        session.add(Connection(name="console", kind="platform", created_at=NOW))
    yield made
    made.dispose()


@pytest.fixture
def made(monkeypatch):
    """The dimensions of every forecast that is really made, in order."""
    seen = []
    real = forecasts.forecast

    def counted(book, moment, dims, days, free):
        seen.append(dims)
        return real(book, moment, dims, days, free)

    monkeypatch.setattr(forecasts, "forecast", counted)
    return seen


def read(engine, days, dollars=10, moment=NOW, newest=None):
    """Read the days before a moment's day, each of which cost these dollars in one workspace."""
    span = Span(moment.date() - days * DAY, moment.date())
    amounts = [dollars * USD] * (days - 1) + [(newest or dollars) * USD]
    rows = pl.DataFrame(
        {"day": list(span), "amount": amounts, "workspace": "w1", "api_key": "k1",
         "model": "opus", "token_type": "uncached_input_tokens", "operation": "input"}
    )  # fmt: skip
    frame = pl.concat([empty("cost"), conform(rows, "cost", KEY)])
    states = pl.DataFrame(
        {"day": list(span), "total": amounts, "not_attributed": 0,
         "capped": False, "present": True}
    )  # fmt: skip
    replace_window(engine, 1, WindowData(
        connection_id=1, family="cost", protocol="unified", span=span, frame=frame, days=states,
        data_refreshed_at=moment, fetched_at=moment, requests=1, rows=frame.height,
    ))  # fmt: skip


def look(engine, settings, moment=NOW):
    return forecasts.step(engine, settings, lambda: moment)


def test_the_step_runs_after_every_sync():
    assert dict(STEPS)["forecast"] is forecasts.step


def test_an_empty_ledger_needs_no_forecast_and_no_library(engine, settings, made, monkeypatch):
    monkeypatch.setattr(weeks, "_modelled", None)
    assert look(engine, settings) == []
    read(engine, 6)
    assert [finding.code for finding in look(engine, settings)] == ["forecast_too_short"]
    assert (made, kept.stamp_of(engine)) == ([], None)


def test_without_a_day_the_way_on_is_to_connect_and_later_to_sync(engine, settings):
    (finding,) = forecasts.issued(engine, settings, lambda: NOW, "")[1]
    assert finding.fix == "Connect a source and sync: Connections leads through it."
    read(engine, 6)
    (finding,) = look(engine, settings)
    assert finding.fix.startswith("Sync again on another day")


def test_a_short_past_needs_no_library(engine, settings, made, monkeypatch):
    monkeypatch.setattr(weeks, "_modelled", lambda runs: {} if not runs else pytest.fail("fitted"))
    read(engine, 20)
    assert look(engine, settings) == []
    (outlook,) = forecasts.read(engine).outlooks
    assert outlook.months[0].expected == 300 * USD
    assert len(made) == 1


def test_the_same_facts_are_forecast_once_a_day(engine, settings, made):
    read(engine, 20)
    look(engine, settings)
    look(engine, settings)
    look(engine, settings, NOW + timedelta(hours=9))
    assert made == [DIMENSIONS]
    look(engine, settings, NOW + DAY)
    assert made == [DIMENSIONS] * 2


def test_other_facts_are_forecast_anew_and_replace_the_days_forecast(engine, settings, made):
    read(engine, 20)
    look(engine, settings)
    read(engine, 20, dollars=11)
    look(engine, settings)
    assert made == [DIMENSIONS] * 2
    assert forecasts.read(engine).outlooks[0].months[0].expected == 330 * USD
    assert [row.as_of for row in kept.said(engine)] == [NOW.date()]


def test_what_was_said_on_earlier_days_stays(engine, settings):
    read(engine, 20)
    look(engine, settings)
    later = NOW + 3 * DAY
    read(engine, 23, dollars=20, moment=later)
    look(engine, settings, later)
    first, second = kept.said(engine)
    assert (first.as_of, first.stamp) == (NOW.date(), "")
    assert set(first.body) == set(kept.REMEMBERED)
    assert stored.said(first.as_of, first.body)[0] == Said(
        date(2026, 11, 1), NOW.date(), 300 * USD, None, None
    )
    assert second.stamp == kept.stamp_of(engine)
    assert [o.months[0].expected for o in forecasts.read(engine).outlooks] == [600 * USD]


def test_a_command_reads_what_is_kept_and_makes_what_is_not(engine, settings, made):
    read(engine, 20)
    look(engine, settings)
    for dimension in ("", "workspace"):
        found, said = forecasts.issued(engine, settings, lambda: NOW, dimension)
        assert [o.months[0].actual for o in found.outlooks] == [200 * USD]
        assert said == []
    assert len(made) == 1
    found, _ = forecasts.issued(engine, settings, lambda: NOW, "service_tier")
    assert made == [DIMENSIONS, ("service_tier",)]
    assert [o.months[0].expected for o in found.outlooks] == [300 * USD]
    assert forecasts.issued(engine, settings, lambda: NOW, "service_tier")[0] == found
    # What was fitted for one dimension more leaves the others as they were.
    look(engine, settings)
    assert len(made) == 2


def test_days_left_out_and_values_put_together_are_said(engine, settings):
    read(engine, 15)
    read(engine, 5, moment=NOW + 8 * DAY)
    found, said = forecasts.issued(engine, settings, lambda: NOW + 8 * DAY)
    assert [finding.code for finding in said] == ["forecast_days_left_out"]
    assert said[0].title == "3 days before 2026-11-29 are not known whole."
    assert found.outlooks[0].months[0].expected == 250 * USD


def test_another_countrys_holidays_are_another_forecast(engine, settings, made):
    read(engine, 20)
    look(engine, settings)
    look(engine, settings.model_copy(update={"holidays": "DE-BY"}))
    assert made == [DIMENSIONS] * 2


def test_the_newest_day_is_left_out_where_it_usually_grows(engine, settings):
    # Every morning yesterday is first read at $8, and at $10 on the next.
    for ago in range(25, -1, -1):
        read(engine, min(2, 26 - ago), moment=NOW - ago * DAY, newest=8)
    found, said = forecasts.issued(engine, settings, lambda: NOW)
    assert [finding.code for finding in said] == ["forecast_days_still_change"]
    (outlook,) = found.outlooks
    assert outlook.as_of == date(2026, 11, 20)
    # 19 days at $10, $8 so far of the 20th, on which $10 are expected as on each of ten more.
    assert outlook.months[0].actual == 198 * USD
    assert outlook.months[0].expected == 300 * USD
