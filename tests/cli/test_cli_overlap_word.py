"""`claude-spend overlap-word`: the effect first, then the word, then taken back."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from core.calendar import now

SIDES = ("console", "seats")


def once(desk):
    return desk.json("report", "--by", "source").doc["total"]


def test_without_a_word_every_choice_is_shown_and_nothing_changed(copied):
    before = once(copied)
    doc = copied.json("overlap-word", *SIDES).doc
    assert (doc["platform"], doc["enterprise"], doc["word"], doc["stored"]) == (*SIDES, None, False)
    change = {choice["word"]: Decimal(choice["change"]) for choice in doc["choices"]}
    assert list(change) == [None, "independent", "count_enterprise", "count_platform", "match"]
    twice = Decimal(doc["choices"][0]["before"]["counted_twice"])
    assert change["independent"] == twice > 0
    assert {change[word] for word in (None, "count_enterprise", "count_platform", "match")} == {0}
    assert once(copied) == before


def test_a_word_changes_every_figure_until_it_is_taken_back(copied):
    before = once(copied)
    doc = copied.json("overlap-word", *SIDES, "independent", "--note", "two companies").doc
    (choice,) = doc["choices"]
    assert (doc["stored"], choice["before"]["counted_once"]) == (True, before)
    assert once(copied) == choice["after"]["counted_once"]
    overlap = copied.json("overlap").doc
    assert overlap["counted_twice"] == "0.00"
    assert {line["rule"] for line in overlap["lines"]} >= {"word_independent"}
    assert overlap["pairs"][0]["word"] == "independent"
    assert copied.json("overlap-word", *SIDES).doc["word"] == "independent"
    copied.json("overlap-word", *SIDES, "none")
    assert once(copied) == before


def test_a_dry_run_keeps_nothing(copied):
    doc = copied.json("overlap-word", *SIDES, "independent", "--dry-run").doc
    assert (doc["stored"], doc["word"]) == (False, None)
    assert copied.json("overlap-word", *SIDES).doc["word"] is None


def test_the_effect_can_be_that_on_some_days(copied):
    days = [row["day"] for row in copied.json("report", "--by", "day").doc["rows"]]
    part = copied.json("overlap-word", *SIDES, "--from", days[0], "--to", days[2]).doc
    whole = copied.json("overlap-word", *SIDES).doc
    one, all_ = (Decimal(d["choices"][0]["before"]["counted_once"]) for d in (part, whole))
    assert 0 < one < all_


def test_names_in_the_wrong_order_or_unknown_are_explained(copied):
    said = copied.json("overlap-word", "seats", "console", "match")
    assert (said.status, said.code) == (1, "bad_value")
    assert "no Platform connection" in said.doc["error"]["title"]
    said = copied.json("overlap-word", "nobody", "seats")
    assert (said.status, said.code) == (1, "unknown_name")
    assert copied.json("overlap-word", *SIDES, "perhaps").status == 2


def test_people_read_a_table(copied):
    said = copied.run("overlap-word", *SIDES)
    assert "count it on the Enterprise side" in said.out
    assert "Nothing has been changed." in said.out


def test_the_overlap_tells_how_much_equal_amounts_confirm(copied):
    doc = copied.json("overlap").doc
    (pair,) = doc["pairs"]
    assert pair["rule"] == "workspace"
    assert pair["equal_cells"] == pair["cells"] > 0
    assert pair["equal_amount"] == pair["amount"] == doc["counted_twice"]
    assert pair["differing"] == []
    assert "shared cells are equal in both books" in copied.run("overlap").out
    assert copied.json("overlap", "--connection", "console").doc["pairs"] == []


def test_a_restatement_that_one_side_has_not_seen_is_told_and_heals(copied, behaviour, synced):
    behaviour.restate[now().date() - timedelta(days=5)] = Fraction(11, 10)
    behaviour.restate_seen_by = ("platform",)
    synced()
    (pair,) = copied.json("overlap").doc["pairs"]
    day = (now().date() - timedelta(days=5)).isoformat()
    assert pair["equal_cells"] < pair["cells"]
    assert pair["differing_cells"] == pair["cells"] - pair["equal_cells"]
    assert {cell["day"] for cell in pair["differing"]} == {day}
    assert {cell["cause"] for cell in pair["differing"]} == {"not_final"}
    missing = Decimal(pair["amount"]) - Decimal(pair["equal_amount"])
    delta = sum(Decimal(cell["delta"]) for cell in pair["differing"])
    assert abs(delta - missing / 10) < Decimal("0.01")

    behaviour.restate_seen_by = ("platform", "enterprise")
    synced()
    (pair,) = copied.json("overlap").doc["pairs"]
    assert pair["equal_cells"] == pair["cells"]
