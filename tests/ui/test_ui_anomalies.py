"""Anomalies, the page: what stands, who drove it, dismissing it, and what is folded below."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ui_desk import Dashboard, words

from core.analysis.anomalies import told
from core.analysis.anomalies.keeping import row_of
from core.analysis.anomalies.record import judge
from core.analysis.anomalies.watched import Series
from core.calendar import now
from core.ledger import anomalies as kept
from core.ledger.anomalies import AnomalyRow
from core.ui import anomaly_chart, formats
from core.ui.anomalies import address, drivers, walk, whose

USD = 10**10
LAST = now().date() - timedelta(days=2)
FIRST = LAST - timedelta(days=60)


def body(day: date, before: int, now_: int, **more: Any) -> dict[str, Any]:
    return {
        "days": [[day.isoformat(), now_ * USD, before * USD]],
        "split": {"volume": 90 * USD, "mix": -20 * USD, "price": 50 * USD, "untokened": 30 * USD},
        "cells": [["opus", "output_tokens", before * USD, now_ * USD]],
        "children": {
            "api_key": [["k1", "robot", 40 * USD, 240 * USD], ["", "no key", 60 * USD, 10 * USD]],
            "model": [["opus", "opus", 100 * USD, 250 * USD]],
        },
    } | more


def anomaly(dimension: str = "", name: str = "", **more: Any) -> AnomalyRow:
    fields: dict[str, Any] = {
        "first": LAST, "end": LAST + timedelta(days=1), "kind": "over", "state": "found",
        "label": {"k1": "robot"}.get(name, name), "expected": 100 * USD, "actual": 250 * USD,
        "body": body(LAST, 100, 250),
    }  # fmt: skip
    return AnomalyRow(dimension, name, **(fields | more))


def fill(dashboard: Dashboard, *rows: AnomalyRow) -> None:
    values = (*[100 * USD] * 60, 250 * USD, 100 * USD)
    series = Series("", "", "", FIRST, values, (1,))
    record = judge(series, None, (), "US", 0, lambda *_: 0, lambda past: past[-7])
    kept.keep(dashboard.engine, [row_of(record, "")], rows, {})


@pytest.fixture
def dashboard(start: Callable[..., Dashboard]) -> Dashboard:
    return start()


def test_before_anything_was_looked_at_the_page_says_what_will_bring_it(
    dashboard: Dashboard,
) -> None:
    at = dashboard.open("anomalies")
    assert "Each sync looks for anomalies" in at.info[0].value


def test_too_short_a_history_is_no_clean_bill(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = Series("", "", "", FIRST, (100 * USD,) * 20, (1,))
    record = judge(series, None, (), "US", 0, lambda *_: 0, lambda past: past[-7])
    kept.keep(dashboard.engine, [row_of(record, "")], [], {})
    monkeypatch.setattr(kept, "last_run", lambda _: (now(), []))
    at = dashboard.open("anomalies")
    assert "No series has history enough yet" in at.info[0].value
    assert "Nothing unusual" not in words(at)


def test_nothing_unusual_is_said_with_how_much_was_watched(dashboard: Dashboard) -> None:
    fill(dashboard)
    text = words(dashboard.open("anomalies", days="30 days"))
    assert "Nothing unusual in 30 days; 1 series watched." in text


def test_one_is_told_with_impact_expectation_and_who_drove_it(dashboard: Dashboard) -> None:
    fill(dashboard, anomaly())
    at = dashboard.open("anomalies")
    text = words(at)
    assert "1 anomaly" in text
    assert f"### The organisation: :orange[{formats.plain('$150.00')} more]" in text
    assert formats.plain("API key robot ($200.00), Model opus ($150.00)") in text
    assert f"The steps sum to {formats.plain('$150.00')}, exactly." in text
    listed = at.dataframe[0].value
    assert listed["impact"].to_list() == [150.0]
    assert listed["over"].to_list() == ["+150.0%"]
    parts = at.dataframe[1].value
    assert parts["label"].to_list() == ["robot", "no key"]
    assert parts["impact"].to_list() == [200.0, -50.0]


def test_another_one_is_chosen_in_the_address(dashboard: Dashboard) -> None:
    other = anomaly("workspace", "w2", label="Web", expected=10 * USD, actual=90 * USD)
    fill(dashboard, anomaly(), other)
    name = f"{formats.day(LAST)} · Workspace Web · $80.00"
    at = dashboard.open("anomalies", an=name)
    assert f"### Workspace Web: :orange[{formats.plain('$80.00')} more]" in words(at)


def test_the_link_of_an_alert_opens_its_own_anomaly(dashboard: Dashboard) -> None:
    other = anomaly("workspace", "w2", label="Web", expected=10 * USD, actual=90 * USD)
    fill(dashboard, anomaly(), other)
    for row, said in ((anomaly(), "The organisation"), (other, "Workspace Web")):
        at = dashboard.open("anomalies", an=address(row))
        assert f"### {said}: " in words(at)
    at.selectbox[0].select(address(anomaly())).run()
    assert "### The organisation: " in words(at)


def test_a_link_to_what_is_not_listed_says_so(dashboard: Dashboard) -> None:
    fill(dashboard, anomaly())
    at = dashboard.open("anomalies", an=address(anomaly("workspace", "gone")))
    assert "The anomaly that the link names is not among these" in words(at)
    assert "### The organisation: " in words(at)


def test_what_another_one_explains_is_told_with_it(dashboard: Dashboard) -> None:
    whole, part = told.grouped([anomaly(), anomaly("api_key", "k1", expected=0)])
    assert part.body["part_of"] == ["", "", LAST.isoformat()]
    fill(dashboard, whole, part)
    at = dashboard.open("anomalies")
    assert "1 anomaly" in words(at)
    assert at.expander[0].label == "The same cause in 1 other series"


def test_a_dismissal_wants_a_reason_takes_its_parts_along_and_can_be_taken_back(
    dashboard: Dashboard,
) -> None:
    fill(dashboard, *told.grouped([anomaly(), anomaly("api_key", "k1", expected=0)]))
    at = dashboard.open("anomalies")
    at.button[0].click().run()
    assert "needs a reason" in at.error[0].value
    at.text_input[0].input("a load test")
    at.text_input[1].input("Ana")
    at.button[0].click().run()
    assert "Nothing unusual" in words(at)
    rows = kept.all_anomalies(dashboard.engine)
    assert [row.dismissed.reason for row in rows if row.dismissed] == ["a load test"] * 2
    assert "a load test, Ana" in words(at)
    at.button(f"undismiss-{address(anomaly())}").click().run()
    assert "1 anomaly" in words(at)
    assert {row.dismissed for row in kept.all_anomalies(dashboard.engine)} == {None}


def test_overview_names_what_is_open_and_leads_to_it(filled: Dashboard) -> None:
    before = words(filled.open("overview"))
    assert "anomaly is open" not in before
    kept.keep(filled.engine, [], [anomaly()], {})
    at = filled.open("overview")
    assert formats.plain("1 anomaly is open: $150.00 more than expected.") in words(at)
    links = [link.proto.page for link in at.get("page_link")]
    assert "anomalies" in links


def test_drops_and_what_restatements_settled_are_folded_below(dashboard: Dashboard) -> None:
    drop = anomaly("model", "opus", kind="drop", actual=0, body={"days": []})
    healed = anomaly("model", "haiku", state="healed")
    restated = anomaly("model", "sonnet", state="restated")
    fill(dashboard, drop, healed, restated)
    at = dashboard.open("anomalies")
    assert "Nothing unusual" in words(at)
    assert [e.label for e in at.expander][:2] == [
        "Is data missing? Drops: 1", "Settled by restatements: 2",
    ]  # fmt: skip


def test_the_walk_begins_at_the_expected_and_ends_at_the_actual() -> None:
    steps = walk(anomaly())
    assert [step.units // USD for step in steps] == [100, 90, -20, 50, 30, 250]
    assert sum(s.units for s in steps[:-1]) == steps[-1].units


def test_the_chart_knows_the_usual_range_and_marks_the_days() -> None:
    values = (*[100 * USD] * 60, 250 * USD, None)
    series = Series("", "", "", FIRST, values, (1,))
    record = judge(series, None, (), "US", 0, lambda *_: 0, lambda past: past[-7])
    frame = anomaly_chart.lines(record, anomaly(), 4).frame
    assert frame["time"][0] == LAST - timedelta(days=42)
    marked = frame.filter("off")
    assert marked["time"].to_list() == [LAST]
    # Noise is $5, the floor of $3,000 in 30 days $25, a fifth $20: the floor decides.
    assert [marked[name][0] // USD for name in ("low", "expected", "high")] == [75, 100, 125]
    assert frame["cost"][-1] == "not known"
    assert anomaly_chart.lines(record, anomaly(first=FIRST), 4).frame["expected"][0] is None
    assert "$250.00 where $100.00 was expected" in anomaly_chart.takeaway(anomaly())


def test_words_for_whose_it_is_and_for_nobody_alone() -> None:
    assert whose(anomaly("product", "claude_code", label="claude_code")) == "Product Claude Code"
    assert drivers(anomaly(body={"days": []})) == "nobody alone"
    assert told.behind(anomaly("workspace", "w1")).where == (
        ("workspace", "w1"), ("day", LAST.isoformat()),
    )  # fmt: skip
