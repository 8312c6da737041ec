"""How long a cold server takes to its first chart, beside a Streamlit page with one chart.

Both are processes of their own with their byte code cached, as on any machine that has started
them once; the dashboard's ledger is the simulated organisation's, already filled. The clock
starts with the process and stops when Chromium has drawn the marks of the first chart.
Run with `make bench`.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from stage import ROOT, WIDE, find_chromium, launch, new_context, serve

from core import simulated
from core.settings import Settings

FLOOR = """
import altair as alt
import streamlit as st

rows = [{"day": n, "cost": n * n % 7} for n in range(30)]
st.altair_chart(alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="day:O", y="cost:Q"))
"""

MARKS = (
    "[data-testid=stVegaLiteChart] svg [role=graphics-symbol], [data-testid=stVegaLiteChart] canvas"
)


@contextmanager
def _started(folder: Path, app: Path, **environment: str) -> Iterator[tuple[str, float, float]]:
    """Yield a new server's address, when it began and when it listened."""
    began = time.perf_counter()
    with serve(folder, app=app, **environment) as server:
        yield server.url, began, time.perf_counter()


def once(browser: Browser, folder: Path, app: Path, path: str, **env: str) -> tuple[float, float]:
    """Return the seconds until a cold server listens, and until its first chart is drawn."""
    with (
        new_context(browser, "light", WIDE, 900) as context,
        _started(folder, app, **env) as (url, began, listening),
    ):
        page = context.new_page()
        page.goto(url + path)
        page.locator(MARKS).first.wait_for(state="attached", timeout=60_000)
        return listening - began, time.perf_counter() - began


def main() -> None:
    """Measure both, alternating, and print the medians and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    executable = find_chromium()
    if executable is None:
        raise SystemExit("Chromium is needed: the clock stops at what it draws.")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder, floor = Path(made), Path(made) / "floor.py"
        floor.write_text(FLOOR, encoding="utf-8")
        simulated.fill(Settings(database_url=f"sqlite:///{folder / 'ledger.sqlite3'}"))
        browser = launch(playwright, executable)
        runs: dict[str, list[tuple[float, float]]] = {"dashboard": [], "one chart": []}
        for number in range(times + 1):
            ours = once(browser, folder, ROOT / "app.py", "/overview", CLAUDE_SPEND_DEMO="1")
            bare = once(browser, folder, floor, "/")
            if number:  # the first round fills the caches of byte code and of the snapshot
                runs["dashboard"].append(ours)
                runs["one chart"].append(bare)
        browser.close()
    for name, seconds in runs.items():
        listening, drawn = (statistics.median(part) for part in zip(*seconds, strict=True))
        worst = max(total for _, total in seconds)
        print(f"{name:10} listening {listening:5.2f} s   first chart {drawn:5.2f} s"
              f"   slowest {worst:5.2f} s")  # fmt: skip
    middle = [statistics.median(total for _, total in seconds) for seconds in runs.values()]
    print(f"ratio {middle[0] / middle[1]:.2f}")


if __name__ == "__main__":
    main()
