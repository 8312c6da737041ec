"""People sign in with a real OpenID Connect provider, and are let in as far as their role goes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oidc_provider import ROLES, provider
from playwright.sync_api import Browser, Page, expect
from stage import WIDE, Server, new_context, settled

from core.ledger.audit import entries
from core.ledger.engine import connect
from core.settings import Settings

Start = Callable[..., Server]


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[Path]:
    with provider(tmp_path) as path:
        yield path


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser that nobody has signed in with, and whose errors are told."""
    with new_context(chromium, "light", WIDE, 900) as context:
        errors: list[str] = []
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        assert errors == []


def dashboard(start: Start, secrets: Path) -> Server:
    return start(CLAUDE_SPEND_DEMO="0", STREAMLIT_SECRETS_FILES=str(secrets), **ROLES)


def sign_in(page: Page, server: Server, who: str, name: str = "/connections") -> Page:
    """Go to a page, be asked to sign in, and do it as somebody whom the provider knows."""
    page.goto(server.url + name)
    page.get_by_role("button", name=re.compile("Sign in")).click()
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_url(f"{server.url}/**")
    return settled(page)


def told(server: Server) -> list[tuple[str, str, str]]:
    engine = connect(Settings(database_url=server.database_url))
    found = [(e.who, e.role, e.action) for e in reversed(entries(engine))]
    engine.dispose()
    return found


def test_nobody_sees_anything_before_they_sign_in(start: Start, secrets: Path, page: Page) -> None:
    server = dashboard(start, secrets)
    for name in ("/", "/explorer", "/connections", "/people"):
        page.goto(server.url + name)
        settled(page)
        expect(page.get_by_role("heading", name="claude-spend")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in")).to_have_count(1)
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        expect(page.get_by_test_id("stMetric")).to_have_count(0)
    assert told(server) == []


def test_an_admin_an_analyst_and_a_viewer_may_what_their_role_says_and_sign_out(
    start: Start, secrets: Path, page: Page
) -> None:
    server = dashboard(start, secrets)
    for who, mail, role in (
        ("ada", "ada@example.com", "admin"),
        ("anna", "anna@finance.example.com", "analyst"),
        ("vera", "vera@example.com", "viewer"),
    ):
        sign_in(page, server, who)
        sidebar = page.get_by_test_id("stSidebar")
        expect(sidebar.get_by_text(mail)).to_be_visible()
        expect(sidebar).to_contain_text(re.compile(rf"{mail}\s*{role}"))
        page.goto(f"{server.url}/connections")
        settled(page)
        offered = page.get_by_role("button", name="Check and connect").count()
        # The other form stands on a tab of its own.
        assert offered == (1 if role == "admin" else 0)
        page.goto(f"{server.url}/people")
        settled(page)
        assert page.get_by_role("heading", name="Audit log").count() == (
            1 if role == "admin" else 0
        )
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="End session").click()  # the provider's own page
        page.wait_for_url(f"{server.url}/**")
        settled(page)
        page.goto(f"{server.url}/overview")
        settled(page)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert set(told(server)) == {
        (who, role, action)
        for who, role in (
            ("ada@example.com", "admin"),
            ("anna@finance.example.com", "analyst"),
            ("vera@example.com", "viewer"),
        )
        for action in ("signed in", "signed out")
    }


def test_signing_out_holds_for_other_windows_and_for_a_copy_of_the_cookie(
    start: Start, secrets: Path, page: Page
) -> None:
    server = dashboard(start, secrets)
    sign_in(page, server, "ada")
    cookies = page.context.cookies()
    other = page.context.new_page()
    other.goto(f"{server.url}/connections")
    expect(settled(other).get_by_role("button", name="Check and connect")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{server.url}/**")
    other.wait_for_timeout(2_500)  # until it is asked anew who has signed out
    other.get_by_role("link", name="People and audit").click()
    expect(other.get_by_text("You have signed out.")).to_be_visible()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{server.url}/connections")
    settled(page)
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)


@pytest.mark.parametrize("who", ["eve", "mallory"])
def test_a_stranger_and_an_unverified_address_are_refused(
    start: Start, secrets: Path, page: Page, who: str
) -> None:
    server = dashboard(start, secrets)
    sign_in(page, server, who, "/overview")
    expect(page.get_by_text("You are signed in, but not let in.")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    assert {action for _, _, action in told(server)} == {"refused"}


def test_a_token_that_expires_lets_nobody_go_on(start: Start, page: Page, tmp_path: Path) -> None:
    with provider(tmp_path, seconds=10) as secrets:
        server = dashboard(start, secrets)
        sign_in(page, server, "ada")
        expect(page.get_by_test_id("stSidebar").get_by_text("ada@example.com")).to_be_visible()
        page.wait_for_timeout(10_500)
        page.get_by_role("link", name="Connections", exact=True).first.click()
        expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()
        page.reload()
        settled(page)
        expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        page.get_by_role("button", name="Sign in again").click()
        page.get_by_role("button", name="ada", exact=True).click()
        page.wait_for_url(f"{server.url}/**")
        expect(page.get_by_test_id("stSidebar").get_by_text("ada@example.com")).to_be_visible()


def test_secrets_that_cannot_be_read_let_nobody_in(
    start: Start, tmp_path: Path, page: Page
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text('[auth\nclient_id = "canary4711"\n')
    server = start(
        CLAUDE_SPEND_DEMO="1", CLAUDE_SPEND_OPEN_TO="everyone", STREAMLIT_SECRETS_FILES=str(broken)
    )
    page.goto(f"{server.url}/explorer")
    settled(page)
    expect(page.get_by_text("so nobody is let in")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    assert "canary4711" not in page.content()
