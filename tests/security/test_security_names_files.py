"""Names that mean harm, in files: nothing that a spreadsheet runs, and no figure that is text."""

import csv
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from cli_desk import Desk
from hostile import PAYLOADS
from opened import on

from core.analysis.budgets.file import read, written
from core.calendar import month_start, now
from core.ledger.budgets import BudgetRow

RUN = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
MONTH = month_start(now().date())


def run(cell: str) -> bool:
    """Say whether a spreadsheet would run a cell; a plain negative figure it would not."""
    return cell.startswith(RUN) and not cell.removeprefix("-").replace(".", "", 1).isdecimal()


@pytest.mark.parametrize("form", ["csv", "focus"])
def test_a_csv_file_holds_no_formula_and_its_figures_are_exact(hostile: Desk, form: str) -> None:
    place = hostile.folder / "lines.csv"
    said = hostile.json("export", form, str(place), "--basis", "reported")
    assert said.status == 0, said
    with place.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert [cell for row in rows for cell in row if run(cell)] == []
    assert {len(row) for row in rows} == {len(head)}
    cost = head.index("cost_usd" if form == "csv" else "BilledCost")
    assert sum(Decimal(row[cost]) for row in rows) == Decimal(said.doc["total"])
    assert len(rows) == said.doc["rows"]
    every = {cell for row in rows for cell in row}
    assert any(cell.startswith("'=HYPERLINK") for cell in every)
    assert any("<img src=" in cell for cell in every)


def cells(place: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield each cell of a workbook with its type."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(place) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/sheet"):
                for cell in ElementTree.fromstring(packed.read(name)).iter(f"{main}c"):  # noqa: S314 (our own file)
                    yield cell.get("t", "n"), cell


def test_a_workbook_holds_texts_and_numbers_and_nothing_that_runs(hostile: Desk) -> None:
    place = hostile.folder / "lines.xlsx"
    said = hostile.json("export", "xlsx", str(place))
    assert said.status == 0, said
    with zipfile.ZipFile(place) as packed:
        inside = packed.namelist()
        whole = b"".join(packed.read(name) for name in inside)
    assert not [n for n in inside if "externalLink" in n or "vba" in n or "hyperlink" in n.lower()]
    assert b"<f>" not in whole
    assert b"<hyperlink" not in whole
    kinds = {kind for kind, _ in cells(place)}
    assert kinds <= {"n", "inlineStr", "s", "b"}
    numbers = [cell for kind, cell in cells(place) if kind == "n"]
    assert all(float(text) is not None for cell in numbers for text in cell.itertext() if text)
    assert b"HYPERLINK(" in whole


def test_a_parquet_file_keeps_names_exactly(hostile: Desk) -> None:
    place = hostile.folder / "lines.parquet"
    assert hostile.json("export", "parquet", str(place)).status == 0
    kept = pl.read_parquet(place)["workspace_name"].drop_nulls().unique().to_list()
    assert any(name.startswith(RUN) for name in kept)
    assert not any(name.startswith("'") for name in kept)


def test_what_explorer_offers_to_download_holds_no_formula(
    hostile: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []

    def keep(label: str, data: object, *_: object, **__: object) -> None:
        offered.append(data() if callable(data) else str(data))

    monkeypatch.setattr("streamlit.download_button", keep)
    on(hostile, monkeypatch).open("explorer", a="Workspace", b="Model")
    (text,) = offered
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert [cell for row in rows for cell in row if run(cell)] == []
    assert all(Decimal(row[head.index("cost_usd")]) is not None for row in rows)


def test_budgets_leave_without_a_formula_and_come_back_the_same() -> None:
    names = dict.fromkeys(" ".join(text.split()) for text in PAYLOADS if text.isprintable())
    budgets = [
        BudgetRow(name, MONTH, 10**10, "", (("workspace", name),), (name,), None, text)
        for name, text in zip(names, PAYLOADS, strict=False)
    ]
    text = written(budgets)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [cell for row in rows for cell in row if run(cell)] == []
    assert read(text) == budgets
