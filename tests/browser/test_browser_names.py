"""Names that mean harm, in a real browser: no dialog, no picture, no link, no other host asked."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page
from small_company import fill, small_company
from stage import Server, settled

from core import demo
from core.calendar import now
from core.ledger.engine import connect
from core.ledger.names import NameRow, read_names, replace_names
from core.settings import Settings

# The names are those that the other tests of this kind give to everything.
sys.path.append(str(Path(__file__).parents[1] / "security"))

from hostile import PAYLOADS, add_all

Start = Callable[..., Server]
Open = Callable[..., Page]

PAGES = (
    "/overview", "/explorer?a=Workspace&b=User", "/usage", "/sources", "/overlap",
    "/reconciliation", "/forecast", "/anomalies", "/savings", "/connections", "/alerts", "/people",
)  # fmt: skip
LINKS = "a[href*='out.invalid'], a[href^='javascript'], [data-testid=stMain] :is(img, iframe)"


def spoil(server: Server) -> None:
    """Give every id of a server's ledger, and all that people name, such a name."""
    settings = Settings(database_url=server.database_url)
    engine = connect(settings)
    known = sorted(read_names(engine))
    for number, kind in {key[:2] for key in known}:
        rows = [
            NameRow(key[2], f"{PAYLOADS[n % len(PAYLOADS)]} {n}", PAYLOADS[-n % len(PAYLOADS)])
            for n, key in enumerate(known)
            if key[:2] == (number, kind)
        ]
        replace_names(engine, number, kind, rows, now())
    add_all(engine, settings)
    engine.dispose()


@pytest.fixture(scope="module")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, company = tmp_path_factory.mktemp("filled"), small_company()
    with demo.serve(company) as api:
        fill(folder, api.base_url, company)
    return folder


def test_names_do_nothing_in_the_browser(
    start: Start, open_page: Open, company_folder: Path
) -> None:
    server = start(copy_of=company_folder, CLAUDE_SPEND_SYNC_EVERY_MINUTES="0")
    spoil(server)
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page = open_page(server, PAGES[0])
    page.on("dialog", note)
    for path in PAGES:
        page.goto(server.url + path)
        settled(page)
        page.mouse.move(700, 500)
        page.mouse.move(640, 420)
        found = page.locator(LINKS)
        assert found.count() == 0, (path, found.first.evaluate("e => e.outerHTML"))
    assert dialogs == []
    # That no other host was asked, and nothing failed, is what `open_page` ends with.
