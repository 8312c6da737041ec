"""`claude-spend receipt` and `replay`: the same figure, there and back."""

from datetime import date, timedelta

import polars as pl

from core.analysis.activity import Count
from core.analysis.count_receipt import as_text as count_as_text
from core.analysis.receipt_sum import Term, as_text
from core.calendar import Span
from core.ledger.activity import SCHEMA, replace_activity
from core.ledger.engine import connect
from core.ledger.snapshot import book
from core.ledger.versions import identity
from core.money import from_dollars
from core.settings import Settings


def test_a_receipt_is_replayed_to_the_same_figure(copied, tmp_path):
    said = copied.json("receipt", "--by", "model", "--basis", "reported")
    total = copied.json("report", "--by", "model", "--basis", "reported").doc["total"]
    assert (said.status, said.doc["total"]) == (0, total)
    place = tmp_path / "receipt.txt"
    place.write_text(said.doc["text"])
    again = copied.json("replay", str(place))
    assert again.status == 0
    assert (again.doc["same"], again.doc["then"], again.doc["now"]) == (True, total, total)


def test_what_people_read_can_be_replayed_from_standard_input(copied):
    said = copied.run("receipt")
    again = copied.run("replay", "-", stdin=said.out)
    assert (again.status, "The same figure" in again.out) == (0, True)


def test_a_receipt_that_is_none_or_not_there_is_said(copied, tmp_path):
    said = copied.json("replay", str(tmp_path / "missing"))
    assert (said.status, said.code) == (1, "bad_value")
    said = copied.json("replay", "-", stdin="nothing of the kind")
    assert (said.status, said.code) == (1, "bad_value")


def test_a_sum_is_replayed_term_by_term(copied, tmp_path):
    whole = copied.json("receipt", "--by", "source", "--basis", "reported").doc
    once = copied.json("receipt", "--by", "source").doc
    text = as_text([Term(1, "Reported", whole["text"]), Term(-1, "Once", once["text"])])
    place = tmp_path / "sum.txt"
    place.write_text(text, encoding="utf-8")
    again = copied.json("replay", str(place))
    assert again.status == 0
    delta = from_dollars(whole["total"]) - from_dollars(once["total"])
    assert from_dollars(again.doc["now"]) == from_dollars(again.doc["then"]) == delta
    assert again.doc["same"]
    place.write_text(text.replace("=== - Once", "=== + Once"), encoding="utf-8")
    assert copied.json("replay", str(place)).doc["error"]["code"] == "bad_value"


def test_a_count_of_activity_is_replayed(copied, tmp_path):
    settings = Settings(database_url=copied.url)
    engine = connect(settings)
    day = date(2026, 11, 1)
    row = (day, "ci-key", "claude_code", "", "commits", 3)
    replace_activity(engine, 1, [day], pl.DataFrame([row], schema=SCHEMA, orient="row"))
    count = Count("commits", Span(day, day + timedelta(days=1)))
    text = count_as_text(book(engine, settings), count, ledger=identity(engine))
    place = tmp_path / "count.txt"
    place.write_text(text, encoding="utf-8")
    again = copied.json("replay", str(place))
    assert (again.status, again.doc["same"], again.doc["now"]) == (0, True, 3)
    replace_activity(engine, 1, [day], pl.DataFrame([], schema=SCHEMA))
    engine.dispose()
    again = copied.json("replay", str(place))
    assert (again.status, again.doc["delta"]) == (1, -3)
    assert [finding["code"] for finding in again.doc["findings"]] == ["receipt_differs"]
