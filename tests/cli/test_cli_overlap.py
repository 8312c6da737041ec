"""`claude-spend overlap` adds up, and says what `report` says."""

from decimal import Decimal


def test_the_four_totals_and_the_lines_add_up(copied):
    said = copied.json("overlap")
    doc = said.doc
    sums = {n: Decimal(doc[n]) for n in ("platform", "enterprise", "counted_twice", "counted_once")}
    assert said.status == 0
    assert sums["platform"] + sums["enterprise"] - sums["counted_twice"] == sums["counted_once"]
    assert doc["counted_once"] == copied.json("report", "--by", "source").doc["total"]
    by_class: dict[str, Decimal] = {}
    for line in doc["lines"]:
        by_class[line["class"]] = by_class.get(line["class"], Decimal()) + Decimal(line["amount"])
        assert line["why"].endswith(".")
    assert by_class["both"] == sums["counted_twice"] > 0
    assert sum(by_class.values()) == sums["counted_once"]
    assert Decimal(doc["unmatched"]) == by_class.get("unmatched", 0)


def test_one_connection_alone_has_nothing_twice(copied):
    name = next(
        c["name"] for c in copied.json("connections").doc["connections"] if c["kind"] == "platform"
    )
    doc = copied.json("overlap", "--connection", name).doc
    assert doc["enterprise"] == doc["counted_twice"] == "0.00"
    assert doc["platform"] == doc["counted_once"]


def test_people_read_a_table(copied):
    said = copied.run("overlap")
    assert said.status == 0
    assert "counted twice" in said.out
