"""What a FinOps lead does on the first day: connect, sync, look into a figure, rotate, leave."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from small_company import PLATFORM, fill, small_company
from stage import Server, idle, settled

from core import demo
from core.calendar import Span, now
from core.connections import store
from core.ledger.engine import connect
from core.settings import Settings
from core.ui import formats

Start = Callable[..., Server]
Open = Callable[..., Page]

WRONG = f"sk-ant-admin01-{'canary-in-the-coal-mine-' * 4}AA"


@pytest.fixture(scope="module")
def company() -> demo.Organisation:
    return small_company()


@pytest.fixture(scope="module")
def api(company: demo.Organisation) -> Iterator[demo.Server]:
    with demo.serve(company) as server:
        yield server


@pytest.fixture(scope="module")
def filled_folder(
    tmp_path_factory: pytest.TempPathFactory, api: demo.Server, company: demo.Organisation
) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, api.base_url, company)
    return folder


@pytest.fixture
def connected(start: Start, filled_folder: Path, api: demo.Server) -> Server:
    """A dashboard on a ledger with both connections and their figures."""
    return start(
        copy_of=filled_folder,
        CLAUDE_SPEND_API_URL=api.base_url,
        CLAUDE_SPEND_SYNC_EVERY_MINUTES="0",
    )


def enter(page: Page, name: str, organization: str, key: str) -> None:
    """Fill in the Platform form and send it off."""
    page.get_by_role("textbox", name="Name").first.fill(name)
    page.get_by_role("textbox", name="Organization ID").fill(organization)
    page.get_by_role("textbox", name="Admin API key").fill(key)
    page.get_by_role("button", name="Check and connect").first.click()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_from_the_simulation_through_a_wrong_key_to_the_exact_total(
    start: Start,
    open_page: Open,
    demo_server: Server,
    api: demo.Server,
    company: demo.Organisation,
) -> None:
    server = start(
        like=demo_server, CLAUDE_SPEND_API_URL=api.base_url, CLAUDE_SPEND_SYNC_EVERY_MINUTES="0"
    )
    page = open_page(server, "/connections")
    simulated = page.get_by_test_id("stSidebar").get_by_text("Simulated organisation")
    expect(simulated).to_be_visible()

    enter(page, "Production", company.platform_id, WRONG)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text(re.compile("key", re.IGNORECASE), timeout=30_000)
    settled(page)
    expect(page.get_by_role("textbox", name="Name").first).to_have_value("Production")
    expect(page.get_by_role("textbox", name="Admin API key")).to_have_value("")
    assert "canary" not in page.content()

    enter(page, "Production", company.platform_id, demo.PLATFORM_KEY)
    expect(page.get_by_text("Production is connected")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("What does each API key cost?")).to_be_visible()
    idle(page)
    expect(simulated).to_have_count(0)
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    assert demo.PLATFORM_KEY not in page.content()

    last = now().date() - timedelta(days=1)
    span = Span(last - timedelta(days=29), last + timedelta(days=1))
    exact = formats.exact(company.truth("platform", span=span)["amount"].item())
    page.get_by_role("link", name="Explorer").click()
    expect(page.get_by_text(f"Total {exact}, exactly.")).to_be_visible(timeout=30_000)
    assert demo.PLATFORM_KEY not in server.log
    assert WRONG not in server.log


def test_a_view_stands_in_its_address_and_a_click_leads_deeper(
    connected: Server, open_page: Open
) -> None:
    page = open_page(connected, "/overview")
    page.get_by_role("link", name="Explore", exact=True).first.click()
    expect(page.get_by_role("heading", name="Explorer")).to_be_visible(timeout=30_000)
    settled(page)
    assert query(page)["a"] == ["Source"]

    bar = page.locator("[aria-label*='Enterprise'][role='graphics-symbol']").first
    bar.click()
    page.get_by_role("button", name="by product").click()
    expect(page.get_by_role("combobox", name="Filter by")).to_be_visible()
    filtered = re.compile(r"[?&]f_source=Enterprise(&|$)")
    expect(page).to_have_url(filtered, timeout=15_000)
    chat = page.locator("[aria-label*='Chat'][role='graphics-symbol']").first
    expect(chat).to_be_attached(timeout=15_000)
    settled(page)
    assert query(page) == {"a": ["Product"], "f": ["Source"], "f_source": ["Enterprise"]}
    shown = page.get_by_test_id("stMetricValue").inner_text()

    page.reload()
    settled(page)
    assert page.get_by_test_id("stMetricValue").inner_text() == shown
    expect(chat).to_be_attached()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "product,cost_usd,line"
    assert len(lines) > 5


def test_a_key_is_rotated_and_the_connection_disconnected_and_deleted(
    connected: Server, open_page: Open
) -> None:
    page = open_page(connected, "/connections")
    card = page.locator("[class*='st-key-card-1']").first
    dialog = page.get_by_role("dialog")

    card.get_by_role("button", name="Rotate key").click()
    dialog.get_by_role("textbox", name="New key").fill(WRONG)
    dialog.get_by_role("button", name="Check and rotate").click()
    expect(dialog.get_by_role("alert")).to_be_visible(timeout=30_000)
    dialog.get_by_role("textbox", name="New key").fill(demo.PLATFORM_KEY)
    dialog.get_by_role("button", name="Check and rotate").click()
    expect(dialog).to_have_count(0, timeout=30_000)
    assert "canary" not in page.content()

    card.get_by_role("button", name="Disconnect").click()
    dialog.get_by_role("button", name="Disconnect").click()
    expect(card.get_by_text("Disconnected", exact=True)).to_be_visible(timeout=30_000)
    expect(card.get_by_text("Data from")).to_be_visible()
    expect(card.get_by_role("button", name="Sync now")).to_be_disabled()

    card.get_by_role("button", name="Disconnect").click()
    dialog.get_by_text("Delete its history as well").click()
    dialog.get_by_role("button", name="Disconnect and delete").click()
    expect(page.get_by_text(PLATFORM, exact=True)).to_have_count(0, timeout=30_000)
    engine = connect(Settings(database_url=connected.database_url))
    assert [c.name for c in store.all_connections(engine)] == ["Seats"]
    engine.dispose()


def test_sync_now_runs_to_its_end_and_leaves_a_log(connected: Server, open_page: Open) -> None:
    page = open_page(connected, "/connections")
    card = page.locator("[class*='st-key-card-1']").first
    card.get_by_role("button", name="Sync now").click()
    expect(page.get_by_test_id("stProgress").first).to_be_visible(timeout=10_000)
    idle(page)
    card.get_by_text(re.compile("Last sync: complete")).click()
    expect(card.get_by_text(re.compile(r"windows replaced"))).to_be_visible()
