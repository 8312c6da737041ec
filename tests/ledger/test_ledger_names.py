"""Names: kept, changed, and remembered after the source has forgotten them."""

from ledger_factory import HOUR, NOON

from core.ledger.names import REMOVED, NameRow, read_names, replace_names
from core.ledger.snapshot import current_version

ADA = NameRow("user_1", "Ada", "ada@example.com", "active", {"role": "admin"})
BOB = NameRow("user_2", "Bob", "bob@example.com", "active")


def test_names_are_kept_by_connection_and_kind(engine):
    assert replace_names(engine, 1, "user", [ADA, BOB], NOON) == 2
    assert replace_names(engine, 2, "user", [NameRow("user_1", "Other")], NOON) == 1
    assert replace_names(engine, 1, "workspace", [NameRow("user_1", "A workspace")], NOON) == 1
    assert read_names(engine) == {
        (1, "user", "user_1"): ADA,
        (1, "user", "user_2"): BOB,
        (2, "user", "user_1"): NameRow("user_1", "Other"),
        (1, "workspace", "user_1"): NameRow("user_1", "A workspace"),
    }


def test_the_same_names_again_change_nothing(engine):
    replace_names(engine, 1, "user", [ADA, BOB], NOON)
    version = current_version(engine)
    assert replace_names(engine, 1, "user", iter([BOB, ADA]), NOON + HOUR) == 0
    assert current_version(engine) == version


def test_a_name_that_is_gone_stays_and_says_so_and_may_come_back(engine):
    replace_names(engine, 1, "user", [ADA, BOB], NOON)
    assert replace_names(engine, 1, "user", [ADA], NOON + HOUR) == 1
    gone = read_names(engine)[1, "user", "user_2"]
    assert (gone.name, gone.email, gone.state) == ("Bob", "bob@example.com", REMOVED)
    assert replace_names(engine, 1, "user", [ADA], NOON + HOUR) == 0
    assert replace_names(engine, 1, "user", [ADA, BOB], NOON + HOUR) == 1
    assert read_names(engine)[1, "user", "user_2"] == BOB


def test_names_of_any_script_and_length_are_kept_as_they_are(engine):
    texts = (
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "شركة",
        "🐙" * 2_000,
        "'; DROP--",
        "",
    )
    odd = [NameRow(str(number), text) for number, text in enumerate(texts)]
    replace_names(engine, 1, "workspace", odd, NOON)
    assert [row.name for row in read_names(engine).values()] == [row.name for row in odd]
