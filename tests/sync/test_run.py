"""The whole sync over real HTTP into a real ledger: exact, repeatable, honest about failures."""

import json
import threading
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from small_company import short_history
from sqlmodel import select

from core import logs
from core.calendar import Span
from core.connections import store
from core.demo import Fault
from core.errors import BadInput, SyncInProgress, UnknownName
from core.ledger import runs
from core.ledger.engine import reading
from core.ledger.restatements import log
from core.ledger.tables import DayState
from core.sync.lock import only_one


def truth(company, kind: str, protocol: str) -> int:
    span = Span(short_history(company.today), company.today + timedelta(days=1))
    shared = kind == "enterprise" and protocol == "unified"
    return company.truth(kind, (), span, overlap=1.0 if shared else 0.0)["amount"].sum()


@pytest.mark.parametrize("kind", ["platform", "enterprise"])
@pytest.mark.parametrize("unified", [True, False])
def test_a_first_sync_is_exact_and_a_second_changes_nothing(desk, company, kind, unified):
    desk.api.behaviour.platform_unified = desk.api.behaviour.enterprise_unified = unified
    number = desk.add("one", kind)
    protocol = "unified" if unified else "reports"
    first = desk.sync()
    (report,) = first.connections
    assert (first.outcome, report.protocol) == ("complete", protocol), report.findings
    assert report.replaced > 0
    assert report.failed == 0
    assert desk.total(number, kind, protocol) == truth(company, kind, protocol)
    rows = desk.count()
    second = desk.sync()
    (again,) = second.connections
    assert second.outcome == "complete"
    assert (again.replaced, again.restated_rows, again.restated_delta) == (0, 0, 0)
    assert again.unchanged > 0
    assert desk.count() == rows


@pytest.mark.both
def test_a_restatement_is_found_logged_and_sums_to_the_difference(desk, company):
    number = desk.add("one", "enterprise")
    desk.sync()
    before = desk.total(number, "enterprise", "unified")
    day = company.today - timedelta(days=4)
    desk.api.behaviour.restate = {day: Fraction(9, 10)}
    desk.api.behaviour.refresh()
    (report,) = desk.sync().connections
    after = desk.total(number, "enterprise", "unified")
    assert after < before
    assert report.restated_delta == after - before
    assert report.restated_rows > 0
    desk.api.behaviour.restate = {}
    desk.api.behaviour.refresh()
    (back,) = desk.sync().connections
    assert back.restated_delta == before - after
    assert desk.total(number, "enterprise", "unified") == before


def test_an_expired_cursor_begins_the_window_again(desk, company):
    number = desk.add("one", "enterprise")
    desk.api.behaviour.faults = [
        Fault(path="/v1/organizations/analytics/cost", nth=6, status=410, query="page=")
    ]
    report = desk.sync()
    assert report.outcome == "complete"
    assert desk.total(number, "enterprise", "unified") == truth(company, "enterprise", "unified")


@pytest.mark.parametrize("kind", ["html", "truncate", "cut", "reset"])
def test_a_broken_answer_is_asked_for_again(desk, company, kind):
    number = desk.add("one", "platform")
    desk.api.behaviour.faults = [Fault(path="/v1/organizations/analytics/cost", nth=5, kind=kind)]
    assert desk.sync().outcome == "complete"
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")


def test_a_window_that_is_not_understood_fails_by_name_and_heals(desk, company):
    number = desk.add("one", "platform")
    odd = {"data": [{"starting_at": "2026-11-01T00:00:00Z"}], "has_more": False}
    desk.api.behaviour.faults = [
        Fault(path="/v1/organizations/analytics/cost", nth=3, status=200, body=odd)
    ]
    first = desk.sync()
    (report,) = first.connections
    assert first.outcome == "partial"
    assert report.failed == 1
    found = [f for f in report.findings if f.code == "payload_invalid"]
    assert "ending_at" in found[0].cause or "group" in found[0].cause
    assert "cost 2026-" in found[0].cause
    assert desk.total(number, "platform", "unified") < truth(company, "platform", "unified")
    desk.api.behaviour.faults = []
    assert desk.sync().outcome == "complete"
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")


