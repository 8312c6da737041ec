"""Take pictures of every page, light and dark, wide and narrow: python tests/browser/look.py FOLDER

Shows the simulated organisation; with --empty a dashboard without any connection, and with --url
one that runs already. --page NAME (again and again) takes only some pages.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from stage import (
    NARROW,
    ROOT,
    WIDE,
    Watch,
    find_chromium,
    idle,
    launch,
    new_context,
    serve,
    stretch,
)

THEMES = ("light", "dark")
HEIGHTS = {WIDE: 900, NARROW: 844}


def arguments() -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", help="a dashboard that runs already")
    parser.add_argument("--empty", action="store_true", help="show it before anything is connected")
    parser.add_argument("--page", action="append", help="a page's file name, without .py")
    return parser.parse_args()


@contextmanager
def address(options: argparse.Namespace) -> Iterator[str]:
    """Give the address of the dashboard to look at, started here unless one was named."""
    if options.url:
        yield options.url.rstrip("/")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), CLAUDE_SPEND_DEMO="0" if options.empty else "1") as server,
    ):
        yield server.url
        if "Traceback" in server.log:
            sys.stdout.write(server.log[-4000:])


def picture(browser: Browser, url: str, theme: str, width: int, target: Path) -> list[str]:
    """Save one page as one PNG of its whole height; return what went wrong on the way."""
    with new_context(browser, theme, width, HEIGHTS[width]) as context:
        watch = Watch(url.split("/")[2])
        watch.over(context)
        page = context.new_page()
        page.goto(url)
        try:
            idle(page)
            stretch(page, least=HEIGHTS[width])
        except AssertionError as error:
            watch.errors.append(str(error))
        page.screenshot(path=target)
        return watch.errors + watch.outside


def main() -> int:
    """Take the pictures; exit 1 if any page failed or asked another host for something."""
    options = arguments()
    executable = find_chromium() or sys.exit("No Chromium or Chrome was found.")
    options.folder.mkdir(parents=True, exist_ok=True)
    names = options.page or sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    failed = False
    with address(options) as url, sync_playwright() as playwright:
        browser = launch(playwright, executable)
        for name in names:
            for theme in THEMES:
                for width in HEIGHTS:
                    target = options.folder / f"{name}-{theme}-{width}.png"
                    wrong = picture(browser, f"{url}/{name}", theme, width, target)
                    failed = failed or bool(wrong)
                    sys.stdout.write(f"{target}{''.join(f'  ! {what}' for what in wrong)}\n")
        browser.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
