"""A dashboard in this process, opened and used without a browser."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from core.ui import context, jobs

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@dataclass
class Dashboard:
    """A dashboard in this process: its ledger's settings, and how to open its pages."""

    settings: Settings

    def open(self, name: str, **query: str | list[str]) -> AppTest:
        """Return a page as its first visitor finds it, who comes by its address."""
        at = AppTest.from_file(ROOT / "app.py", default_timeout=30)
        for key, value in query.items():
            at.query_params[key] = value
        at.switch_page(f"pages/{name}.py").run()
        assert not at.exception, at.exception
        return at

    @property
    def engine(self) -> Engine:
        """Return the engine that the pages use."""
        return context.open_engine(self.settings.url, self.settings)

    def settle(self, name: str = "") -> jobs.Job:
        """Wait until a job, by default this ledger's sync, no longer runs; return it."""
        job = jobs.job(name or self.settings.url)
        deadline = time.monotonic() + 60
        while job.running:
            assert time.monotonic() < deadline, job.progress
            time.sleep(0.02)
        return job


Start = Callable[..., Dashboard]


def words(at: AppTest) -> str:
    """Return all that a page says in text, as Markdown."""
    return "\n".join(_texts(at))


def _texts(at: AppTest) -> Iterator[str]:
    for kind in ("title", "subheader", "markdown", "caption", "error", "warning", "info"):
        yield from (str(element.value) for element in at.get(kind))


def screen(at: AppTest) -> bytes:
    """Return everything that the browser was sent, as it went over the wire."""
    return b"".join(
        node.proto.SerializeToString()
        for root in (at.main, at.sidebar)
        for node in _nodes(root)
        if getattr(node, "proto", None) is not None
    )


def _nodes(node: object) -> Iterator[object]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)
