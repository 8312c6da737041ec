"""No text of anybody's becomes a part of a statement: it is bound, kept and found as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_desk import Desk
from opened import on
from sqlalchemy import Engine, event

from core.ledger.engine import connect, reading
from core.ledger.tables import table
from core.settings import Settings

ROOT = Path(__file__).parents[2]
INJECTIONS = (
    "'; DROP TABLE charge; --",
    '"; DROP TABLE charge; --',
    "' OR '1'='1",
    "x' UNION SELECT key_ciphertext FROM connection --",
    "x') ; ATTACH DATABASE 'evil.sqlite3' AS evil; --",
    ":name %(name)s %s ?1 {name} /* */ x",
)
MARK = re.compile(r"DROP|UNION|ATTACH|1=1|'1'='1|:name|/\*", re.I)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that goes to any database, without what is bound to it."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def rows(desk: Desk) -> dict[str, int]:
    """Return how many rows each table of figures and connections has."""
    engine = connect(Settings(database_url=desk.url))
    with reading(engine) as session:
        names = ("charge", "usage", "connection", "name", "day_state")
        found = {
            name: session.connection().exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in names
        }
    engine.dispose()
    return found


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_and_names_of_the_command_line_are_values(
    filled: Desk, statements: list[str], text: str
) -> None:
    before = rows(filled)
    statements.clear()
    for words in (
        ("report", "--by", "workspace", "--where", f"workspace={text}"),
        ("report", "--by", "model", "--connection", text),
        ("report", "--by", text),
        ("check", text),
        ("receipt", "--where", f"model={text}"),
        ("anomalies", "dismiss", "2026-11-01", "--where", f"workspace={text}", "--reason", text),
        ("restatements", "--since", text),
    ):
        said = filled.json(*words)
        assert said.status in {1, 2}, said
        assert said.code in {"unknown_name", "bad_value", "usage"}, said
    assert [one for one in statements if MARK.search(one)] == []
    assert rows(filled) == before


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_people_name_is_kept_and_found_as_it_is(
    desk: Desk, statements: list[str], text: str
) -> None:
    name = text[:70]
    connected = ("connect", "platform", name, "--organization-id", text, "--no-check")
    key = "sk-ant-admin01-" + "q7" * 45
    assert desk.json(*connected, stdin=f"{key}\n").doc["connection"]["name"] == name
    assert (
        desk.json("budgets", "add", name, "--amount", "1", "--where", f"model={text}").status == 0
    )
    assert desk.json("budgets", "list").doc["budgets"][0]["name"] == name
    assert desk.json("budgets", "remove", name).status == 0
    assert desk.json("disconnect", name, "--delete-data").status == 0
    assert desk.json("connections").doc["connections"] == []
    assert [one for one in statements if MARK.search(one)] == []
    assert rows(desk)["connection"] == 0


def test_an_address_of_the_dashboard_holds_values(
    filled: Desk, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = on(filled, monkeypatch)
    for text in INJECTIONS[:3]:
        words = {"f": ["Workspace", text], "f_workspace": text, "a": text, "m": text, "d": text}
        at = dashboard.open("explorer", **words)
        assert not at.exception
    dashboard.open("anomalies", an=INJECTIONS[0], see=INJECTIONS[1])
    assert [one for one in statements if MARK.search(one)] == []


def test_no_statement_of_the_product_is_put_together_from_texts() -> None:
    """What is formatted into a statement is a number or a table's own name, and nothing else."""
    allowed = {
        "core/ledger/postgres.py": 4,  # a number of ours, and a table's name in its own quotes
        "core/ledger/sqlite.py": 1,  # a number of ours
    }
    begun = "PRAGMA|COPY|SELECT|INSERT|DELETE|UPDATE|ATTACH|VACUUM"
    made = re.compile(rf'(?:text|exec_driver_sql|execute)\(\s*f["\']|f"(?:{begun})\b')
    found = {
        str(path.relative_to(ROOT)): len(made.findall(path.read_text()))
        for path in (ROOT / "core").rglob("*.py")
        if "versions" not in path.parts
    }
    assert {path: count for path, count in found.items() if count} == allowed
    assert {"charge", "usage"} <= set(table.__globals__["SQLModel"].metadata.tables)
