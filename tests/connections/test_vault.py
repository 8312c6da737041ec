import logging
import os
import stat
import threading
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlmodel import select

from core.connections import keyfile, store
from core.connections.vault import Reencryption, Vault, open_vault
from core.errors import SecretKeyUnusable
from core.ledger.engine import connect, reading
from core.ledger.tables import Connection
from core.settings import Settings

CANARY = "sk-ant-admin01-" + "canary4711" * 9
KEY = SecretStr(CANARY)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def settings(tmp_path):
    def make(secret=None, name="ledger.sqlite3"):
        return Settings(database_url=f"sqlite:///{tmp_path / name}", secret_key=secret)

    return make


@pytest.fixture
def engine(ledger_url, migrated):
    engine = connect(migrated(Settings(database_url=ledger_url())))
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """Let caplog hear the product's logs, whatever an earlier test has configured."""
    monkeypatch.setattr(logging.getLogger("core"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("core"), "level", logging.INFO)


def ciphertexts(engine):
    with reading(engine) as session:
        return {row.name: row.key_ciphertext for row in session.exec(select(Connection))}


@pytest.mark.parametrize(
    "secret",
    [None, "", OLD, f"{NEW},{OLD}", PASSPHRASE],
    ids=["unset", "empty", "one", "two", "passphrase"],
)
def test_what_was_encrypted_is_decrypted(settings, secret):
    sealed = Vault(settings(secret)).encrypt(KEY)
    assert CANARY not in sealed
    assert "canary" not in sealed
    assert Vault(settings(secret)).decrypt(sealed) == KEY


def test_a_new_secret_in_front_of_the_old_one_opens_both(settings):
    sealed = Vault(settings(OLD)).encrypt(KEY)
    both = Vault(settings(f"{NEW} , {OLD}"))
    assert both.decrypt(sealed) == KEY
    assert not both.is_current(sealed)
    assert both.is_current(both.encrypt(KEY))
    assert Vault(settings(NEW)).decrypt(both.encrypt(KEY)) == KEY


def test_the_same_passphrase_opens_on_every_machine(settings):
    sealed = Vault(settings(PASSPHRASE)).encrypt(KEY)
    assert Vault(settings(PASSPHRASE, "elsewhere.sqlite3")).decrypt(sealed) == KEY


def test_another_secret_says_what_to_do_and_shows_no_key(settings):
    sealed = Vault(settings(OLD)).encrypt(KEY)
    with pytest.raises(SecretKeyUnusable) as caught:
        Vault(settings(NEW)).decrypt(sealed)
    assert caught.value.code == "secret_key_unusable"
    assert "CLAUDE_SPEND_SECRET_KEY" in caught.value.cause
    assert "claude-spend rotate" in caught.value.fix
    assert caught.value.__cause__ is None
    words = str(caught.value) + repr(caught.value)
    assert not any(secret in words for secret in (CANARY, OLD, NEW, sealed))


@pytest.mark.parametrize(
    "weak", ["short", "fifteen-letters", "aaaaaaaaaaaaaaaaaaaaaaaa", "pass,word"]
)
def test_a_weak_secret_is_refused_with_a_way_to_make_one(settings, weak):
    with pytest.raises(SecretKeyUnusable) as caught:
        Vault(settings(weak))
    assert "too weak" in caught.value.title
    assert "Fernet.generate_key" in caught.value.fix
    assert weak not in str(caught.value)


def test_the_key_file_is_made_once_for_its_owner_alone(settings, tmp_path):
    sealed = Vault(settings()).encrypt(KEY)
    path = tmp_path / "ledger.key"
    assert keyfile.key_path(settings()) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert Vault(settings()).decrypt(sealed) == KEY
    assert path.read_bytes() == before
    Fernet(before.strip())


def test_no_key_file_is_made_where_the_environment_has_a_secret(settings, tmp_path):
    assert Vault(settings(OLD)).source == "CLAUDE_SPEND_SECRET_KEY"
    assert list(tmp_path.glob("*.key")) == []


def test_what_the_file_encrypted_opens_after_a_secret_was_set(settings):
    sealed = Vault(settings()).encrypt(KEY)
    assert Vault(settings(NEW)).decrypt(sealed) == KEY


def test_a_key_file_that_others_may_read_is_closed_to_them(settings, tmp_path, caplog):
    sealed = Vault(settings()).encrypt(KEY)
    path = tmp_path / "ledger.key"
    path.chmod(0o644)
    assert Vault(settings()).decrypt(sealed) == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "could be read by others" in caplog.text


def test_a_loose_key_file_that_cannot_be_closed_is_refused(settings, tmp_path, monkeypatch):
    Vault(settings())
    path = tmp_path / "ledger.key"
    path.chmod(0o640)

    def forbidden(self, mode):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.chmod", forbidden)
    with pytest.raises(SecretKeyUnusable) as caught:
        Vault(settings())
    assert caught.value.fix == f"As the file's owner, run: chmod 600 {path}"


@pytest.mark.parametrize(("content", "words"), [("", "is empty"), ("nonsense", "holds no key")])
def test_a_damaged_key_file_is_never_replaced(settings, tmp_path, content, words):
    path = tmp_path / "ledger.key"
    path.write_text(content)
    with pytest.raises(SecretKeyUnusable, match=words):
        Vault(settings())
    assert path.read_text() == content


def test_a_key_file_that_cannot_be_read_or_made_says_so(settings, tmp_path):
    (tmp_path / "ledger.key").mkdir()
    with pytest.raises(SecretKeyUnusable, match="cannot be used"):
        Vault(settings())


def test_a_key_file_of_a_folder_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    broken = Settings(database_url=f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite3'}")
    with pytest.raises(SecretKeyUnusable, match="cannot be used"):
        Vault(broken)


def test_processes_that_start_at_once_read_the_same_key(tmp_path):
    path, found = tmp_path / "new" / "ledger.key", []
    start = threading.Barrier(8)

    def race():
        start.wait()
        found.append(keyfile.read_or_create(path).get_secret_value())

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in path.parent.iterdir() if not p.name.endswith(".lock")) == [
        "ledger.key"
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////data/spend.sqlite3", "/data/spend.key"),
        ("sqlite:////data/spend.db?mode=rw", "/data/spend.key"),
        ("", "claude-spend.key"),
        ("postgresql://user:pw@host/spend", "claude-spend.key"),
    ],
)
def test_the_key_file_stands_beside_the_database(url, name):
    assert str(keyfile.key_path(Settings(database_url=url))).endswith(name)


