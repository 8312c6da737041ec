import pytest

from core.analysis.questions.catalogue import QUESTIONS
from core.money import from_dollars

FOUNDING = ["invoice", "per-user", "per-product", "per-workspace", "per-api-key"]


def test_the_questions_are_listed_with_their_sources(desk):
    listed = desk.json("questions").doc["questions"]
    assert [q["question"] for q in listed] == [q.id for q in QUESTIONS]
    assert {q["question"]: q["recommended_source"] for q in listed[:5]} == {
        "invoice": "enterprise", "per-user": "enterprise", "per-product": "enterprise",
        "per-workspace": "platform", "per-api-key": "platform",
    }  # fmt: skip
    said = desk.run("questions")
    assert said.status == 0
    assert "per-api-key" in said.out


@pytest.mark.parametrize("name", [q.id for q in QUESTIONS])
def test_every_answer_sums_to_its_source(filled, name):
    doc = filled.json("ask", name).doc
    assert doc["question"] == name
    assert doc["answered_by"] == doc["recommended_source"]
    assert doc["connection"] == {"platform": "console", "enterprise": "seats"}[doc["answered_by"]]
    units = int if doc["measure"] == "tokens" else from_dollars
    assert sum(units(row["value"]) for row in doc["rows"]) == units(doc["total"]) > 0
    assert all(dim in row for row in doc["rows"] for dim in doc["by"])
    assert doc["caveats"]
    assert doc["other_source"]["connected"] is True


@pytest.mark.parametrize("name", FOUNDING)
def test_an_answer_is_what_the_source_alone_reports(filled, name):
    doc = filled.json("ask", name).doc
    where = ("--where", f"source={doc['answered_by']}", "--basis", "reported")
    period = ("--from", doc["from"], "--to", doc["to"])
    plain = filled.json("report", "--by", ",".join(doc["by"]), *where, *period).doc
    assert doc["total"] == plain["total"]
    assert doc["rows"] == plain["rows"]


def test_people_read_the_answer_its_caveats_and_the_other_source(filled):
    said = filled.run("ask", "per-user")
    assert said.status == 0
    assert "Answered by enterprise (seats)" in said.out
    assert "belongs to no user" in said.out
    assert "The Platform would have said $" in said.out
    assert "pull requests" in filled.run("ask", "pull-request").out or (
        "No pull request was counted" in filled.run("ask", "pull-request").out
    )
    assert "The cache served" in filled.run("ask", "cache-share").out


def test_not_connected_says_what_to_connect_and_gives_no_figure(desk):
    doc = desk.json("ask", "per-user").doc
    assert (doc["answered_by"], doc["connection"], doc["rows"], doc["total"]) == (
        None, None, [], None,
    )  # fmt: skip
    assert "claude-spend connect enterprise" in doc["why"]
    assert doc["other_source"]["total"] is None
    said = desk.run("ask", "per-user")
    assert said.status == 0
    assert "is not connected" in said.out


def test_a_period_is_half_open(filled, company):
    last = str(company.span.end)
    doc = filled.json("ask", "invoice", "--from", last, "--to", "2199-01-01").doc
    assert (doc["rows"], doc["total"]) == ([], "0.00")


def test_an_unknown_question_lists_close_matches(desk):
    said = desk.json("ask", "per-key")
    assert (said.status, said.code) == (1, "unknown_name")
    assert "per-api-key" in said.doc["error"]["cause"]
