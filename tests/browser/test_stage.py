"""The stage itself: what a journey relies on to notice a failure is shown to notice it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from stage import NARROW, Watch, new_context, serve, settled, stretch

_RAISES = "import streamlit as st\nst.title('Here')\nraise ValueError('told')\n"
_ASKS = """
import streamlit as st
st.title("Here")
st.html("<img src='https://outside.invalid/pixel.png'>")
"""
_TALL = "import streamlit as st\nfor n in range(120):\n    st.write(f'Line {n}')\n"


def _app(folder: Path, text: str) -> Path:
    path = folder / "app.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_exception_on_a_page_is_noticed(chromium: Browser, tmp_path: Path) -> None:
    with serve(tmp_path, app=_app(tmp_path, _RAISES)) as server:
        with new_context(chromium, "light", 800, 600) as context:
            page = context.new_page()
            page.goto(server.url)
            with pytest.raises(AssertionError, match="ValueError"):
                settled(page)
        assert "Traceback" in server.log


def test_an_outside_request_is_noticed_and_stopped(chromium: Browser, tmp_path: Path) -> None:
    with (
        serve(tmp_path, app=_app(tmp_path, _ASKS)) as server,
        new_context(chromium, "dark", NARROW, 800) as context,
    ):
        watch = Watch(server.url.removeprefix("http://"))
        watch.over(context)
        page = context.new_page()
        with page.expect_event("requestfailed"):
            page.goto(server.url)
            settled(page)
        assert watch.outside == ["https://outside.invalid/pixel.png"]
        assert watch.errors == []


def test_a_window_stretches_to_the_whole_page(chromium: Browser, tmp_path: Path) -> None:
    with (
        serve(tmp_path, app=_app(tmp_path, _TALL)) as server,
        new_context(chromium, "light", 800, 600) as context,
    ):
        page = context.new_page()
        page.goto(server.url)
        settled(page)
        stretch(page, least=600)
        assert page.viewport_size is not None
        assert page.viewport_size["height"] > 3000
        assert page.get_by_text("Line 119", exact=True).is_visible()
