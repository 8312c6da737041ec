"""Fixtures for browser journeys: a Chromium, servers with ledgers of their own, watched pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from stage import WIDE, Server, Watch, find_chromium, idle, launch, new_context, serve, settled

# Read here, because each test's environment is cleared of our variables.
_REQUIRED = os.environ.get("CLAUDE_SPEND_REQUIRE_BROWSER") == "1"
_HERE = Path(__file__).parent

Serve = Callable[..., Server]
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once; skip where none is installed, unless the run requires one."""
    executable = find_chromium()
    if executable is None:
        why = "no Chromium or Chrome was found; install one or name it in CHROMIUM"
        pytest.fail(why) if _REQUIRED else pytest.skip(why)
    with sync_playwright() as playwright:
        browser = launch(playwright, executable)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one dashboard, filled with the simulated organisation, for all tests that only look."""
    with serve(tmp_path_factory.mktemp("demo"), CLAUDE_SPEND_DEMO="1") as server:
        with new_context(chromium, "light", WIDE, 900) as context:
            page = context.new_page()
            page.goto(server.url)
            idle(page)
        yield server
        assert "Traceback" not in server.log, server.log


@pytest.fixture
def start(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Give `start(**environment)`: a fresh dashboard with an empty ledger, for this test alone.

    `start(like=demo_server)` gives it that server's simulated organisation, already filled;
    `start(copy_of=folder)` a copy of the ledger in a folder.
    """
    with ExitStack() as stack:
        started: list[Server] = []

        def begin(
            *, like: Server | None = None, copy_of: Path | None = None, **options: str
        ) -> Server:
            folder = tmp_path_factory.mktemp("server")
            if copy_of is not None:
                shutil.copytree(copy_of, folder, dirs_exist_ok=True)
            if like is not None:
                simulated = like.log_path.parent / "simulated"
                shutil.copytree(
                    simulated, folder / "simulated", ignore=shutil.ignore_patterns("*-shm")
                )
            started.append(stack.enter_context(serve(folder, **options)))
            return started[-1]

        yield begin
        for server in started:
            assert "Traceback" not in server.log, server.log


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Give `open_page(server, path, theme=, width=, height=)`: a settled page that is watched.

    At its end the test fails if a page raised an error or asked another host for anything.
    """
    with ExitStack() as stack:
        watches: list[Watch] = []

        def visit(
            server: Server,
            path: str = "/",
            *,
            theme: str = "light",
            width: int = WIDE,
            height: int = 1000,
        ) -> Page:
            context = stack.enter_context(new_context(chromium, theme, width, height))
            watches.append(Watch(server.url.removeprefix("http://")))
            watches[-1].over(context)
            page = context.new_page()
            page.goto(server.url + path)
            return settled(page)

        yield visit
        assert [error for watch in watches for error in watch.errors] == []
        assert [url for watch in watches for url in watch.outside] == []
