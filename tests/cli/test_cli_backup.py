"""`claude-spend backup` and `restore`, as a person uses them."""

import pytest

WORDS = ("report", "--by", "month,connection,workspace,user,model", "--measure", "cost")


@pytest.mark.sqlite("begins with a file")
def test_saved_lost_and_restored_every_figure_is_the_same(copied, tmp_path):
    before = copied.json(*WORDS).doc
    file = tmp_path / "backup.sqlite3"
    saved = copied.json("backup", str(file))
    assert (saved.status, saved.doc["file"], saved.doc["findings"]) == (0, str(file), [])
    assert saved.doc["bytes"] == file.stat().st_size
    assert saved.doc["rows"] == sum(saved.doc["tables"].values())
    assert saved.doc["tables"]["connection"] == 2
    twice = copied.json("backup", str(file))
    assert (twice.status, twice.code) == (1, "bad_value")
    there = {"CLAUDE_SPEND_DATABASE_URL": f"sqlite:///{tmp_path}/other/ledger.sqlite3"}
    restored = copied.json("restore", str(file), **there)
    assert (restored.status, restored.doc["tables"]) == (0, saved.doc["tables"])
    assert [finding["code"] for finding in restored.doc["findings"]] == ["secret_key_unusable"] * 2
    assert copied.json(*WORDS, **there).doc == before
    refused = copied.json("restore", str(file), **there)
    assert (refused.status, refused.code) == (1, "bad_value")
    said = copied.run("restore", str(file), "--force", **there)
    assert said.status == 0
    assert "before-restore-" in said.out
    assert "are equal" in copied.run("backup", str(file), "--force").out.replace("\n", " ")


def test_what_is_no_backup_is_refused(desk, tmp_path):
    said = desk.json("restore", str(tmp_path / "nowhere"))
    assert (said.status, said.code) == (1, "bad_value")
    (tmp_path / "letter").write_text("hello")
    said = desk.json("restore", str(tmp_path / "letter"))
    assert (said.status, said.code) == (1, "backup_unusable")
    said = desk.json("backup", str(tmp_path / "no" / "where"))
    assert (said.status, said.code) == (1, "backup_failed")