def test_a_key_revoked_half_way_stops_at_once_and_keeps_what_was_there(desk):
    number = desk.add("one", "platform")
    desk.sync()
    kept = desk.total(number, "platform", "unified")
    desk.api.behaviour.faults = [
        Fault(path="/v1/organizations/*", nth=12, times=10_000, status=401)
    ]
    before = len(desk.api.requests)
    report = desk.sync()
    assert report.outcome in {"partial", "failed"}
    refused = [seen for seen in desk.api.requests[before:] if seen.status == 401]
    assert len(refused) == 1
    assert desk.total(number, "platform", "unified") == kept
    assert store.get(desk.engine, "one").state == "failing"
    desk.api.behaviour.faults = []
    assert desk.sync().outcome == "complete"
    assert store.get(desk.engine, "one").state == "ok"


def test_one_connection_failing_does_not_stop_the_other(desk, company):
    desk.add("bad", "enterprise", "sk-ant-api01-nobody-knows-this-key-at-all")
    number = desk.add("good", "platform")
    report = desk.sync()
    assert report.outcome == "partial"
    bad, good = report.connections
    assert (bad.outcome, good.outcome) == ("failed", "complete")
    assert [f.code for f in bad.findings] == ["key_invalid"]
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")


def test_protocols_change_without_losing_or_doubling_a_dollar(desk, company):
    desk.api.behaviour.platform_unified = False
    number = desk.add("one", "platform")
    desk.sync()
    assert store.get(desk.engine, "one").protocol == "reports"
    desk.api.behaviour.platform_unified = True
    (report,) = desk.sync(full=True).connections
    assert report.protocol == "unified"
    assert "protocol_unified" in [f.code for f in report.findings]
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")
    assert desk.total(number, "platform", "reports") == 0


def test_a_plain_400_does_not_change_the_protocol(desk, company):
    number = desk.add("one", "platform")
    desk.sync()
    path = "/v1/organizations/analytics/cost"
    desk.api.behaviour.faults = [Fault(path=path, nth=1, status=400)]
    (report,) = desk.sync().connections
    assert (report.protocol, report.restated_rows) == ("unified", 0)
    assert "protocol_reports" not in [f.code for f in report.findings]
    assert store.get(desk.engine, "one").protocol == "unified"
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")


def test_a_change_of_protocol_restates_nothing(desk, company):
    number = desk.add("one", "platform")
    desk.sync()
    desk.api.behaviour.platform_unified = False
    (report,) = desk.sync(full=True).connections
    assert (report.protocol, report.restated_rows, report.restated_delta) == ("reports", 0, 0)
    assert report.replaced > 0
    assert log(desk.engine).is_empty()
    assert desk.total(number, "platform", "reports") == truth(company, "platform", "reports")


@pytest.mark.both
def test_two_at_once_the_second_says_so(desk):
    desk.add("one", "platform")
    with only_one(desk.engine), pytest.raises(SyncInProgress):
        desk.sync()


def test_nothing_connected_and_unknown_names_are_said(desk):
    with pytest.raises(BadInput) as nothing:
        desk.sync()
    assert nothing.value.code == "no_connections"
    desk.add("one", "platform")
    with pytest.raises(UnknownName):
        desk.sync("two")


def test_progress_grows_and_ends(desk):
    desk.add("one", "platform")
    seen = []
    desk.sync(progress=seen.append)
    last = seen[-1]
    assert last.finished
    assert last.done == last.planned
    assert last.rows > 0
    assert all(a.done <= b.done for a, b in pairwise(seen))


@pytest.mark.both
def test_names_are_known_after_a_sync(desk, company):
    from core.ledger.names import read_names

    number = desk.add("one", "platform")
    desk.sync()
    names = read_names(desk.engine)
    spaces = {key[2]: row for key, row in names.items() if key[:2] == (number, "workspace")}
    assert any(row.details.get("default") for row in spaces.values())
    assert any(key[:2] == (number, "api_key") for key in names)


