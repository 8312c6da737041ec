"""A stage for the browser: the dashboard as a process of its own, and a Chromium that looks at it.

`conftest.py` makes fixtures of this and `look.py` takes pictures with it.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Route

ROOT = Path(__file__).resolve().parents[2]
WIDE, NARROW = 1440, 390
SETTLED = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
)
_NOT_INHERITED = ("CLAUDE_SPEND_", "STREAMLIT_", "ANTHROPIC_")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_LOADING = "document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]') === null"

_WORKING = "document.querySelector('[data-testid=stProgress]') === null"


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: $CHROMIUM, the PATH, or where macOS keeps it."""
    named = os.environ.get("CHROMIUM")
    on_path = (shutil.which(name) for name in _NAMES)
    on_mac = (path for path in _MAC if Path(path).exists())
    return named or next((path for path in (*on_path, *on_mac) if path), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    """Start a headless Chromium that asks the network for nothing by itself."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=executable, args=[*root, *_QUIET])


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address, its ledger, and what it wrote to its log."""

    url: str
    database_url: str
    log_path: Path

    @property
    def log(self) -> str:
        """Return all that the server has written so far, to either stream."""
        return self.log_path.read_text(encoding="utf-8")


def _environment(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(_NOT_INHERITED)}
    ours = {
        "CLAUDE_SPEND_DATABASE_URL": f"sqlite:///{folder}/ledger.sqlite3",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "PYTHONUNBUFFERED": "1",
        "XDG_DATA_HOME": str(folder),
    }
    return kept | ours | extra


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended by itself:\n{log.read_text(encoding='utf-8')}")
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError(f"The server did not get healthy:\n{log.read_text(encoding='utf-8')}")


@contextmanager
def serve(folder: Path, *, app: Path = ROOT / "app.py", **environment: str) -> Iterator[Server]:
    """Run the dashboard on a free port with a ledger of its own in `folder`; stop it afterwards."""
    port, log = free_port(), folder / "server.log"
    words = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    words += ["--server.address=127.0.0.1", "--server.headless=true"]
    words += ["--server.fileWatcherType=none"]
    variables = _environment(folder, environment)
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            words, cwd=app.parent, env=variables, stdout=sink, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            _await_health(url, process, log)
            yield Server(url, variables["CLAUDE_SPEND_DATABASE_URL"], log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class Watch:
    """What must not happen while a page is looked at."""

    host: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Note every page error and breach of its policy; stop and note what leaves the server."""
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self.said)
        context.route(lambda url: urlsplit(url).netloc != self.host, self._stop)

    def said(self, message: ConsoleMessage) -> None:
        """Note a breach of the page's policy, which the browser tells on its console."""
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def _stop(self, route: Route) -> None:
        if urlsplit(route.request.url).scheme in {"data", "blob"}:
            route.continue_()
            return
        self.outside.append(route.request.url)
        route.abort()


def new_context(browser: Browser, theme: str, width: int, height: int) -> BrowserContext:
    """Open a browser profile: a theme, a size, no motion, and a zone that is far from UTC."""
    return browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="America/Los_Angeles",
        accept_downloads=True,
    )


def _until(page: Page, true: str, timeout: float) -> None:
    # Playwright's own waiting evaluates text inside the page, which the page's policy forbids.
    deadline = time.monotonic() + timeout
    while not page.evaluate(true):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{page.url} never came to: {true}")
        page.wait_for_timeout(20)


def settled(page: Page, timeout: float = 60) -> Page:
    """Wait until the script has run, all is drawn, and nothing failed; return the page.

    Raises AssertionError with the text of the exception that the page shows, if it shows one.
    """
    page.wait_for_selector(SETTLED, timeout=timeout * 1000)
    _until(page, _LOADING, timeout)
    page.wait_for_selector(SETTLED, timeout=timeout * 1000)
    shown = page.get_by_test_id("stException")
    assert shown.count() == 0, f"{page.url} shows: {shown.first.inner_text()}"
    return page


def idle(page: Page, timeout: float = 600) -> Page:
    """Wait until no work goes on in the background (a sync, the simulation); return the page."""
    settled(page)
    _until(page, _WORKING, timeout)
    return settled(page)


def stretch(page: Page, least: int, most: int = 8000) -> None:
    """Make the window as tall as the page: Streamlit scrolls an inner box, not the document."""
    width = page.viewport_size["width"] if page.viewport_size else WIDE
    tall = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
    page.set_viewport_size({"width": width, "height": max(least, min(tall, most))})
    settled(page)
