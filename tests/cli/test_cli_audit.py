"""`claude-spend audit`: who did what, on the command line."""

import getpass

from core.ledger.audit import words


def test_what_commands_do_is_told_with_who_did_it(copied, tmp_path):
    start = len(copied.json("audit").doc["entries"])
    file = tmp_path / "lines.csv"
    assert copied.json("export", "csv", str(file)).status == 0
    assert copied.json("disconnect", "seats").status == 0
    told = copied.json("audit")
    assert (told.status, told.doc["findings"]) == (0, [])
    newest = told.doc["entries"][: len(told.doc["entries"]) - start]
    assert [e["action"] for e in newest][:2] == ["disconnected", "exported"]
    assert {e["who"] for e in newest} == {getpass.getuser()}
    assert newest[1]["object"] == "csv"
    assert newest[1]["details"]["rows"] > 0
    assert len(copied.json("audit", "--last", "1").doc["entries"]) == 1
    drawn = copied.run("audit")
    assert "disconnected" in drawn.out
    assert "command line" in drawn.out


def test_an_empty_log_says_so(desk):
    assert "Nobody has done anything yet" in desk.run("audit").out
    assert desk.json("audit", "--since", "yesterday").code == "bad_value"


def test_details_are_one_line():
    assert words({"rows": 3, "where": ["a=b", "c=d"], "basis": "reported"}) == (
        "rows 3, where a=b and c=d, basis reported"
    )
