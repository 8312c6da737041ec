"""Names that mean harm, in files: nothing that a spreadsheet runs, and no figure that is text."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
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
    since = (now().date() - timedelta(days=4)).isoformat()
    said = hostile.json("export", form, str(place), "--basis", "reported", "--from", since)
    assert said.status == 0, said
    with place.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert [cell for row in rows for cell in row if run(cell)] == []
    assert {len(row) for row in rows} == {len(head)}
    cost = head.index("cost_usd" if form == "csv" else "BilledCost")
    assert sum(Decimal(row[cost]) for row in rows) == Decimal(said.doc["total"])
    assert len(rows) == said.doc["rows"]
    every = {cell for row in rows for cell in row}
    assert any(cell.startswith(tuple(f"'{sign}" for sign in RUN)) for cell in every)
    assert any("<img src=" in cell for cell in every)


def cells(packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield each cell of a workbook: its type and what it holds."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    for name in packed.namelist():
        if name.startswith("xl/worksheets/sheet"):
            sheet = ElementTree.fromstring(packed.read(name))  # noqa: S314 (our own file)
            for cell in sheet.iter(f"{main}c"):
                yield cell.get("t", "n"), "".join(cell.itertext())


def test_a_workbook_holds_texts_and_numbers_and_nothing_that_runs(hostile: Desk) -> None:
    place = hostile.folder / "lines.xlsx"
    since = (now().date() - timedelta(days=3)).isoformat()
    assert hostile.json("export", "xlsx", str(place), "--from", since).status == 0
    with zipfile.ZipFile(place) as packed:
        inside, found = packed.namelist(), list(cells(packed))
        whole = b"".join(packed.read(name) for name in inside)
    assert not [n for n in inside if "externalLink" in n or "vba" in n or "hyperlink" in n.lower()]
    assert b"<f>" not in whole
    assert b"<hyperlink" not in whole
    assert {kind for kind, _ in found} <= {"n", "inlineStr", "s", "b"}
    assert sum(Decimal(text) for kind, text in found if kind == "n") > 0
    assert len(found) > 500
    assert b"SUM(" in whole


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
