"""The page Alerts: targets are added, tried, chosen for, paused, removed; nothing secret stays."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sinks import Sink, web_sink
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput
from ui_desk import Dashboard, Start, screen, words

from core.errors import Finding
from core.watch.after import after
from core.watch.alerts import sent, targets
from core.watch.alerts.alert import KINDS, Alert
from core.watch.alerts.standing import observe, standing
from core.watch.alerts.step import deliver

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "canary-of-the-webhooks-secret"
TOKEN = "/services/canary-in-the-address"


@pytest.fixture
def sink():
    with web_sink() as served:
        yield served


def box(at: AppTest, name: str) -> TextInput:
    """Return the box for what is secret."""
    return next(t for t in at.text_input if t.key.startswith(f"key-{name}-"))


def field(at: AppTest, name: str) -> TextInput:
    return next(t for t in at.text_input if t.key.startswith(f"alerts-{name}-"))


def add_webhook(at: AppTest, sink: Sink, name: str = "Ops") -> AppTest:
    field(at, "webhook-name").input(name)
    box(at, "webhook-url").input(sink.url + TOKEN)
    box(at, "webhook-secret").input(SECRET)
    at.button(key="add-webhook").click().run()
    assert not at.exception
    return at


def stand(dashboard: Dashboard, *alerts: Alert) -> None:
    observe(dashboard.engine, alerts, KINDS, NOON)


STALE = Alert("stale", "stale/1", "Console is old.", "Read it with `claude-spend sync`.",
              "connections")  # fmt: skip
SPIKE = Alert("anomaly", "anomaly///2026-11-20", "Spend on Claude is $12.00 higher.", "So it is.",
              "anomalies?an=%2F%2F2026-11-20", 12 * 10**10)  # fmt: skip


def test_an_empty_page_says_what_to_do(start: Start) -> None:
    said = words(start().open("alerts"))
    assert "Nobody yet" in said
    assert "Nothing has been looked at yet" in said
    assert "Nothing has been sent yet." in said


def test_a_target_is_added_and_nothing_secret_stays(
    start: Start, sink: Sink, tmp_path: Path
) -> None:
    dashboard = start()
    at = add_webhook(dashboard.open("alerts"), sink)
    assert at.success[0].value.startswith("Ops is told from now on")
    (target,) = targets.all_targets(dashboard.engine)
    assert (target.name, target.kind, target.hint) == ("Ops", "webhook", "127.0.0.1/…ress")
    state = at.session_state._state
    seen = screen(at) + repr(state).encode() + repr(vars(state)).encode()
    seen += b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"canary" not in seen
    assert box(at, "webhook-url").value == field(at, "webhook-name").value == ""
    assert "told from now on" not in words(at.run())


def test_a_refused_address_is_a_finding_and_the_name_stays(start: Start) -> None:
    dashboard = start()
    at = dashboard.open("alerts")
    field(at, "slack-name").input("Team")
    box(at, "slack-url").input("http://hooks.example.com" + TOKEN)
    at.button(key="add-slack").click().run()
    assert "The web address cannot be used" in at.error[0].value
    assert field(at, "slack-name").value == "Team"
    assert targets.all_targets(dashboard.engine) == []
    assert b"canary" not in screen(at)


def test_people_are_added_with_their_server(start: Start) -> None:
    dashboard = start()
    at = dashboard.open("alerts")
    typed = {"name": "People", "recipients": "ana@example.com", "sender": "spend@example.com",
             "host": "smtp.example.com", "user": "me", "port": "x"}  # fmt: skip
    for name, text in typed.items():
        field(at, f"email-{name}").input(text)
    box(at, "email-password").input("canary-password")
    at.button(key="add-email").click().run()
    assert "no whole number" in at.error[0].value
    field(at, "email-port").input("2525")
    box(at, "email-password").input("canary-password")
    at.button(key="add-email").click().run()
    (target,) = targets.all_targets(dashboard.engine)
    assert (target.kind, target.hint) == ("email", "a…@example.com")
    state = at.session_state._state
    assert "ana@example.com" not in repr(state) + repr(vars(state))
    assert b"ana@example.com" not in screen(at)


def test_a_test_is_sent_and_a_refusal_told(start: Start, sink: Sink) -> None:
    sink.answers = [(200, {}), (404, {})]
    at = add_webhook(start().open("alerts"), sink)
    at.button(key="test-1").click().run()
    assert at.success[0].value == "Ops took it."
    assert json.loads(sink.got[0].body)["kind"] == "test"
    at.button(key="test-1").click().run()
    assert "HTTP 404" in at.error[0].value


def test_kinds_are_chosen_and_a_target_is_paused_and_resumed(start: Start, sink: Sink) -> None:
    dashboard = start()
    at = add_webhook(dashboard.open("alerts"), sink)
    assert at.multiselect(key="kinds-1").value == list(KINDS)
    at.multiselect(key="kinds-1").set_value(["stale"]).run()
    assert targets.get(dashboard.engine, "Ops").kinds == ("stale",)
    at.button(key="pause-1").click().run()
    assert targets.get(dashboard.engine, "Ops").paused
    assert at.button(key="pause-1").label == "Resume"
    at.button(key="pause-1").click().run()
    assert not targets.get(dashboard.engine, "Ops").paused


def test_what_stands_leads_to_its_page_and_what_was_sent_is_listed(
    start: Start, sink: Sink
) -> None:
    dashboard = start()
    stand(dashboard, STALE, SPIKE)
    at = add_webhook(dashboard.open("alerts"), sink)
    said = words(at)
    assert "Console is old" in said
    assert "`claude-spend sync`" in said
    links = {link.page: link for link in at.main.get("page_link")}
    assert links["anomalies"].query_string == "an=%2F%2F2026-11-20"
    assert links["connections"].label == "Open Connections"
    target = targets.get(dashboard.engine, "Ops")
    first, second = observe(dashboard.engine, [STALE, SPIKE], KINDS, NOON)
    assert sent.claim(dashboard.engine, target, first, NOON)
    sent.settle(dashboard.engine, target, first, NOON)
    assert sent.claim(dashboard.engine, target, second, NOON)
    sent.settle(dashboard.engine, target, second, None, "The receiver refused it with HTTP 404.")
    table = dashboard.open("alerts").dataframe[0].value
    rows = sorted(zip(table["what"], table["state"], table["problem"], strict=True))
    assert rows == [
        ("Console is old.", "Sent", ""),
        ("Spend on Claude is $12.00 higher.", "Tried again later",
         "The receiver refused it with HTTP 404."),
    ]  # fmt: skip


def test_what_went_wrong_when_it_was_last_looked_is_shown(start: Start, sink: Sink) -> None:
    sink.answers = [(404, {})]
    dashboard = start()
    add_webhook(dashboard.open("alerts"), sink)
    stand(dashboard, STALE)

    def step(*given: object) -> list[Finding]:
        return deliver(dashboard.engine, dashboard.settings, standing(dashboard.engine))

    after(dashboard.engine, dashboard.settings, steps=(("alerts", step),))
    at = dashboard.open("alerts")
    assert "An alert to Ops was not sent" in at.warning[0].value
    assert "Last looked just now" in words(at)


def test_the_simulated_organisation_tells_nobody(demonstration: Dashboard) -> None:
    at = demonstration.open("alerts")
    assert "nobody is told of them" in words(at)
