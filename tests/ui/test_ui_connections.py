"""Connections: a key is checked, kept only if it passes, and never seen again; cards and jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from small_company import ENTERPRISE, PLATFORM
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput
from ui_desk import Dashboard, Start, screen, words

from core import demo
from core.connections import store
from core.connections.guide import CHOICES, RECIPES
from core.connections.vault import open_vault
from core.errors import Finding
from core.ui import connect, connection_card, context, findings, keybox

CANARY = f"sk-ant-admin01-{'canary-in-the-coal-mine-' * 4}AA"


@pytest.fixture
def busy(company: demo.Organisation) -> Iterator[str]:
    """The address of an API that answers every request with 529."""
    always = demo.Behaviour(faults=[demo.Fault(status=529, times=99)])
    with demo.serve(company, always) as server:
        yield server.base_url


def enter(at: AppTest, kind: str, name: str, key: str, organization: str = "") -> AppTest:
    """Fill in a form and send it off."""
    at.text_input(key=f"name-{kind}").input(name)
    if kind == "platform":
        at.text_input(key=f"organization-{kind}").input(organization)
    box(at, kind).input(key)
    at.button(key=f"connect-go-{kind}").click().run()
    assert not at.exception
    return at


def box(at: AppTest, name: str) -> TextInput:
    """Return the box for a key."""
    return next(t for t in at.text_input if t.key.startswith(f"key-{name}-"))


def seen_anywhere(at: AppTest, folder: Path, secret: str) -> list[str]:
    """Return the places where a secret is found: the page, the session, files."""
    state = at.session_state._state
    places = {
        "page": screen(at),
        "session": repr(state).encode() + repr(vars(state)).encode(),
        **{path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()},
    }
    return [name for name, content in places.items() if secret.encode() in content]


# ── the guide and the empty page ──────────────────────────────────────────────────────────────


def test_an_empty_page_leads_by_the_hand(start: Start) -> None:
    at = start().open("connections")
    said = words(at)
    assert "three steps" in said
    assert [option.title for option in CHOICES] == at.radio(key="plan").options
    assert [tab.label for tab in at.tabs] == ["Anthropic (Platform)", "Anthropic Enterprise"]


@pytest.mark.parametrize("option", CHOICES, ids=lambda option: option.id)
def test_each_answer_of_the_guide_says_what_to_create_and_what_is_not_supported(
    start: Start, option: object
) -> None:
    chosen = next(c for c in CHOICES if c == option)
    at = start().open("connections")
    at.radio(key="plan").set_value(chosen.id).run()
    said = words(at)
    assert "Not supported, and why" in said
    for kind in chosen.connections:
        assert f"`{RECIPES[kind].prefix}`" in said


# ── the forms ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [
        ("platform", "", "No key was given"),
        ("platform", CANARY, "key"),
        ("platform", demo.ANALYTICS_KEY, "Enterprise"),
        ("platform", demo.ORDINARY_KEY, "ordinary"),
        ("enterprise", demo.PLATFORM_KEY, "Admin"),
        ("enterprise", demo.COMPLIANCE_KEY, "read:analytics"),
    ],
)
def test_a_key_that_cannot_be_used_is_a_finding_and_nothing_is_kept(
    start: Start, kind: str, key: str, expected: str
) -> None:
    dashboard = start()
    at = enter(dashboard.open("connections"), kind, "Production", key)
    assert expected.lower() in at.error[0].value.replace("\\", "").lower()
    assert store.all_connections(dashboard.engine) == []
    assert at.text_input(key=f"name-{kind}").value == "Production"
    assert box(at, kind).value == ""


def test_a_key_of_another_organization_is_named(start: Start) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    dashboard = start()
    at = enter(dashboard.open("connections"), "platform", "Prod", demo.PLATFORM_KEY, other)
    assert "Larkspur Commerce" in words(at)
    assert store.all_connections(dashboard.engine) == []


def test_the_right_key_is_kept_says_what_it_answers_and_is_synced(
    start: Start, company: demo.Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str] | None] = []
    monkeypatch.setattr(connect, "begin_sync", lambda place, names: begun.append(names))
    dashboard = start()
    at = enter(
        dashboard.open("connections"), "platform", "Prod", demo.PLATFORM_KEY, company.platform_id
    )
    made = store.get(dashboard.engine, "Prod")
    assert (made.state, made.organization_name) == ("ok", company.name)
    assert begun == [["Prod"]]
    said = words(at)
    assert "Prod is connected" in said
    assert "What does each API key cost" in said
    assert not at.error
    at.button(key="dismiss-result").click().run()
    assert "Prod is connected" not in words(at)


def test_a_check_that_could_not_be_made_promises_no_next_sync_where_nothing_is_kept(
    start: Start, busy: str, company: demo.Organisation
) -> None:
    dashboard = start(API_URL=busy)
    at = enter(
        dashboard.open("connections"), "platform", "Prod", demo.PLATFORM_KEY, company.platform_id
    )
    said = words(at)
    assert "Prod is not connected; nothing was stored" in said
    assert "enter the key again in a few minutes" in at.error[0].value
    assert "next sync" not in said
    assert store.all_connections(dashboard.engine) == []


def test_a_key_that_could_not_be_checked_leaves_the_old_one(
    filled: Dashboard, busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_SPEND_API_URL", busy)
    shown: list[Finding] = []
    monkeypatch.setattr(findings, "show_all", shown.extend)
    old = store.get(filled.engine, PLATFORM)
    # Code behind a button of a dialog is out of AppTest's reach, so the dialog's work is called.
    assert not connection_card._rotated(context.real(), old, SecretStr(demo.PLATFORM_KEY))
    (told,) = [finding for finding in shown if finding.severity == "error"]
    assert told.fix.endswith(connection_card._AGAIN)
    assert "next sync" not in told.fix
    assert store.get(filled.engine, PLATFORM) == old


def test_a_name_that_is_taken_is_a_finding(filled: Dashboard, company: demo.Organisation) -> None:
    at = enter(
        filled.open("connections"), "platform", PLATFORM, demo.PLATFORM_KEY, company.platform_id
    )
    assert PLATFORM in at.error[0].value
    assert len(store.all_connections(filled.engine)) == 2


@pytest.mark.parametrize("key", [CANARY, demo.PLATFORM_KEY])
def test_a_key_leaves_no_trace_where_it_was_entered(
    start: Start, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "begin_sync", lambda place, names: False)
    at = enter(start().open("connections"), "platform", "Production", key)
    assert seen_anywhere(at, tmp_path, key) == []
    assert not keybox._taken


# ── the cards ─────────────────────────────────────────────────────────────────────────────────


def test_a_card_shows_state_protocol_history_and_hint(filled: Dashboard) -> None:
    said = words(filled.open("connections")).replace("\\", "")
    assert ":green-badge[Connected]" in said
    assert "unified protocol" in said
    assert "Data from" in said
    assert "Coverage of cost by UTC day" in said
    assert "sk-ant-admin01-…" in said


def test_sync_now_reads_what_is_new(filled: Dashboard) -> None:
    at = filled.open("connections")
    at.button(key="sync-1").click().run()
    job = filled.settle()
    assert job.error is None
    assert job.report is not None
    assert [(c.name, c.outcome) for c in job.report.connections] == [(PLATFORM, "complete")]
    at.run()
    assert not at.exception
    assert "windows" in at.code[0].value or "window" in words(at)


def test_check_says_what_the_key_answers(filled: Dashboard) -> None:
    at = filled.open("connections")
    at.button(key="check-2").click().run()
    assert not at.error
    assert "What this key will answer" in words(at)
    assert store.get(filled.engine, ENTERPRISE).state == "ok"


def test_a_key_that_no_longer_works_is_shown_on_its_card(filled: Dashboard) -> None:
    vault = open_vault(filled.settings, filled.engine)
    store.rotate(filled.engine, vault, PLATFORM, SecretStr(CANARY))
    at = filled.open("connections")
    at.button(key="check-1").click().run()
    assert at.error
    at.run()
    assert at.error
    assert ":red-badge[Failing]" in words(at)


def test_a_disconnected_connection_keeps_its_history_and_offers_no_sync(filled: Dashboard) -> None:
    store.disconnect(filled.engine, PLATFORM)
    at = filled.open("connections")
    assert at.button(key="sync-1").disabled
    assert ":gray-badge[Disconnected]" in words(at)
    assert "Data from" in words(at)


def test_the_simulated_connections_are_shown_and_cannot_be_changed(
    demonstration: Dashboard,
) -> None:
    at = demonstration.open("connections")
    assert "**Console**" in words(at)
    assert not [b for b in at.button if b.key.startswith(("sync-", "rotate-", "disconnect-"))]
