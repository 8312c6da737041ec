"""`claude-spend export` writes what `report` says, to the last digit."""

from decimal import Decimal

import polars as pl
import pytest


@pytest.mark.parametrize("basis", ["counted_once", "reported"])
def test_an_export_sums_to_the_report(copied, tmp_path, basis):
    place = tmp_path / "lines.parquet"
    said = copied.json("export", "parquet", str(place), "--basis", basis)
    total = copied.json("report", "--by", "source", "--basis", basis).doc["total"]
    assert said.status == 0
    assert said.doc["total"] == total
    assert pl.read_parquet(place)["cost_usd"].sum() == Decimal(total)


def test_a_file_that_cannot_be_is_said(copied, tmp_path):
    said = copied.json("export", "csv", str(tmp_path / "missing" / "a.csv"))
    assert (said.status, said.code) == (1, "bad_value")
    assert "Its folder is missing." in said.doc["error"]["cause"]


def test_a_connection_that_is_none_is_said(copied, tmp_path):
    said = copied.json("export", "csv", str(tmp_path / "a.csv"), "--connection", "nobody")
    assert (said.status, said.code) == (1, "unknown_name")
