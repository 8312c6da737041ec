from collections import defaultdict
from datetime import timedelta

import pytest

from core.analysis.query import DIMS
from core.money import from_dollars


def _sum(doc, units=from_dollars):
    return sum(units(row["value"]) for row in doc["rows"])


@pytest.mark.parametrize("dim", DIMS)
def test_the_values_of_every_dimension_sum_to_the_same_total(filled, dim):
    whole = filled.json("report", "--by", "connection").doc["total"]
    said = filled.json("report", "--by", dim)
    assert said.status == 0
    assert said.doc["total"] == whole
    assert _sum(said.doc) == from_dollars(whole) > 0
    assert all(dim in row for row in said.doc["rows"])


@pytest.mark.parametrize("measure", ["cost", "list_cost", "tokens", "requests"])
@pytest.mark.parametrize("basis", ["counted_once", "reported"])
def test_every_measure_sums_exactly_on_either_basis(filled, measure, basis):
    words = ("report", "--measure", measure, "--basis", basis)
    said = filled.json(*words, "--by", "day,product,model").doc
    assert (said["measure"], said["basis"]) == (measure, basis)
    units = from_dollars if measure.endswith("cost") else int
    assert _sum(said, units) == units(said["total"]) > 0
    assert filled.json(*words, "--by", "month").doc["total"] == said["total"]


def test_figures_are_exact_decimals_without_exponent(filled):
    rows = filled.json("report", "--by", "day,user,model").doc["rows"]
    for row in rows:
        whole, _, fraction = row["value"].partition(".")
        assert whole.lstrip("-").isdigit()
        assert len(fraction) >= 2
        assert len(fraction) == 2 or not fraction.endswith("0")


def test_the_default_period_is_the_whole_ledger_and_is_said(filled, company):
    doc = filled.json("report", "--by", "day").doc
    assert doc["from"] <= str(company.span.start)
    assert doc["to"] > str(company.today)
    assert doc["provisional_from"] is not None
    days = [row["day"] for row in doc["rows"]]
    assert days == sorted(days)
    assert set(days) <= {str(day) for day in company.span}


def test_a_period_is_half_open_and_its_parts_sum_to_it(filled, company):
    start, end = company.span.start, company.span.end
    middle = start + timedelta(days=7)
    bounds = [(start, middle), (middle, end)]
    totals = [
        filled.json("report", "--by", "model", "--from", str(a), "--to", str(b)).doc["total"]
        for a, b in bounds
    ]
    whole = filled.json("report", "--by", "model", "--from", str(start), "--to", str(end)).doc
    assert (whole["from"], whole["to"]) == (str(start), str(end))
    assert sum(map(from_dollars, totals)) == from_dollars(whole["total"])


def test_names_stand_beside_ids_and_missing_values_are_null(filled):
    doc = filled.json("report", "--by", "workspace,api_key,user").doc
    for row in doc["rows"]:
        assert {"workspace_name", "api_key_name", "user_name"} <= set(row)
    assert any(row["workspace"] and row["workspace_name"] for row in doc["rows"])
    assert any(row["workspace"] is None for row in doc["rows"])
    assert not any("(not" in str(row["workspace"]) for row in doc["rows"])


def test_conditions_on_the_same_dimension_are_alternatives_on_another_both_hold(filled):
    everything = filled.json("report", "--by", "product,model").doc["rows"]
    products = sorted({row["product"] for row in everything if row["product"]})[:2]
    model = next(r["model"] for r in everything if r["product"] == products[0] and r["model"])
    wheres = [word for p in products for word in ("--where", f"product={p}")]
    both = filled.json("report", "--by", "product", *wheres).doc
    by_product: dict[str, int] = defaultdict(int)
    for row in everything:
        by_product[row["product"]] += from_dollars(row["value"])
    assert {row["product"]: from_dollars(row["value"]) for row in both["rows"]} == {
        product: by_product[product] for product in products
    }
    narrowed = filled.json(
        "report", "--by", "day", "--where", f"product={products[0]}", "--where", f"model={model}"
    ).doc
    expected = [r for r in everything if (r["product"], r["model"]) == (products[0], model)]
    assert _sum(narrowed) == sum(from_dollars(row["value"]) for row in expected)


def test_an_empty_condition_means_without_one(filled):
    rows = filled.json("report", "--by", "product").doc["rows"]
    without = filled.json("report", "--by", "product", "--where", "product=").doc
    expected = [row for row in rows if row["product"] is None]
    assert _sum(without) == sum(from_dollars(row["value"]) for row in expected)


def test_one_connection_alone(filled):
    rows = filled.json("report", "--by", "connection", "--basis", "reported").doc["rows"]
    for row in rows:
        words = ("--connection", row["connection"], "--basis", "reported")
        assert filled.json("report", "--by", "model", *words).doc["total"] == row["value"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--connection", "nobody"), "unknown_name"),
        (("--where", "model=claude-none"), "unknown_name"),
        (("--where", "day=yesterday"), "bad_value"),
        (("--from", "yesterday"), "bad_value"),
        (("--from", "2026-11-02", "--to", "2026-11-02"), "bad_value"),
        (("--from", "2026-11-02", "--to", "2026-11-01"), "bad_value"),
        (("--as-of", "soon"), "bad_value"),
    ],
)
def test_values_that_cannot_be_followed_end_with_1(filled, words, code):
    said = filled.json("report", "--by", "day", *words)
    assert (said.status, said.code) == (1, code)


def test_before_anything_was_known_nothing_was(filled):
    doc = filled.json("report", "--by", "model", "--as-of", "2020-01-01T00:00:00Z").doc
    assert (doc["rows"], doc["total"]) == ([], "0.00")
    assert doc["as_of"] == "2020-01-01T00:00:00Z"


def test_people_read_names_and_rounded_dollars_with_a_total(filled):
    said = filled.run("report", "--by", "source,workspace")
    assert said.status == 0
    assert "Total" in said.out
    assert "$" in said.out
    assert "wrkspc_" not in said.out
    assert "UTC" in said.out


def test_an_empty_ledger_answers_with_nothing_and_no_simulation(desk):
    said = desk.json("report", "--by", "day")
    assert said.status == 0
    assert (said.doc["rows"], said.doc["total"]) == ([], "0.00")
    assert "simulated_organisation" not in {f["code"] for f in said.doc["findings"]}