def test_groups_are_known_with_their_members(desk, company):
    from core.ledger.names import MEMBERS, read_names

    desk.add("one", "enterprise")
    desk.sync()
    known = {i: row for (_, kind, i), row in read_names(desk.engine).items() if kind == "group"}
    people = company.people
    for group in company.groups:
        present = {people[n].id for n in group.members if people[n].present(company.today)}
        assert set(known[group.id].details[MEMBERS]) == present
    assert len(known) == len(company.groups)


def test_days_know_when_they_were_read_and_from_which_export(desk, company):
    desk.add("one", "enterprise")
    desk.sync()
    with reading(desk.engine) as session:
        states = session.exec(select(DayState).where(DayState.family == "cost")).all()
    assert len(states) >= 14
    assert all(s.data_refreshed_at is not None for s in states)
    assert all(s.present for s in states)


@pytest.mark.both
def test_a_run_killed_in_the_middle_is_finished_by_the_next(desk, company):
    number = desk.add("one", "platform")
    stop = threading.Event()

    class Killed(BaseException):
        pass

    def listen(progress) -> None:
        if progress.done >= 2 and not stop.is_set():
            stop.set()
            raise Killed

    with pytest.raises(Killed):
        desk.sync(progress=listen)
    part = desk.total(number, "platform", "unified")
    assert 0 < part < truth(company, "platform", "unified")
    assert desk.sync().outcome == "complete"
    assert desk.total(number, "platform", "unified") == truth(company, "platform", "unified")
    assert runs.running(desk.engine) is None


def test_history_that_ends_is_found_out_and_remembered(desk, company, monkeypatch):
    first = company.today - timedelta(days=11)
    number = desk.add("one", "enterprise")
    real = desk.api.behaviour
    real.faults = [
        Fault(path="/v1/organizations/analytics/*", nth=1, times=10_000, status=400,
              query=f"starting_at={(company.today - timedelta(days=n)).isoformat()}",
              body={"type": "error", "error": {"type": "invalid_request_error",
                    "message": "starting_at is too far in the past"}})
        for n in range(12, 40)
    ]  # fmt: skip
    (report,) = desk.sync().connections
    assert report.outcome == "complete", report.findings
    assert "history_ends" in [f.code for f in report.findings]
    assert store.get(desk.engine, "one").history_floor == first
    span = Span(first, company.today)
    expected = company.truth("enterprise", (), span, overlap=1.0)["amount"].sum()
    assert desk.total(number, "enterprise", "unified") == expected


def test_frames_of_activity_have_counts(desk):
    desk.add("one", "platform")
    desk.sync()
    from core.ledger.snapshot import book

    activity = book(desk.engine, desk.settings).activity
    assert activity.filter(pl.col("metric") == "lines_added")["value"].sum() > 0


def test_a_lasting_refusal_of_one_family_is_a_failure_and_no_end_of_history(desk, company):
    number = desk.add("one", "enterprise")
    usage = "/v1/organizations/analytics/usage"
    desk.api.behaviour.faults = [Fault(path=usage, nth=3, times=10_000, status=400)]
    report = desk.sync()
    assert report.outcome == "partial"
    found = report.connections[0].findings
    assert {f.code for f in found if f.severity == "error"} == {"request_refused"}
    assert "history_ends" not in {f.code for f in found}
    assert store.get(desk.engine, "one").history_floor is None
    assert desk.total(number, "enterprise", "unified") == truth(company, "enterprise", "unified")


def test_every_line_that_a_sync_logs_says_which_run_it_is(desk, capsys):
    logs.configure("INFO", "json")
    desk.add("one", "platform")
    desk.sync()
    desk.sync()
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["run"] for line in said} == {1, 2}
    assert {line.get("connection") for line in said[1:-1] if line["run"] == 1} >= {"one"}
    written = [line for line in said if line["logger"] == "core.sync.keep"]
    assert written  # by another thread than the one that reads
    assert all(line["connection"] == "one" for line in written)
    ends = [line["message"] for line in said if line["message"].startswith("sync ")]
    assert ends == ["sync begins by cli: one", "sync ends: complete"] * 2
