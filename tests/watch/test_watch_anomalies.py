"""After a sync anomalies are looked for, kept, healed by restatements, and stay dismissed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from core.calendar import Span
from core.errors import BadValue, UnknownName
from core.ledger import anomalies as kept
from core.ledger import dismissals, maintenance
from core.ledger.engine import connect, writing
from core.ledger.frame import conform, empty
from core.ledger.revised import since_complete
from core.ledger.tables import Connection, SyncRun
from core.ledger.writer import WindowData, replace_window
from core.settings import Settings
from core.watch.after import STEPS, after
from core.watch.anomalies import anomalies, watched

USD = 10**10
FIRST = date(2026, 8, 3)
KEY = "platform/unified/cost/key"
TOKENS = "platform/unified/usage/key"
DAYS = 60


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings):
    made = connect(settings)
    with writing(made) as session:
        start = datetime(2026, 8, 1, tzinfo=UTC)
        session.add(SyncRun(started_at=start, trigger="test"))
        session.add(Connection(name="console", kind="platform", created_at=start))
    yield made
    made.dispose()


def day(n):
    return FIRST + timedelta(days=n)


def at(n):
    """Six in the morning after a day."""
    return datetime(2026, 8, 3, 6, tzinfo=UTC) + timedelta(days=n + 1)


def sync(engine, values, until=None, first=0):
    """Read the days from `first` on: of each, `values[n]` dollars of one key, and its tokens."""
    until = len(values) - 1 if until is None else until
    span = Span(day(first), day(len(values)))
    for family, cut, lead, times in (
        ("cost", KEY, "amount", USD), ("usage", TOKENS, "tokens", 1000),
    ):  # fmt: skip
        rows = pl.DataFrame(
            {
                "day": list(span), lead: [v * times for v in values[first:]],
                "workspace": "w1", "api_key": "k1", "model": "opus",
                "token_type": "uncached_input_tokens", "operation": "input",
            }
        )  # fmt: skip
        frame = pl.concat([empty(family), conform(rows, family, cut)])
        days = pl.DataFrame(
            {"day": list(span), "total": [v * times for v in values[first:]],
             "not_attributed": 0, "capped": False, "present": True}
        )  # fmt: skip
        replace_window(engine, 1, WindowData(
            connection_id=1, family=family, protocol="unified", span=span, frame=frame,
            days=days, data_refreshed_at=at(until), fetched_at=at(until), requests=1,
            rows=frame.height,
        ))  # fmt: skip


def look(engine, settings, n, **more):
    return anomalies(engine, settings, lambda: at(n), model=lambda past: past[-7], **more)


def listed(engine):
    return [(r.dimension, r.first, r.kind, r.state, r.impact // USD)
            for r in kept.all_anomalies(engine)]  # fmt: skip


SPIKE = [*[100] * DAYS, 250]
FOUND = [("", day(DAYS), "over", "found", 150)]


def test_a_spike_is_found_once_with_what_drove_it(engine, settings):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    # One key in one workspace: the organisation stands for both of them.
    assert listed(engine) == FOUND
    (row,) = kept.all_anomalies(engine)
    assert (row.expected, row.actual) == (100 * USD, 250 * USD)
    assert row.body["split"] == {"volume": 150 * USD, "mix": 0, "price": 0, "untokened": 0}
    assert row.body["cells"] == [["opus", "uncached_input_tokens", 100 * USD, 250 * USD]]
    assert row.body["children"] == {
        "api_key": [["k1", "k1", 100 * USD, 250 * USD]],
        "model": [["opus", "opus", 100 * USD, 250 * USD]],
        "workspace": [["w1", "w1", 100 * USD, 250 * USD]],
    }
    assert row.body["reference"] == [day(DAYS - 7 * n).isoformat() for n in (4, 3, 2, 1)]
    assert row.found_at == at(DAYS)


def test_a_day_is_judged_when_it_is_over(engine, settings):
    sync(engine, SPIKE, until=DAYS - 1)  # read on the day itself, at six
    look(engine, settings, DAYS - 1)
    assert listed(engine) == []
    sync(engine, SPIKE, first=DAYS)
    look(engine, settings, DAYS)
    assert listed(engine) == FOUND


@pytest.mark.both
def test_a_restated_day_is_no_anomaly_and_one_that_vanishes_is_healed(engine, settings):
    sync(engine, [*[100] * DAYS, 100])
    look(engine, settings, DAYS)
    sync(engine, [*[100] * DAYS, 250])
    look(engine, settings, DAYS)
    assert listed(engine) == [("", day(DAYS), "over", "restated", 150)]
    assert kept.open_anomalies(engine, day(DAYS + 1)) == ()
    sync(engine, [*[100] * DAYS, 250, 300])
    look(engine, settings, DAYS + 1)
    found = ("", day(DAYS + 1), "over", "found", 200)
    assert found in listed(engine)
    sync(engine, [*[100] * DAYS, 250, 110, 100, 100])
    look(engine, settings, DAYS + 3)
    assert ("", day(DAYS + 1), "over", "healed", 10) in listed(engine)
    assert kept.open_anomalies(engine, day(DAYS + 3)) == ()


def test_the_restatement_log_is_asked_where_no_step_had_run_before(engine, settings):
    sync(engine, [*[100] * DAYS, 100])
    sync(engine, [*[100] * DAYS, 250, 100])
    log = since_complete(engine, day(0), day(DAYS + 2))
    assert log.select("day", "delta").rows() == [(day(DAYS), 150 * USD)]
    look(engine, settings, DAYS + 1)
    assert listed(engine) == [("", day(DAYS), "over", "restated", 150)]


def test_what_a_day_grew_by_until_it_was_over_is_no_restatement(engine, settings):
    sync(engine, [*[100] * DAYS, 20], until=DAYS - 1)
    sync(engine, SPIKE, first=DAYS)
    assert since_complete(engine, day(0), day(DAYS + 2)).is_empty()
    look(engine, settings, DAYS)
    assert listed(engine) == FOUND


@pytest.mark.both
def test_a_dismissal_is_remembered_and_can_be_taken_back(engine, settings):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    key = ("", "", day(DAYS))
    dismissals.dismiss(engine, key, " a load test ", "ana", lambda: at(DAYS))
    (row,) = kept.all_anomalies(engine)
    assert row.dismissed == kept.Dismissed("a load test", "ana", at(DAYS))
    assert kept.open_anomalies(engine, day(DAYS + 1)) == ()
    sync(engine, [*[100] * DAYS, 260, 100])
    look(engine, settings, DAYS + 1)
    (row,) = kept.all_anomalies(engine)
    assert (row.impact, row.stands, row.found_at) == (160 * USD, False, at(DAYS))
    assert row.dismissed.reason == "a load test"
    dismissals.undismiss(engine, key)
    assert [r.key for r in kept.open_anomalies(engine, day(DAYS + 1))] == [key]


def test_a_dismissal_needs_a_reason_and_an_anomaly(engine, settings):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    with pytest.raises(BadValue, match="needs a reason"):
        dismissals.dismiss(engine, ("", "", day(DAYS)), " ", "ana")
    with pytest.raises(UnknownName, match="workspace 'w1'"):
        dismissals.dismiss(engine, ("workspace", "w1", day(DAYS)), "why", "ana")
    with pytest.raises(UnknownName, match="the organisation"):
        dismissals.undismiss(engine, ("", "", day(DAYS)))


def test_an_anomaly_is_open_for_a_week(engine, settings):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    assert kept.open_anomalies(engine, day(DAYS + 7))
    assert kept.open_anomalies(engine, day(DAYS + 8)) == ()
    assert kept.all_anomalies(engine, day(DAYS), day(DAYS + 1))
    assert kept.all_anomalies(engine, day(DAYS + 1)) == ()
    assert kept.all_anomalies(engine, None, day(DAYS)) == ()


def test_nothing_is_done_again_until_something_changes(engine, settings):
    sync(engine, SPIKE)

    def work(steps=STEPS):
        return after(engine, settings, lambda: at(DAYS), steps)["anomalies"]

    step = (("anomalies", lambda *given: anomalies(*given, model=lambda past: past[-7])),)
    first = work(step)
    assert [f.code for f in first] == ["anomalies_not_watched"]
    assert "1 of API key" in first[0].cause
    stamp = kept.last_stamp(engine)

    def never(_):
        raise AssertionError

    assert (("anomalies", anomalies),) == tuple(s for s in STEPS if s[0] == "anomalies")
    assert anomalies(engine, settings, lambda: at(DAYS), model=never) == first
    other = settings.model_copy(update={"anomalies": "quiet"})
    anomalies(engine, other, lambda: at(DAYS), model=never)  # what is expected stays
    assert kept.last_stamp(engine) != stamp
    assert listed(engine) == FOUND
    look(engine, settings.model_copy(update={"holidays": "none"}), DAYS)
    assert listed(engine) == FOUND
    assert kept.last_run(engine)[0] == at(DAYS)


def test_an_empty_ledger_has_nothing_to_watch(engine, settings):
    assert look(engine, settings, 0) == []
    assert kept.all_anomalies(engine) == ()
    assert kept.last_run(engine) == (None, [])


def test_a_series_too_young_to_be_judged_is_not_called_watched(engine, settings):
    sync(engine, SPIKE[:41])
    (said,) = look(engine, settings, 41)
    assert said.title.startswith("0 series are watched")
    assert "once they have enough days" in said.fix
    assert (len(kept.watched_series(engine)), watched(engine)) == (1, 0)


def test_a_country_nobody_knows_is_said(engine, settings):
    sync(engine, SPIKE)
    odd = settings.model_copy(update={"holidays": "XX"})
    with pytest.raises(BadValue, match="XX"):
        look(engine, odd, DAYS)


def test_deleting_a_connections_data_forgets_what_was_worked_out_of_it(engine, settings):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    assert watched(engine) == 1
    assert kept.one_series(engine, ("", "")) == kept.watched_series(engine)["", ""]
    maintenance.delete_data(engine, 1)
    assert kept.all_anomalies(engine) == ()
    assert kept.watched_series(engine) == {}
    assert kept.one_series(engine, ("", "")) is None


@pytest.mark.both
def test_series_that_nobody_watches_any_more_are_forgotten_and_their_anomalies_stay(
    engine, settings
):
    sync(engine, SPIKE)
    look(engine, settings, DAYS)
    (row,) = kept.watched_series(engine).values()
    later = replace(row, name="w9", dimension="workspace", end=row.end + timedelta(days=61))
    kept.keep(engine, [later], [], {})
    assert list(kept.watched_series(engine)) == [("workspace", "w9")]
    assert listed(engine) == FOUND