def test_a_new_first_secret_reencrypts_everything_at_open(settings, engine):
    old = Vault(settings(OLD))
    for name in ("one", "two"):
        store.add(engine, old, name, "platform", KEY, clock=lambda: NOON)
    store.disconnect(engine, "two")
    before = ciphertexts(engine)
    open_vault(settings(f"{NEW},{OLD}"), engine)
    after = ciphertexts(engine)
    assert after["one"] != before["one"]
    assert after["two"] == ""
    assert store.get_key(engine, Vault(settings(NEW)), "one") == KEY
    assert Vault(settings(f"{NEW},{OLD}")).reencrypt_all(engine) == Reencryption()


def test_no_trace_of_the_old_ciphertext_stays_in_the_database(settings, engine, ledgers):
    store.add(engine, Vault(settings(OLD)), "one", "platform", KEY, clock=lambda: NOON)
    before = ciphertexts(engine)["one"].encode()
    open_vault(settings(f"{NEW},{OLD}"), engine)
    found = ledgers.content(engine)
    assert before not in found
    assert ciphertexts(engine)["one"].encode() in found


def test_what_no_secret_opens_is_named_and_left_as_it_is(settings, engine, caplog):
    store.add(engine, Vault(settings(OLD)), "lost", "platform", KEY, clock=lambda: NOON)
    before = ciphertexts(engine)
    vault = open_vault(settings(NEW), engine)
    assert vault.reencrypt_all(engine) == Reencryption(unreadable=("lost",))
    assert ciphertexts(engine) == before
    assert "lost" in caplog.text
    with pytest.raises(SecretKeyUnusable):
        store.get_key(engine, vault, "lost")


def test_a_vault_shows_no_secret(settings):
    assert OLD not in repr(vars(Vault(settings(OLD))))
    assert os.environ.get("CLAUDE_SPEND_SECRET_KEY", "") == ""


@pytest.mark.parametrize("secret", [",", " , ", "  "])
def test_a_variable_without_a_secret_is_refused_not_ignored(settings, secret):
    with pytest.raises(SecretKeyUnusable, match="holds no secret"):
        Vault(settings(secret))


def test_another_secret_takes_over_aloud_and_loses_nothing(settings, engine, caplog):
    store.add(engine, open_vault(settings(), engine), "one", "platform", KEY)
    assert not Vault(settings(NEW)).opens_all(engine)
    vault = open_vault(settings(NEW), engine)
    assert "encrypted with a former secret" in caplog.text
    assert (vault.opens_all(engine), vault.spare.endswith(".key")) == (True, True)
    assert store.get_key(engine, vault, "one") == KEY
    caplog.clear()
    back = f"{keyfile.key_path(settings()).read_text().strip()},{NEW}"
    assert store.get_key(engine, open_vault(settings(back), engine), "one") == KEY
    assert store.get_key(engine, open_vault(settings(), engine), "one") == KEY


SERVER = "postgresql://spend@db.invalid/spend"


def test_a_ledger_on_a_server_makes_no_secret_of_this_machine():
    settings = Settings(database_url=SERVER)
    with pytest.raises(SecretKeyUnusable, match="lies on a server") as caught:
        Vault(settings)
    assert "Set CLAUDE_SPEND_SECRET_KEY to one secret" in caught.value.fix
    assert "Fernet.generate_key" in caught.value.fix
    assert not keyfile.key_path(settings).exists()


def test_a_key_file_that_a_ledger_on_a_server_has_opens_its_keys_with_a_warning(caplog):
    settings = Settings(database_url=SERVER)
    key = keyfile.read_or_create(keyfile.key_path(settings))
    sealed = Vault(Settings(database_url=SERVER, secret_key=key)).encrypt(KEY)
    assert Vault(settings).decrypt(sealed) == KEY
    assert "Set CLAUDE_SPEND_SECRET_KEY to what it holds" in caplog.text
    assert key.get_secret_value() not in caplog.text
