from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr

from core.connections import store
from core.connections.naming import same_organization, valid_name
from core.connections.result import CheckResult
from core.connections.vault import Vault
from core.errors import BadValue, Finding, KeyMissing, OrganizationMismatch, UnknownName
from core.ledger.engine import connect
from core.ledger.versions import current_version
from core.settings import Settings

UUID = "12345678-1234-5678-1234-567812345678"
OTHER = "00000000-0000-4000-8000-000000000000"
CANARY = "canary4711" * 9
ADMIN = SecretStr(f"sk-ant-admin01-{CANARY}")
SECOND = SecretStr(f"sk-ant-admin01-second{CANARY}")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 12, tzinfo=UTC)
OK = Finding("ok", "info", "The key works.")
GOOD = CheckResult(
    True, (OK,), protocol="unified", organization_id=UUID, organization_name="Larkspur Ltd"
)
REFUSED = CheckResult(False, (Finding("key_invalid", "error", "No.", "c", "f", 401, "req_1"),))
OUTAGE = CheckResult(False, (Finding("service_unavailable", "error", "Later."),))


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings, migrated):
    engine = connect(migrated(settings))
    yield engine
    engine.dispose()


@pytest.fixture
def vault(settings):
    return Vault(settings)


@pytest.fixture
def add(engine, vault):
    def make(name="Console", kind="platform", key=ADMIN, **options):
        options = {"result": GOOD, "clock": lambda: NOON, **options}
        return store.add(engine, vault, name, kind, key, **options)

    return make


def test_a_connection_is_kept_with_its_check(add, engine, vault):
    made = add()
    assert made == store.get(engine, "Console")
    assert made.as_dict() == {
        "id": made.id,
        "name": "Console",
        "kind": "platform",
        "state": "ok",
        "organization_id": UUID,
        "organization_name": "Larkspur Ltd",
        "key_hint": "sk-ant-admin01-…4711",
    }
    assert (made.protocol, made.history_floor) == ("unified", None)
    assert (made.created_at, made.checked_at) == (NOON, NOON)
    assert made.findings == (OK,)
    assert store.get_key(engine, vault, "Console") == ADMIN


def test_an_unchecked_connection_is_unverified(add):
    made = add(result=None, organization_id=f" {UUID} ")
    assert (made.state, made.protocol, made.checked_at) == ("unverified", None, None)
    assert made.organization_id == UUID


def test_a_plain_object_leaves_the_package_and_cannot_be_changed(add):
    with pytest.raises(AttributeError):
        add().state = "failing"


def test_connections_are_listed_by_name(add, engine):
    assert store.all_connections(engine) == []
    for name in ("b", "C", "a"):
        add(name)
    assert [c.name for c in store.all_connections(engine)] == ["a", "b", "C"]


def test_names_are_unique_in_any_case(add):
    add("Zürich Straße")
    for taken in ("Zürich Straße", "ZÜRICH STRASSE", " zürich straße ", "Zu\u0308rich Straße"):
        with pytest.raises(BadValue, match="There is already a connection 'Zürich Straße'"):
            add(taken)


@pytest.mark.parametrize(
    "name", ["a", "x" * 80, "Konsole · Zürich", "生产环境", "a'b\"; DROP TABLE"]
)
def test_any_printable_name_is_kept_as_it_is(add, engine, name):
    add(name)
    assert store.get(engine, name.upper()).name == name


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 81, "two\nlines", "nul\x00", "bidi\u202e", "\u200b"]
)
def test_a_name_that_cannot_be_shown_is_refused(add, engine, name):
    with pytest.raises(BadValue, match="cannot be the name") as caught:
        add(name)
    assert "1 to 80 printable" in caught.value.fix
    assert store.all_connections(engine) == []


def test_a_name_is_trimmed_and_composed():
    assert valid_name("  Zu\u0308rich ") == "Zürich"


