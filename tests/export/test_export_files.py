"""Exports hold every line once, exactly, and are written whole or not at all."""

import json
import zipfile

import polars as pl
import pytest
from factory import book, enterprise, fact, platform, rest, span
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import SPAN, books

from core.analysis.explore import ask
from core.analysis.query import Query
from core.errors import BadValue
from core.export import files, workbook
from core.export.lines import TEXTS, cost_lines
from core.ledger.names import NameRow

BILL = "platform/reports/cost/bill"
KEY = "platform/reports/usage/key"
WHO = "enterprise/unified/cost/who"
SHEET = "=HYPERLINK(1)"

PRICED = {
    "workspace": "w1", "model": "opus", "operation": "input",
    "token_type": "uncached_input_tokens",
}  # fmt: skip


def company():
    """Two lines of $1.00 and one hundredth of a cent; one that completes; one seat's $2.50."""
    return book(
        [
            fact(1, BILL, "11-01", **PRICED, amount=10**10, list_amount=2 * 10**10),
            fact(1, BILL, "11-01", workspace="w1", cost_type="web_search",
                 operation="web_search", amount=10**6, list_amount=10**6),
            rest(1, BILL, "11-01", amount=-1),
            fact(1, KEY, "11-01", **PRICED, api_key="k1", tokens=40),
            fact(1, KEY, "11-01", **PRICED, api_key="k2", tokens=2),
            fact(2, WHO, "11-01", user="u1", product="chat", amount=25 * 10**9),
        ],
        [platform(), enterprise()],
        names=[(1, "workspace", NameRow("w1", SHEET))],
    )  # fmt: skip


ALL = Query((), "cost", span("11-01", "11-02"))
TOTAL = 10**10 + 10**6 - 1 + 25 * 10**9


def test_lines_carry_what_the_reports_know():
    lines = cost_lines(company(), ALL)
    assert lines["amount"].sum() == TOTAL
    assert lines.height == 4
    priced = lines.filter(pl.col("operation") == "input").row(0, named=True)
    assert priced["tokens"] == 42
    assert (priced["list_amount"], priced["workspace_name"]) == (2 * 10**10, SHEET)
    assert lines.filter(pl.col("line") == "not attributed")["amount"].to_list() == [-1]
    assert lines.filter(pl.col("user") == "u1")["list_amount"].to_list() == [None]


def test_focus_has_exact_costs_and_safe_names(tmp_path):
    place = tmp_path / "focus.csv"
    files.write("focus", cost_lines(company(), ALL), place)
    rows = pl.read_csv(place, infer_schema=False)
    assert sorted(rows["BilledCost"]) == ["-0.0000000001", "0.0001", "1.00", "2.50"]
    row = rows.filter(pl.col("BilledCost") == "1.00").row(0, named=True)
    assert row["ListCost"] == "2.00"
    assert row["BillingPeriodStart"] == "2026-11-01T00:00:00Z"
    assert row["BillingPeriodEnd"] == "2026-12-01T00:00:00Z"
    assert row["ChargePeriodEnd"] == "2026-11-02T00:00:00Z"
    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == ("42", "Tokens")
    assert row["SubAccountName"] == f"'{SHEET}"
    assert json.loads(row["SkuPriceDetails"])["model"] == "opus"
    seat = rows.filter(pl.col("BilledCost") == "2.50").row(0, named=True)
    # Without a list price FOCUS wants the contracted one.
    assert (seat["ListCost"], seat["ServiceName"]) == ("2.50", "Claude Enterprise")


@pytest.mark.parametrize("name", ["a.parquet", "focus.parquet"])
def test_parquet_holds_exact_decimals(tmp_path, name):
    place = tmp_path / name
    focus = name.startswith("focus")
    files.write("focus" if focus else "parquet", cost_lines(company(), ALL), place)
    column = "BilledCost" if focus else "cost_usd"
    assert str(pl.read_parquet(place)[column].sum()) == "3.5000999999"


def test_csv_is_exact_and_safe(tmp_path):
    place = tmp_path / "lines.csv"
    files.write("csv", cost_lines(company(), ALL), place)
    rows = pl.read_csv(place, infer_schema=False)
    assert set(TEXTS) <= set(rows.columns)
    assert sorted(rows["cost_usd"]) == ["-0.0000000001", "0.0001", "1.00", "2.50"]
    assert f"'{SHEET}" in rows["workspace_name"]


def test_a_workbook_has_no_formula_and_says_the_exact_total(tmp_path):
    place = tmp_path / "lines.xlsx"
    files.write("xlsx", cost_lines(company(), ALL), place)
    with zipfile.ZipFile(place) as packed:
        sheets = "".join(packed.read(n).decode() for n in packed.namelist() if "sheet" in n)
    assert "<f>" not in sheets
    assert "hyperlink" not in sheets
    assert "3.5000999999" in sheets


def test_a_workbook_too_long_is_refused_and_the_old_file_stays(tmp_path, monkeypatch):
    place = tmp_path / "lines.xlsx"
    place.write_text("yesterday's")
    monkeypatch.setattr(workbook, "ROWS", 3)
    with pytest.raises(BadValue, match="more lines"):
        files.write("xlsx", cost_lines(company(), ALL), place)
    assert place.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [place]


def test_what_fails_half_way_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(lines, path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(files._WRITERS, "csv", full)
    with pytest.raises(BadValue, match="No space left"):
        files.write("csv", cost_lines(company(), ALL), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/a.csv", "."])
def test_a_place_that_is_none_is_refused(tmp_path, place):
    with pytest.raises(BadValue, match="cannot be written"):
        files.write("csv", cost_lines(company(), ALL), tmp_path / place)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(books(), st.sampled_from(["counted_once", "reported"]))
def test_the_lines_of_any_ledger_sum_to_its_total(made, basis):
    query = Query((), "cost", SPAN, basis=basis)
    assert cost_lines(made, query)["amount"].sum() == ask(made, query).total
