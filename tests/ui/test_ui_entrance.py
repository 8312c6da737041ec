"""The entrance, without a browser: who is let in to what, and who is told why not."""

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from ui_desk import PAGES, ROOT, words

from core.access.door import Visit
from core.errors import DatabaseUnusable
from core.ledger import audit
from core.ui import visitor

LISTS = {
    "ADMINS": "ada@example.com", "ANALYSTS": "anna@example.com", "VIEWERS": "vera@example.com",
}  # fmt: skip
FAR = Visit("10.0.0.7", "spend.example.com")


def open_as(
    name: str, email: str = "", seconds: float = 3600, query: Any = None, **claims: object
) -> AppTest:
    """Return a page as somebody finds it who signed in; '' for nobody yet."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=30)
    token = {"email": email, "sub": email, "exp": int(time.time() + seconds), **claims}
    at.secrets["auth"] = {"client_id": "spend", "redirect_uri": "http://localhost/oauth2callback"}
    at.user = {"is_logged_in": bool(email), **(token if email else {})}
    for key, value in (query or {}).items():
        at.query_params[key] = value
    at.switch_page(f"pages/{name}.py").run()
    assert not at.exception, at.exception
    return at


def keys(at: AppTest) -> set[str]:
    return {button.key or button.label for button in at.button}


def said(at: AppTest) -> str:
    return words(at).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_who_has_not_signed_in_sees_one_button_and_no_figure(filled, start, page):
    start(**LISTS)
    before = audit.entries(filled.engine)
    at = open_as(page)
    assert [title.value for title in at.title] == ["claude-spend"]
    assert keys(at) == {"sign-in-"}
    assert len(at.metric) + len(at.dataframe) + len(at.sidebar.caption) == 0
    assert audit.entries(filled.engine) == before


def test_who_signed_in_is_named_with_their_role_and_can_sign_out(filled, start):
    start(**LISTS)
    at = open_as("overview", "anna@example.com")
    assert "anna@example.com" in said(at)
    assert "analyst" in said(at)
    assert "sign-out" in keys(at)
    at.button(key="sign-out").click().run()
    assert keys(at) == {"sign-in-"}
    told = [(entry.action, entry.who, entry.role) for entry in audit.entries(filled.engine)[:2]]
    assert told == [
        ("signed out", "anna@example.com", "analyst"), ("signed in", "anna@example.com", "analyst"),
    ]  # fmt: skip


def test_signing_out_ends_it_in_every_window_and_for_a_copy_of_the_cookie(filled, start):
    start(**LISTS)
    token = {"exp": int(time.time()) + 3600, "nonce": "one"}
    here, there, new = (
        open_as("connections", "ada@example.com", **(token | {"nonce": nonce}))
        for nonce in ("one", "one", "two")
    )
    here.button(key="sign-out").click().run()
    there.run()
    assert "You have signed out" in said(there)
    assert keys(there) == {"sign-in-"}
    copied = open_as("overview", "ada@example.com", **token)
    assert len(copied.metric) + len(copied.dataframe) == 0
    assert "connect-go-platform" in keys(new.run())
    entries = audit.entries(filled.engine)[:3]
    assert [entry.action for entry in entries] == ["signed out", *["signed in"] * 2]
    assert entries[0].object == entries[2].object != entries[1].object
    assert "ada" not in entries[0].object
    assert "one" not in entries[0].object


def test_a_widget_of_a_window_that_was_signed_out_of_does_nothing(filled, start):
    start(**LISTS)
    until = int(time.time()) + 3600
    here, there = (open_as("connections", "ada@example.com", exp=until) for _ in range(2))
    here.button(key="sign-out").click().run()
    there.button(key="sync-1").click().run()
    assert "You have signed out" in said(there)
    assert not filled.settle().report


def test_where_signing_out_cannot_be_written_one_is_signed_out_here(filled, start, monkeypatch):
    start(**LISTS)
    at = open_as("overview", "anna@example.com")

    def broken(*_: object, **__: object) -> None:
        raise DatabaseUnusable("The database cannot be written.", "", "")

    monkeypatch.setattr(audit, "record", broken)
    at.button(key="sign-out").click().run()
    assert keys(at) == {"sign-in-"}


def test_signing_in_is_told_once_however_often_pages_are_loaded(filled, start):
    start(**LISTS)
    before, until = len(audit.entries(filled.engine)), int(time.time()) + 3600
    at = open_as("overview", "vera@example.com", exp=until)
    at.switch_page("pages/savings.py").run()
    at.run()
    open_as("overview", "vera@example.com", exp=until)
    assert len(audit.entries(filled.engine)) == before + 1
    open_as("overview", "vera@example.com", exp=until + 1)
    assert len(audit.entries(filled.engine)) == before + 2


def test_a_stranger_is_refused_and_that_is_kept(filled, start):
    start(**LISTS)
    at = open_as("overview", "eve@example.com")
    assert "You are signed in, but not let in" in said(at)
    assert keys(at) == {"sign-out"}
    assert len(at.metric) + len(at.dataframe) == 0
    entry = audit.entries(filled.engine)[0]
    assert (entry.action, entry.who, entry.details) == (
        "refused", "eve@example.com", {"why": "not_let_in"},
    )  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_an_address_that_nobody_verified_counts_for_nothing(start):
    start(**LISTS)
    at = open_as("overview", "ada@example.com", email_verified=False)
    assert "not verified" in said(at)
    assert "sign-out" in keys(at)


def test_a_token_that_expires_while_one_looks_lets_nobody_go_on(filled, start, monkeypatch):
    start(**LISTS)
    at = open_as("connections", "ada@example.com", seconds=3600)
    assert "connect-go-platform" in keys(at)
    at.user["exp"] = int(time.time()) - 1
    at.button(key="sync-1").click().run()
    assert "Your sign-in has expired" in said(at)
    assert keys(at) == {"sign-in-"}
    assert not filled.settle().report


def test_a_callback_is_refused_as_a_page_is(filled, start):
    """What a widget calls runs before the page does, hence before the entrance."""
    start(**LISTS)
    at = open_as("alerts", "ada@example.com")
    at.text_input(key="alerts-slack-name-0").set_value("Ops")
    at.user["email"] = "vera@example.com"
    at.button(key="add-slack").click().run()
    assert not at.exception
    assert not [e for e in audit.entries(filled.engine) if e.action == "added alert target"]


def test_on_this_machine_it_says_that_it_is_open_here_only(filled):
    at = filled.open("overview")
    assert "Open on this machine only" in said(at)
    assert "connect-go-platform" in keys(filled.open("connections"))


@pytest.mark.parametrize("page", PAGES)
def test_a_real_ledger_is_closed_to_whoever_comes_from_elsewhere(filled, monkeypatch, page):
    monkeypatch.setattr(visitor, "visit", lambda: FAR)
    at = filled.open(page)
    assert "open on its own machine only" in said(at)
    assert len(at.metric) + len(at.dataframe) + len(keys(at)) == 0


def test_opened_to_everyone_it_says_so(filled, start, monkeypatch):
    start(OPEN_TO="everyone")
    monkeypatch.setattr(visitor, "visit", lambda: FAR)
    at = filled.open("connections")
    assert "Open to everyone" in said(at)
    assert "connect-go-platform" in keys(at)


def test_the_simulation_may_be_looked_at_from_elsewhere_and_the_real_ledger_not(
    demonstration, monkeypatch
):
    monkeypatch.setattr(visitor, "visit", lambda: FAR)
    at = demonstration.open("overview")
    assert "as a visitor" in said(at)
    assert len(at.metric) > 0
    for page in ("connections", "alerts"):
        at = demonstration.open(page)
        assert "open on its own machine only" in said(at)
        assert keys(at) == set()