def test_an_unknown_name_lists_the_known_ones(add, engine, vault):
    with pytest.raises(UnknownName, match="Nothing is connected"):
        store.get(engine, "Console")
    add("Console")
    add("Seats")
    for call in (
        lambda: store.get(engine, "Consol"),
        lambda: store.get_key(engine, vault, "Consol"),
        lambda: store.rotate(engine, vault, "Consol", SECOND),
        lambda: store.disconnect(engine, "Consol"),
        lambda: store.record_check(engine, "Consol", GOOD),
        lambda: store.set_protocol(engine, "Consol", "reports"),
        lambda: store.set_history_floor(engine, "Consol", None),
    ):
        with pytest.raises(UnknownName) as caught:
            call()
        assert "Did you mean 'Console'?" in caught.value.cause
        assert "Console, Seats" in caught.value.cause


def test_a_check_moves_the_state(add, engine):
    add(result=None)
    assert store.record_check(engine, "console", GOOD, clock=lambda: LATER).state == "ok"
    failed = store.record_check(engine, "Console", REFUSED, clock=lambda: LATER)
    assert (failed.state, failed.checked_at) == ("failing", LATER)
    assert failed.findings == REFUSED.findings
    assert (failed.protocol, failed.organization_id) == ("unified", UUID)


@pytest.mark.parametrize(
    ("first", "state"), [(GOOD, "ok"), (REFUSED, "failing"), (None, "unverified")]
)
def test_a_check_that_could_not_be_made_leaves_the_state(add, engine, first, state):
    add(result=first)
    info = store.record_check(engine, "Console", OUTAGE, clock=lambda: LATER)
    assert (info.state, info.findings) == (state, OUTAGE.findings)


def test_a_failed_check_does_not_move_the_connection_to_the_keys_organization(add, engine):
    add()
    wrong = CheckResult(
        False, (Finding("organization_mismatch", "error", "Other."),), organization_id=OTHER
    )
    assert store.record_check(engine, "Console", wrong).organization_id == UUID


def test_an_unsettled_protocol_does_not_replace_a_known_one(add, engine):
    add()
    unsettled = CheckResult(True, (OK,), protocol="reports", settled=False)
    assert store.record_check(engine, "Console", unsettled).protocol == "unified"
    add("New", result=unsettled)
    assert store.get(engine, "New").protocol == "reports"


def test_protocol_and_history_floor_are_remembered(add, engine):
    add()
    store.set_protocol(engine, "Console", "reports")
    store.set_history_floor(engine, "Console", date(2026, 3, 1))
    info = store.get(engine, "Console")
    assert (info.protocol, info.history_floor) == ("reports", date(2026, 3, 1))
    store.set_history_floor(engine, "Console", None)
    assert store.get(engine, "Console").history_floor is None


def test_a_rotated_key_replaces_the_old_one_and_nothing_else(add, engine, vault, tmp_path):
    before = add()
    info = store.rotate(engine, vault, "console", SECOND, result=GOOD, clock=lambda: LATER)
    assert store.get_key(engine, vault, "Console") == SECOND
    assert (info.id, info.created_at, info.protocol) == (before.id, NOON, "unified")
    assert (info.state, info.checked_at) == ("ok", LATER)


def test_a_rotated_key_without_a_check_is_unverified(add, engine, vault):
    add()
    info = store.rotate(engine, vault, "Console", SECOND)
    assert (info.state, info.findings, info.checked_at) == ("unverified", (), None)


def test_a_key_of_another_organization_does_not_get_the_history(add, engine, vault):
    add()
    other = CheckResult(True, (OK,), protocol="unified", organization_id=OTHER)
    with pytest.raises(OrganizationMismatch, match="another organization"):
        store.rotate(engine, vault, "Console", SECOND, result=other)
    assert store.get_key(engine, vault, "Console") == ADMIN


