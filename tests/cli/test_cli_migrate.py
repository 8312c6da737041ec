"""`claude-spend migrate-database`: there and back again, and what it refuses."""

import pytest

PASSWORD = "canary4711"


@pytest.fixture
def address(postgresql):
    """The address of an empty database on a server, with a password that it does not ask for."""
    url = postgresql.empty()
    yield url.replace("postgres@", f"postgres:{PASSWORD}@")
    postgresql.drop(url)


SECRET = {"CLAUDE_SPEND_SECRET_KEY": "what all of these places share"}


@pytest.mark.sqlite("begins with a file")
def test_there_and_back_every_figure_is_the_same(copied, address, tmp_path):
    words = ("report", "--by", "month,connection,workspace,user,model", "--measure", "cost")
    before = copied.json(*words).doc
    there = copied.json("migrate-database", copied.url, address, **SECRET)
    assert there.status == 0, there
    assert there.doc["findings"] == []
    assert there.doc["rows"] == sum(there.doc["tables"].values())
    assert there.doc["tables"]["connection"] == 2
    assert PASSWORD not in there.out + there.err
    moved = {"CLAUDE_SPEND_DATABASE_URL": address, **SECRET}
    assert copied.json(*words, **moved).doc == before
    assert copied.json("sync", **moved).status == 0
    after = copied.json(*words, **moved).doc
    back = f"sqlite:///{tmp_path}/back.sqlite3"
    said = copied.run("migrate-database", address, back, **SECRET)
    assert (said.status, "are equal" in said.out.replace("\n", " ")) == (0, True)
    assert "charge:" in said.err
    again = {"CLAUDE_SPEND_DATABASE_URL": back, **SECRET}
    assert copied.json(*words, **again).doc == after
    assert copied.json("doctor", **again).doc["ok"] is True


def test_a_ledger_that_holds_something_is_not_mixed_with_another(copied, tmp_path):
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    assert copied.json("migrate-database", copied.url, other).status == 0
    twice = copied.json("migrate-database", copied.url, other)
    assert (twice.status, twice.code) == (1, "bad_value")
    assert "not empty" in twice.doc["error"]["title"]


@pytest.mark.parametrize(
    "words",
    [("", "sqlite:////x"), ("mysql://u:canary4711@h/d", "sqlite:////x"),
     ("sqlite:////nowhere/x.sqlite3", "postgresql://u:canary4711@h:port/d"),
     ("sqlite:////nowhere/x.sqlite3", "sqlite:////nowhere/y.sqlite3")],
    ids=["nothing", "another database", "no port", "no file"],
)  # fmt: skip
def test_addresses_that_lead_nowhere_are_refused_without_their_password(desk, words):
    said = desk.json("migrate-database", *words)
    assert (said.status, said.code) == (1, "bad_value")
    assert PASSWORD not in said.out + said.err
