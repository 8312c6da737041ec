"""A backup takes the ledger's place whole, keeps what was there, and says which keys are shut."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from core.connections import store
from core.connections.vault import Vault
from core.errors import BadValue, LedgerRefuses, SyncInProgress
from core.ledger import backup
from core.ledger.engine import connect
from core.settings import Settings
from core.sync.lock import only_one
from core.sync.restoring import restore

KEY = "sk-ant-admin01-canary-of-the-restore-0001"
ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000001"


def clock() -> datetime:
    return datetime(2026, 11, 20, 12, 30, 5, tzinfo=UTC)


def place(folder: Path, **more: str) -> Settings:
    folder.mkdir(exist_ok=True)
    return Settings(database_url=f"sqlite:///{folder}/ledger.sqlite3", **more)


def opened(settings: Settings) -> Engine:
    return connect(settings)


def add(settings: Settings, name: str) -> None:
    engine = opened(settings)
    vault = Vault(settings)
    store.add(engine, vault, name=name, kind="platform", key=SecretStr(KEY),
              organization_id=ORGANIZATION)  # fmt: skip
    engine.dispose()


def connected(settings: Settings) -> list[str]:
    engine = opened(settings)
    found = [one.name for one in store.all_connections(engine)]
    engine.dispose()
    return found


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Settings, Path]:
    """A ledger with one connection, and a backup of it."""
    here = place(tmp_path / "here")
    add(here, "saved")
    engine = opened(here)
    backup.save(engine, tmp_path / "backup")
    engine.dispose()
    return here, tmp_path / "backup"


def test_into_an_empty_place_whose_keys_stay_shut_until_the_key_file_is_there(saved, tmp_path):
    here, file = saved
    there = place(tmp_path / "there")
    restored = restore(there, file, clock)
    assert (restored.rows["connection"], restored.aside) == (1, None)
    assert restored.unreadable == ("saved",)
    assert connected(there) == ["saved"]
    assert not list((tmp_path / "there").glob("*.key*"))  # no new secret in the old one's place
    for key in here.data_dir.glob("*.key"):
        shutil.copy(key, there.data_dir / key.name)
    assert restore(there, file, clock, force=True).unreadable == ()
    engine = opened(there)
    assert store.get_key(engine, Vault(there), "saved").get_secret_value() == KEY
    engine.dispose()


def test_what_was_there_is_kept_aside_and_only_given_up_on_purpose(saved, tmp_path):
    _, file = saved
    there = place(tmp_path / "there")
    add(there, "mine")
    with pytest.raises(BadValue, match="not empty"):
        restore(there, file, clock)
    assert connected(there) == ["mine"]
    restored = restore(there, file, clock, force=True)
    assert connected(there) == ["saved"]
    assert restored.aside == there.data_dir / "ledger.before-restore-20261120T123005Z.sqlite3"
    assert restored.aside.stat().st_mode & 0o777 == 0o600
    restore(there, restored.aside, lambda: datetime(2026, 11, 21, tzinfo=UTC), force=True)
    assert connected(there) == ["mine"]


def test_nothing_is_touched_while_a_sync_runs_or_by_a_bad_file(saved, tmp_path):
    _, file = saved
    there = place(tmp_path / "there")
    add(there, "mine")
    engine = opened(there)
    with only_one(engine), pytest.raises(SyncInProgress):
        restore(there, file, clock, force=True)
    engine.dispose()
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(LedgerRefuses, match="cannot be used"):
        restore(there, file, clock, force=True)
    assert connected(there) == ["mine"]
    assert not list(there.data_dir.glob("*before*"))


def test_where_the_former_cannot_be_saved_it_is_not_replaced(saved, tmp_path, monkeypatch):
    _, file = saved
    there = place(tmp_path / "there")
    add(there, "mine")

    def full(*_: object, **__: object) -> None:
        raise LedgerRefuses("The backup could not be written.", code="backup_failed")

    monkeypatch.setattr(backup, "save", full)
    with pytest.raises(LedgerRefuses, match="could not be written"):
        restore(there, file, clock, force=True)
    assert connected(there) == ["mine"]


def test_on_a_server_only_an_empty_database_is_filled(saved, postgresql):
    here, file = saved
    secret = next(here.data_dir.glob("*.key")).read_text().strip()
    url = postgresql.empty()
    try:
        there = Settings(database_url=url, secret_key=SecretStr(secret))
        restored = restore(there, file, clock)
        assert (restored.rows["connection"], restored.unreadable) == (1, ())
        assert connected(there) == ["saved"]
        with pytest.raises(BadValue, match="not empty") as caught:
            restore(there, file, clock, force=True)
        assert "empty database on the server" in caught.value.fix
    finally:
        postgresql.drop(url)