def test_disconnecting_erases_the_key_and_keeps_the_rest(add, engine, vault, ledgers):
    add()
    sealed = ledgers.content(engine)
    token = sealed[sealed.index(b"gAAAA") :][:140]
    store.disconnect(engine, "CONSOLE")
    info = store.get(engine, "Console")
    assert (info.state, info.key_hint, info.findings) == ("disconnected", "", ())
    assert (info.protocol, info.organization_id) == ("unified", UUID)
    with pytest.raises(KeyMissing, match="has no key"):
        store.get_key(engine, vault, "Console")
    assert token not in ledgers.content(engine)
    assert store.record_check(engine, "Console", REFUSED).state == "disconnected"


def test_connecting_the_same_again_goes_on_with_its_history(add, engine, vault):
    before = add()
    store.set_history_floor(engine, "Console", date(2026, 3, 1))
    store.disconnect(engine, "Console")
    again = add("CONSOLE", key=SECOND, clock=lambda: LATER)
    assert (again.id, again.name, again.created_at) == (before.id, "CONSOLE", NOON)
    assert again.history_floor == date(2026, 3, 1)
    assert again.state == "ok"
    assert store.get_key(engine, vault, "Console") == SECOND
    assert len(store.all_connections(engine)) == 1


def test_another_kind_or_organization_does_not_get_the_history(add, engine):
    add()
    store.disconnect(engine, "Console")
    with pytest.raises(BadValue, match="history of another connection"):
        add(kind="enterprise")
    other = CheckResult(True, (OK,), protocol="unified", organization_id=OTHER)
    with pytest.raises(BadValue, match="history of another connection"):
        add(result=other)
    with pytest.raises(BadValue):
        add(result=None, organization_id=OTHER)
    assert add(result=None, organization_id="").organization_id == UUID


def test_rotating_a_disconnected_connection_revives_it(add, engine, vault):
    add()
    store.disconnect(engine, "Console")
    assert store.rotate(engine, vault, "Console", SECOND, result=GOOD).state == "ok"


def test_disconnecting_with_its_data_removes_the_connection(add, engine):
    add()
    kept = add("Seats", kind="enterprise")
    store.disconnect(engine, "Console", delete_data=True)
    assert store.all_connections(engine) == [kept]
    assert add("Console", kind="enterprise").state == "ok"


def test_readers_notice_every_change(add, engine, vault):
    seen = [current_version(engine)]
    for change in (
        add,
        lambda: store.record_check(engine, "Console", REFUSED),
        lambda: store.set_protocol(engine, "Console", "reports"),
        lambda: store.rotate(engine, vault, "Console", SECOND),
        lambda: store.disconnect(engine, "Console"),
    ):
        change()
        seen.append(current_version(engine))
    assert seen == sorted(set(seen))


def test_twins_report_the_same_money(add, engine):
    add("One")
    add("Two")
    add("Seats", kind="enterprise")
    assert store.twins(engine, "platform", UUID.upper()) == ["One", "Two"]
    assert store.twins(engine, "platform", UUID, "one") == ["Two"]
    assert store.twins(engine, "platform", OTHER) == []
    assert store.twins(engine, "platform", "") == []


def test_ids_are_compared_where_they_can_be():
    assert same_organization(UUID, UUID.upper()) is True
    assert same_organization(UUID, UUID.replace("-", "")) is True
    assert same_organization(UUID, OTHER) is False
    assert same_organization("org_a", "ORG_A") is True
    assert same_organization("org_a", "org_b") is False
    assert same_organization(UUID, "org_a") is None
    assert same_organization("", UUID) is None


def test_no_key_is_written_anywhere_in_the_clear(add, engine, vault, tmp_path):
    add()
    store.rotate(engine, vault, "Console", SECOND, result=REFUSED)
    store.record_check(engine, "Console", REFUSED)
    for path in tmp_path.iterdir():
        assert CANARY.encode() not in path.read_bytes()
    assert CANARY not in repr(store.all_connections(engine))
