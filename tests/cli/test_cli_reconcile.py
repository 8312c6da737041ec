"""`claude-spend reconcile`, `prices`, `invoices`, `close`: what they print, keep and refuse."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.calendar import now

YEAR = {"--from": (now().date() - timedelta(days=15)).isoformat(),
        "--to": now().date().isoformat()}  # fmt: skip
DAYS = tuple(word for pair in YEAR.items() for word in pair)


def last_month() -> str:
    first = now().date().replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def test_the_parts_sum_from_computed_to_billed(filled):
    doc = filled.json("reconcile", *DAYS).doc
    parts = sum(Decimal(part["amount"]) for part in doc["parts"])
    assert Decimal(doc["computed"]) + parts == Decimal(doc["billed"])
    assert doc["billed"] == filled.json("report", "--by", "source", *DAYS).doc["total"]
    assert Decimal(doc["billed"]) > 0
    assert (doc["from"], doc["to"]) == (YEAR["--from"], YEAR["--to"])
    assert date.fromisoformat(doc["prices"]["published"]).year >= 2025
    assert (doc["invoices"], doc["closed"]) == ([], [])
    names = {part["part"] for part in doc["parts"]}
    assert names >= {"discount", "unpriced", "priority", "not_final", "fast", "long_context",
                     "unexplained"}  # fmt: skip


def test_one_connection_is_reconciled_within_its_own_books(filled):
    doc = filled.json("reconcile", "--connection", "console", *DAYS).doc
    own = ("--connection", "console", "--basis", "reported")
    assert doc["billed"] == filled.json("report", "--by", "source", *own, *DAYS).doc["total"]
    said = filled.json("reconcile", "--connection", "nobody")
    assert (said.status, said.code) == (1, "unknown_name")


def test_people_read_the_walk(filled):
    said = filled.run("reconcile", *DAYS)
    assert said.status == 0
    for words in ("Usage at list prices", "Computed", "Billed", "genai-prices", "Explained"):
        assert words in said.out


def test_a_contract_price_changes_what_is_computed_until_it_is_deleted(copied):
    before = copied.json("reconcile", *DAYS).doc
    (row,) = copied.json("prices", "--discount", "7.5", "--from", YEAR["--from"]).doc["prices"]
    assert row == {"id": row["id"], "model": None, "operation": None, "price": None,
                   "discount_percent": "7.5", "from": YEAR["--from"], "to": None,
                   "note": ""}  # fmt: skip
    after = copied.json("reconcile", *DAYS).doc
    assert after["list"] == before["list"]
    assert after["billed"] == before["billed"]
    share = Decimal(after["computed"]) / Decimal(after["list"])
    assert abs(share - Decimal("0.925")) < Decimal("0.0001")
    assert "contract prices" in copied.run("reconcile", *DAYS).out
    assert copied.json("prices", "--delete", str(row["id"])).doc["prices"] == []
    assert copied.json("reconcile", *DAYS).doc["computed"] == before["computed"]


def test_a_price_a_hundred_times_off_is_told_loudly(copied):
    copied.json("prices", "--discount", "99", "--from", YEAR["--from"])
    doc = copied.json("reconcile", *DAYS).doc
    found = [x for x in doc["findings"] if x["code"] == "unit_mismatch"]
    assert found
    assert {x["severity"] for x in found} == {"error"}
    assert "Do not use these figures" in found[0]["fix"]


@pytest.mark.parametrize(
    "words",
    [("--discount", "5"), ("--discount", "5", "--price", "3", "--from", "2026-01-01"),
     ("--discount", "1/3", "--from", "2026-01-01"), ("--price", "x", "--from", "2026-01-01")],
)  # fmt: skip
def test_a_contract_price_that_says_nothing_is_refused(copied, words):
    said = copied.json("prices", *words)
    assert said.status == 1
    assert said.doc["error"]["fix"]
    assert copied.json("prices").doc["prices"] == []


def test_an_invoice_ties_or_says_by_how_much_it_is_off(copied, tmp_path):
    billed = copied.json("reconcile", "--connection", "console", *DAYS).doc["billed"]
    total = (Decimal(billed) + 20).quantize(Decimal("0.01"))
    rows = [f"A-1,{YEAR['--from']},{YEAR['--to']},console,{total},20.00",
            f"A-2,{YEAR['--from']},{YEAR['--to']},console,{total + 3},20.00"]  # fmt: skip
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join(["number,from,to,connection,total,tax", *rows]), encoding="utf-8")
    one, two = copied.json("invoices", "--add", str(path)).doc["invoices"]
    assert (one["number"], one["ties"], one["metered"], one["tax"]) == (
        "A-1",
        True,
        billed,
        "20.00",
    )
    assert two["ties"] is False
    assert Decimal(two["difference"]) - Decimal(one["difference"]) == 3
    assert Decimal(two["expected"]) + Decimal(two["difference"]) == Decimal(two["total"])
    said = copied.run("invoices")
    assert "ties" in said.out
    assert "off by $3.00" in said.out or "off by $2.99" in said.out or "off by $3.01" in said.out
    assert len(copied.json("reconcile", *DAYS).doc["invoices"]) == 2
    kept = copied.json("invoices", "--delete", str(one["id"])).doc["invoices"]
    assert [row["number"] for row in kept] == ["A-2"]


def test_of_a_file_with_a_mistake_nothing_is_kept(copied):
    text = "total,month,source\n5,2026-10,platform\n1.204;50,2026-10,platform\n"
    said = copied.json("invoices", "--add", "-", stdin=text)
    assert (said.status, said.code) == (1, "invoice_unreadable")
    assert said.doc["error"]["title"].startswith("Line 3:")
    assert copied.json("invoices").doc["invoices"] == []
    assert copied.json("invoices", "--add", "no such file").code == "bad_value"
    assert copied.json("invoices", "--delete", "7").code == "unknown_name"


def test_a_closed_month_keeps_its_total_and_tells_what_came_later(copied):
    month = last_month()
    first = date.fromisoformat(f"{month}-01")
    end = (first + timedelta(days=32)).replace(day=1)
    rows = copied.json("close", month, "--note", "done").doc["closed"]
    assert [row["connection"] for row in rows] == ["console", "seats"]
    for row in rows:
        days = ("--from", first.isoformat(), "--to", end.isoformat())
        own = ("--connection", row["connection"], "--basis", "reported")
        told = copied.json("report", "--by", "source", *own, *days).doc["total"]
        assert (row["month"], row["closed_total"], row["total"]) == (month, told, told)
        assert row["adjustments"] == "0.00"
    assert copied.json("close", month, "--reopen", "--connection", "console").doc["closed"] == [
        rows[1]
    ]
    assert copied.json("close", month, "--reopen", "--connection", "console").status == 1


def test_a_month_that_has_not_ended_is_not_closed(copied):
    said = copied.json("close", f"{now():%Y-%m}")
    assert said.status == 1
    assert "has not ended" in said.doc["error"]["title"]
    assert copied.json("close", "October").status == 1
    assert copied.run("close").status == 2
