"""Names that mean harm are kept exactly, and shown on every page as nothing but text."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from cli_desk import Desk
from hostile import PAYLOADS, spoilt
from opened import on
from streamlit.testing.v1 import AppTest
from ui_desk import PAGES, ROOT, _nodes

from core.ledger.columns import storable
from core.ledger.engine import connect
from core.ledger.names import read_names
from core.settings import Settings
from core.ui import formats
from core.ui.grid import grid

HARM = re.compile(
    r"(?<!\\)<(img|script|http)|(?<!\\)\]\((javascript|http://out)|:red\[\$|(?<!\\)\$x|(?<!\\)`c`"
    r"|:material/home|:streamlit:|://out\.|www\.|(?<!\\)\*\*b\*\*|(?<!\\)~~d|\n# head|\n\|"
    r"|[\u202a-\u202e\u2066\u2067\x00\x07\x1b\x9b]|(long){600}"
)
"""What Markdown, or whoever reads it, would make something of."""

PLAIN = {
    "MultiSelect.options",
    "Selectbox.options",
    "TextInput.default",
    "Code.code_text",
    "VegaLiteChart.alt",
    "VegaLiteChart.spec",
    "Dataframe.alt",
}
"""Fields that the browser shows as they are, each in an element of its own."""

FORMULA = r"^[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
FIGURE = r"^[+\-]?\$?[0-9][0-9.,]*[ %kMBT]*$"


def protos(at: AppTest) -> Iterator[Any]:
    """Yield everything that the browser was sent."""
    for root in (at.main, at.sidebar):
        for node in _nodes(root):
            proto = getattr(node, "proto", None)
            if proto is not None:
                yield proto


def texts(proto: Any) -> Iterator[tuple[str, str]]:
    """Yield every text that a message holds, with the message and the field that holds it."""
    for field, value in proto.ListFields():
        single = isinstance(value, str | bytes | int | float) or hasattr(value, "ListFields")
        for one in (
            [value] if single else [value[key] if hasattr(value, "keys") else key for key in value]
        ):
            if isinstance(one, str):
                yield f"{proto.DESCRIPTOR.name}.{field.name}", one
            elif hasattr(one, "ListFields"):
                yield from texts(one)


def charted(at: AppTest) -> list[pl.DataFrame]:
    """Return the data of every chart, which a browser shows as a table and downloads."""
    charts = [proto for proto in protos(at) if proto.DESCRIPTOR.name == "VegaLiteChart"]
    return [
        pl.DataFrame(pl.read_ipc_stream(BytesIO(named.data.data)))
        for chart in charts
        for named in chart.datasets
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_names_as_nothing_but_text(
    hostile: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    by_workspace = {"a": "Workspace", "b": "User"} if name == "explorer" else {}
    at = on(hostile, monkeypatch).open(name, **by_workspace)
    said = [pair for proto in protos(at) for pair in texts(proto)]
    harm = [(where, text) for where, text in said if HARM.search(text) and where not in PLAIN]
    assert harm == []
    assert not at.get("html")
    assert not at.get("iframe")
    assert "out" in "".join(text for _, text in said)
    for data in [pl.from_pandas(table.value) for table in at.dataframe] + charted(at):
        for cells in data.select(pl.col(pl.String)).iter_columns():
            run = cells.str.contains(FORMULA) & ~cells.str.contains(FIGURE)
            assert cells.filter(run).to_list() == []


def test_a_tables_cell_is_told_from_a_formula_and_a_figure_stays(monkeypatch: Any) -> None:
    shown: list[pl.DataFrame] = []
    monkeypatch.setattr("core.ui.grid.st.dataframe", lambda frame, **_: shown.append(frame))
    rows = [{"x": text, "n": -1} for text in ("=1", "+x", "-5", "-$1,204.50", "+4.2%", "@a", "a=1")]
    grid(rows, hide_index=True)
    assert shown[0]["x"].to_list() == [
        "\u2060=1", "\u2060+x", "-5", "-$1,204.50", "+4.2%", "\u2060@a", "a=1"
    ]  # fmt: skip
    assert shown[0]["n"].to_list() == [-1] * 7


def names(desk: Desk) -> dict[tuple[int, str, str], str]:
    """Return what a desk's ledger calls the ids that the directories list."""
    engine = connect(Settings(database_url=desk.url))
    listed = {key: row.name for key, row in read_names(engine).items() if key[1] != "user"}
    engine.dispose()
    return listed


def test_names_are_kept_exactly(hostile: Desk, filled: Desk) -> None:
    assert len(names(filled)) > 20
    assert names(hostile) == {key: storable(spoilt(name)) for key, name in names(filled).items()}


# ── Markdown ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", PAYLOADS)
def test_plain_leaves_nothing_for_markdown(text: str) -> None:
    shown = formats.plain(text)
    assert not HARM.search(shown)
    assert "\n" not in shown
    assert len(shown) <= 2 * formats.LONGEST + 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://out.invalid", "https\\:\u2060//out\\.invalid"),
        ("WWW.out.invalid", "WWW\u2060\\.out\\.invalid"),
        (":material_home:", "\\:\u2060material\\_home\\:"),
        ("a -> b", "a \\-\u2060\\> b"),
        ("--by model", "\\-\\-by model"),
        ("a--b", "a\\-\\-b"),
        ("\u202eabc\u2069", "\ufffdabc\ufffd"),
        ("a\x1b[31m", "a\ufffd\\[31m"),
        ("\u05e9\u05dc\u05d5\u05dd 7", "\u2068\u05e9\u05dc\u05d5\u05dd 7\u2069"),
        ("  a\n\n\tb\u2028c ", "a b c"),
        ("x" * 3000, "x" * 1999 + "\u2026"),
    ],
)
def test_what_plain_makes_of_a_text(text: str, shown: str) -> None:
    assert formats.plain(text) == shown


RAW = re.compile(r"unsafe_allow_html|components\.v1|\bst\.(?:html|iframe|table|dataframe)\(")


def test_no_page_shows_anything_raw() -> None:
    """Tables go through `grid`; HTML, and tables whose cells are Markdown, are not shown at all."""
    paths = [*(ROOT / "core" / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]
    found = {path.name: RAW.findall(path.read_text()) for path in paths}
    assert {name: raw for name, raw in found.items() if raw} == {"grid.py": ["st.dataframe("]}
