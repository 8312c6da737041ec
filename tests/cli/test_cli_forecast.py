"""`claude-spend forecast` says what the contract says, in sum and divided, or why it cannot."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.calendar import month_start, next_month, now

KEYS = {"month", "actual_to_date", "expected", "low80", "high80", "low95", "high95", "method",
        "backtest"}  # fmt: skip
BACKTEST = {"folds", "wape", "coverage80", "coverage95", "run_rate_wape"}
MONTH = month_start(now().date())


def test_the_document_has_the_contracts_keys_and_the_reports_figure(filled):
    said = filled.json("forecast")
    doc = said.doc
    assert said.status == 0
    assert set(doc) >= KEYS
    assert set(doc["backtest"]) >= BACKTEST
    assert doc["month"] == f"{MONTH:%Y-%m}"
    period = ("--from", MONTH.isoformat(), "--to", next_month(MONTH).isoformat())
    assert doc["actual_to_date"] == filled.json("report", "--by", "source", *period).doc["total"]
    assert Decimal(doc["expected"]) >= Decimal(doc["actual_to_date"])
    assert doc["complete_through"] == (now().date() - timedelta(days=1)).isoformat()
    # The company has 20 days: enough for the same weekday of last week, too few for a band.
    assert doc["method"] == "same_weekday_last_week"
    assert doc["low80"] is None
    assert doc["backtest"]["folds"] == 0


@pytest.mark.parametrize("dim", ["workspace", "product", "connection", "service_tier"])
def test_the_parts_have_the_same_fields_and_sum_to_the_total(filled, dim):
    doc = filled.json("forecast", "--by", dim).doc
    assert doc["by"] == dim
    assert len(doc["rows"]) > 1
    assert all(set(row) >= KEYS | {dim} for row in doc["rows"])
    for name in ("actual_to_date", "expected"):
        assert sum(Decimal(row[name]) for row in doc["rows"]) == Decimal(doc[name])


def test_next_month_is_all_expected_and_has_no_run_rate(filled):
    month = next_month(MONTH)
    doc = filled.json("forecast", "--month", f"{month:%Y-%m}").doc
    assert (doc["month"], doc["actual_to_date"], doc["run_rate"]) == (
        f"{month:%Y-%m}",
        "0.00",
        None,
    )
    assert Decimal(doc["expected"]) > 0


def test_a_month_that_is_over_is_what_it_cost(filled):
    month = month_start(MONTH - timedelta(days=1))
    doc = filled.json("forecast", "--month", f"{month:%Y-%m}", "--by", "product").doc
    assert doc["method"] == "actual"
    assert doc["expected"] == doc["low95"] == doc["actual_to_date"]
    assert sum(Decimal(row["expected"]) for row in doc["rows"]) == Decimal(doc["expected"])
    assert "It cost $" in filled.run("forecast", "--month", f"{month:%Y-%m}").out


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("--month", "2026-13"), 1, "bad_value"),
        (("--month", "november"), 1, "bad_value"),
        (("--month", "2019-01"), 1, "bad_value"),
        (("--month", f"{MONTH.year + 2}-01"), 1, "bad_value"),
        (("--by", "day"), 1, "unknown_name"),
        (("--by", "magic"), 2, "usage"),
        (("--by", "model,user"), 2, "usage"),
    ],
)
def test_what_cannot_be_is_refused_with_its_fix(filled, words, status, code):
    said = filled.json("forecast", *words)
    assert (said.status, said.code) == (status, code)


def test_an_empty_ledger_forecasts_nothing_and_says_so(desk):
    said = desk.json("forecast")
    assert said.status == 0
    assert (said.doc["actual_to_date"], said.doc["expected"]) == ("0.00", None)
    assert said.doc["method"] == "none"
    assert "forecast_too_short" in [finding["code"] for finding in said.doc["findings"]]
    divided = desk.json("forecast", "--by", "model")
    assert (divided.status, divided.doc["rows"]) == (0, [])
    assert divided.doc["findings"] == said.doc["findings"]
    assert desk.json("forecast", "--by", "model", "--month", "2026-01").code == "bad_value"


def test_people_read_the_estimate_its_cut_off_and_its_method(filled):
    said = filled.run("forecast", "--by", "workspace")
    assert said.status == 0
    assert "Month-end estimate $" in said.out
    assert "Data complete through" in said.out
    assert "the same weekday of last week" in said.out
    assert "Total" in said.out
