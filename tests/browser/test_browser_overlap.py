"""Each dollar once: the Overview's total, the page that explains it, the books as reported."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from small_company import fill, small_company
from stage import NARROW, Server, settled

from core import demo
from core.calendar import Span, now
from core.ledger.engine import connect
from core.ledger.words import read_words
from core.settings import Settings
from core.ui import formats

Start = Callable[..., Server]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def company() -> demo.Organisation:
    return small_company()


@pytest.fixture(scope="module")
def filled_folder(
    tmp_path_factory: pytest.TempPathFactory, company: demo.Organisation
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("filled")
    with demo.serve(company) as api:
        fill(folder, api.base_url, company)
    return folder


@pytest.fixture
def connected(start: Start, filled_folder: Path) -> Server:
    """A dashboard on a ledger with both connections and their figures."""
    return start(copy_of=filled_folder, CLAUDE_SPEND_SYNC_EVERY_MINUTES="0")


def month() -> Span:
    today = now().date()
    first = today.replace(day=1)
    return Span(first, max(today, first + timedelta(days=1)))


def thirty(today: date) -> Span:
    return Span(today - timedelta(days=30), today)


def truth(company: demo.Organisation, span: Span) -> tuple[int, int, int]:
    """The Platform's cost, the Enterprise side's as it reports it, and of that its own."""
    return (
        int(company.truth("platform", span=span)["amount"].item()),
        int(company.truth("enterprise", span=span, overlap=1.0)["amount"].item()),
        int(company.truth("enterprise", span=span)["amount"].item()),
    )


def headline(page: Page, index: int = 0) -> str:
    return page.get_by_test_id("stMetricValue").nth(index).inner_text()


def test_the_total_is_counted_once_explained_and_doubled_as_reported(
    connected: Server, open_page: Open, company: demo.Organisation
) -> None:
    console, both, seats = truth(company, month())
    page = open_page(connected, "/overview")
    assert headline(page) == formats.short(console + seats)

    why = page.get_by_role("link", name=re.compile("in both books, counted once: why"))
    # On the first of a month nothing is in its books yet, and nothing is there to explain.
    (why if console else page.get_by_role("link", name="Overlap", exact=True)).click()
    expect(page.get_by_role("heading", name="Overlap")).to_be_visible(timeout=30_000)
    settled(page)
    console30, both30, seats30 = truth(company, thirty(now().date()))
    told = [formats.exact(n) for n in (console30, both30, console30, console30 + seats30)]
    worked = "Exactly: {} + {} \N{MINUS SIGN} {} = {}".format(*told)
    expect(page.get_by_text(worked)).to_be_visible()
    expect(page.get_by_text("the same workspace is the same usage")).to_be_visible()
    expect(page.get_by_text("No cell differs.")).to_be_visible()

    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=30_000)
    page.get_by_role("radio", name="As reported").click()
    expect(page).to_have_url(re.compile(r"basis=As\+reported"), timeout=15_000)
    # The address changes with the click, the figure when the page has run.
    figure = page.get_by_test_id("stMetricValue").first
    expect(figure).to_have_text(formats.short(console + both), timeout=15_000)
    page.reload()
    settled(page)
    assert headline(page) == formats.short(console + both)


@pytest.mark.parametrize("width", [1440, NARROW])
def test_a_word_shows_its_effect_and_then_has_it(
    connected: Server, open_page: Open, company: demo.Organisation, width: int
) -> None:
    console, both, seats = truth(company, thirty(now().date()))
    page = open_page(connected, "/overlap", width=width)
    page.get_by_text("Independent", exact=True).first.click()
    effect = page.get_by_test_id("stAlert").filter(has_text="would make")
    expect(effect).to_contain_text(formats.figure(console + both), timeout=15_000)
    settled(page)
    assert headline(page, 3) == formats.short(console + seats)

    page.get_by_role("button", name="Apply to all figures").click()
    expect(page.get_by_text("Your word: Independent")).to_be_visible(timeout=15_000)
    settled(page)
    assert headline(page, 3) == formats.short(console + both)
    engine = connect(Settings(database_url=connected.database_url))
    assert [said.word for said in read_words(engine)] == ["independent"]
    engine.dispose()
