"""Whatever stands in a page's address, the page draws itself."""

import re

import pytest
from cli_desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opened import on
from ui_desk import PAGES, ROOT

KEYS = sorted({
    key
    for folder in ("core/ui", "pages")
    for path in (ROOT / folder).glob("*.py")
    for key in re.findall(r'key="([a-z_]+)", ?\n? *bind="query-params"|key="([a-z_]+)",$',
                          path.read_text(), re.MULTILINE)
    for key in key if key
})  # fmt: skip
"""Every parameter that a page keeps in its address."""

ODD = (
    "", " ", "x", "../../etc/passwd", "<img src=x onerror=alert(1)>", "'; DROP TABLE charge; --",
    "\u202e", "9" * 400, "-1", "NaN", "2026-99-99", "2026-11-01", "0001-01-01", "9999-12-31",
    "null", "None", "[]", "{}", "true", "%00", "\t", "\u00e9" * 300, "a,b", "//", "workspace//2026",
)  # fmt: skip
"""Texts that are nobody's choice."""

TRUE = ("Workspace", "Model", "User", "API key", "Cost", "Tokens", "Day", "Month", "As reported",
        "Nothing", "3", "none", "Console", "Connection")  # fmt: skip

texts = st.sampled_from(ODD) | st.sampled_from(TRUE) | st.text(max_size=12)
addresses = st.dictionaries(
    st.sampled_from(
        [*KEYS, "f", "f_workspace", "f_model", "f_user", "f_x", "f_connection", "x", ""]
    ),
    texts | st.lists(texts, max_size=3),
    max_size=7,
)


def test_the_parameters_are_known() -> None:
    assert {"m", "a", "b", "d", "g", "basis", "days", "see"} <= set(KEYS)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(addresses)
def test_explorer_draws_itself(filled: Desk, address: dict[str, str | list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        on(filled, patch).open("explorer", **address)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_itself(filled: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    texts = [ODD[(n + PAGES.index(name)) % len(ODD)] for n in range(len(KEYS))]
    address = {key: text if n % 3 else [text, "x"] for n, (key, text) in
               enumerate(zip(KEYS, texts, strict=True))}  # fmt: skip
    on(filled, monkeypatch).open(name, **address)
