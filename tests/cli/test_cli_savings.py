"""`claude-spend savings` adds up, says what it assumes, and refuses what cannot be."""

from decimal import Decimal

import pytest

LEVERS = {"newest", "swap", "batch", "cache", "lifetime", "fast", "geography", "seats"}


def money(doc, *names):
    return [Decimal(doc[name]) for name in names]


def test_the_bill_is_the_report_and_the_parts_are_the_bill(filled):
    said = filled.json("savings", "--seat-price", "40")
    doc = said.doc
    assert said.status == 0
    period = ("--from", doc["from"], "--to", doc["to"])
    total = filled.json("report", "--by", "source", *period).doc["total"]
    assert doc["billed"] == total
    before, after, saving = money(doc, "before", "after", "saving")
    assert before - after == saving > 0
    lines = [money(line, "before", "after") for line in doc["lines"]]
    assert [sum(column) for column in zip(*lines, strict=True)] == [before, after]
    seats = next(Decimal(line["before"]) for line in doc["lines"] if line["line"] == "seats")
    assert seats > 0
    assert before - seats == Decimal(total)


def test_together_is_the_sum_less_what_several_levers_meet(filled):
    doc = filled.json("savings").doc
    pulled = [Decimal(lever["saving"]) for lever in doc["levers"] if lever["pulled"]]
    assert {lever["lever"] for lever in doc["levers"]} == LEVERS
    assert sum(pulled) == Decimal(doc["sum_of_levers"])
    saving, met = money(doc, "saving", "met_by_several_levers")
    assert sum(pulled) - met == saving
    assert met != 0
    for lever in doc["levers"]:
        assert lever["assumption"].endswith(".")
        assert lever["action"].endswith(".")


def test_one_lever_alone_is_what_it_is_beside_the_others(filled):
    whole = {le["lever"]: le for le in filled.json("savings", "--batch", "50").doc["levers"]}
    doc = filled.json("savings", "--lever", "batch", "--batch", "50").doc
    assert doc["saving"] == doc["sum_of_levers"] == whole["batch"]["saving"]
    assert doc["met_by_several_levers"] == "0.00"
    assert {le["lever"] for le in doc["levers"] if le["pulled"]} == {"batch"}
    # Half of it at half the price is a quarter of what the lever reaches, to the rounding.
    quarter = Decimal(whole["batch"]["reach"]) / 4
    assert abs(Decimal(doc["saving"]) - quarter) < Decimal("0.00001")


def test_a_swap_for_a_workspace_reaches_it_alone(filled):
    models = filled.json("report", "--by", "model,workspace", "--where", "source=platform").doc
    row = next(r for r in models["rows"] if r["model"] and "opus" in r["model"])
    name = row["workspace_name"]
    swap = f"{row['model']}=claude-haiku-4-5@workspace={name}"
    doc = filled.json("savings", "--lever", "swap", "--swap", swap).doc
    lever = next(lever for lever in doc["levers"] if lever["pulled"])
    assert Decimal(lever["saving"]) > 0
    assert {place["workspace_name"] for place in lever["places"]} == {name}


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--lever", "magic"), "unknown_name"), (("--batch", "101"), "bad_value"),
     (("--swap", "claude-opus-5"), "bad_value"), (("--cacheable", "much"), "bad_value"),
     (("--swap", "claude-opus-5=claude-opus-5-5@workspace=Nowhere"), "unknown_name"),
     (("--connection", "nobody"), "unknown_name"), (("--seat-price", "x"), "amount_refused")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_fix(filled, words, code):
    said = filled.json("savings", *words)
    assert (said.status, said.code) == (1, code)


def test_an_empty_ledger_has_nothing_to_save(desk):
    doc = desk.json("savings").doc
    assert (doc["before"], doc["saving_a_month"]) == ("0.00", "0.00")


def test_people_read_the_largest_first_and_the_sum_beside_the_bill(filled):
    said = filled.run("savings")
    assert said.status == 0
    assert "what several of them meet" in said.out
    assert "All together save $" in said.out
    assert "Assum" not in said.err
