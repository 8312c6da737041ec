"""Every page opens: both themes and widths, full and empty, also first thing on a new server."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from stage import NARROW, ROOT, WIDE, Server, idle

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))

Open = Callable[..., Page]


def has_title(page: Page) -> None:
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_count(1)


def fits(page: Page) -> bool:
    """Say whether nothing sticks out sideways."""
    return bool(
        page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".every(e => e.scrollWidth <= e.clientWidth)"
        )
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_a_page_opens_with_the_simulated_organisation(
    demo_server: Server, open_page: Open, name: str, theme: str, width: int
) -> None:
    page = open_page(demo_server, f"/{name}", theme=theme, width=width)
    has_title(page)
    assert fits(page)


def test_an_empty_dashboard_opens_every_page(start: Callable[..., Server], open_page: Open) -> None:
    server = start(CLAUDE_SPEND_DEMO="0")
    for name in PAGES:
        has_title(open_page(server, f"/{name}"))


@pytest.mark.parametrize("name", ["explorer", "connections"])
def test_the_first_visitor_of_a_new_server_gets_the_frame_around_a_deep_link(
    start: Callable[..., Server], open_page: Open, name: str
) -> None:
    page = open_page(start(CLAUDE_SPEND_DEMO="0"), f"/{name}")
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(len(PAGES))
    expect(links.filter(has_text="Overview")).to_be_visible()
    assert page.url.endswith(f"/{name}")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_with_nothing_connected_the_simulated_organisation_stands_in(
    demo_server: Server, start: Callable[..., Server], open_page: Open
) -> None:
    page = idle(open_page(start(like=demo_server)))
    expect(page.get_by_test_id("stSidebar").get_by_text("Simulated organisation")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_contain_text("$")
