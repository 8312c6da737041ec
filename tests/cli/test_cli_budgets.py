"""`claude-spend budgets` keeps, lists, imports and exports; a file is kept whole or not at all."""

import pytest
from cli_desk import Desk


@pytest.fixture
def desk(tmp_path, ledgers):
    made = Desk(tmp_path, ledgers=ledgers)
    made.run("budgets", "add", "All", "--amount", "1,000", "--from", "2026-01")
    return made


def names(said):
    return [row["name"] for row in said.doc["budgets"]]


def test_a_budget_is_added_listed_and_removed(desk):
    said = desk.json("budgets", "add", "Lab", "--amount", "1200.5", "--parent", "All",
                     "--from", "2026-01", "--where", "workspace=w;1")  # fmt: skip
    assert said.status == 0
    parent, child = said.doc["budgets"]
    assert (parent["amount"], parent["handed_down"]) == ("1000.00", "1200.50")
    assert (parent["not_handed_down"], parent["spent"]) == ("-200.50", "0.00")
    assert (child["depth"], child["parent"], child["where"]) == (1, "All", ["workspace=w;1"])
    assert "never seen" in child["problem"]
    assert "more is handed down" in desk.run("budgets", "list").out
    assert names(desk.json("budgets", "remove", "All")) == ["Lab"]
    assert desk.json("budgets", "remove", "All").code == "unknown_name"
    assert names(desk.json("budgets", "list", "--month", "2025-12")) == []


def test_out_and_in_again_makes_no_difference(desk):
    desk.run("budgets", "add", "=cmd", "--from", "2026-01", "--through", "2026-12", "--parent",
             "All", "--where", 'workspace=a;"b', "--where", "team=", "--note", "'-x")  # fmt: skip
    file = desk.folder / "budgets.csv"
    assert desk.json("budgets", "export", str(file)).doc == {"file": str(file), "budgets": 2}
    assert "'=cmd" in file.read_text()
    before = desk.json("budgets", "list").doc
    desk.run("budgets", "remove", "=cmd")
    desk.run("budgets", "remove", "All")
    assert desk.json("budgets", "import", str(file)).doc == before
    assert desk.run("budgets", "export", "-").out == file.read_text()


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Lab,12.x,2026-01,,", "Line 3, column amount"),
        ("Lab,1,2026-13,,", "Line 3, column from"),
        ("Lab,1,2026-02,2026-01,", "Line 3, column through"),
        ("Lab,1,2026-01,,day=2026-01-01", "Line 3, column where"),
        ("Lab,1,2026-01,,nothing", "Line 3, column where"),
        ("New,1,2026-01,,", "Line 3, column name"),
        (",1,2026-01,,", "Line 3, column name"),
        ("Lab,1", "Line 3 has 2 values"),
    ],
)
def test_a_file_that_is_off_keeps_nothing_and_says_where(desk, line, place):
    file = desk.folder / "in.csv"
    file.write_text(f"name,amount,from,through,where\nNew,5,2026-01,,\n{line}\n")
    said = desk.json("budgets", "import", str(file))
    assert (said.status, said.code) == (1, "bad_value")
    assert place in said.doc["error"]["title"]
    assert names(desk.json("budgets", "list")) == ["All"]


def test_unknown_columns_and_files_are_refused(desk):
    file = desk.folder / "in.csv"
    file.write_text("name,from,sum\n")
    assert "Line 1" in desk.json("budgets", "import", str(file)).doc["error"]["title"]
    assert desk.json("budgets", "import", "nowhere.csv").code == "bad_value"
    file.write_text("name,from,parent\nx,2026-01,nobody\n")
    assert "'nobody'" in desk.json("budgets", "import", str(file)).doc["error"]["title"]
    file.write_bytes("name,from\nCafé,2026-01\n".encode("latin-1"))
    assert "not UTF-8" in desk.json("budgets", "import", str(file)).doc["error"]["title"]
    file.write_text("name,from\nx,11/2026\n")
    assert (
        "'11/2026' is not a month"
        in desk.json("budgets", "import", str(file)).doc["error"]["cause"]
    )


def test_a_month_that_is_none_is_called_one(desk):
    said = desk.json("budgets", "add", "Lab", "--amount", "1", "--from", "yesterday")
    assert (said.code, said.doc["error"]["title"]) == ("bad_value", "'yesterday' is not a month.")
    assert (
        "'2026-11-01'"
        in desk.json("budgets", "list", "--month", "2026-11-01").doc["error"]["title"]
    )
