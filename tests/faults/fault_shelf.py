"""Where the ledgers of the faults lie: in files, or on the PostgreSQL server of the tests."""

import shutil
from pathlib import Path

from databases import SECRET, Ledgers

from core.settings import Settings

_shelf: list[Ledgers] = []
"""Who makes and copies ledgers; nobody where they are files, as in a child process."""


def put_on(ledgers: Ledgers) -> None:
    """Have all ledgers of this process lie where these do."""
    _shelf[:] = [ledgers] if ledgers.kind == "postgresql" else []


def address(folder: Path) -> str:
    """Return the address of the ledger of a folder; on a server it is made by the first call."""
    path = folder / "ledger.sqlite3"
    return _shelf[0].url(path) if _shelf else f"sqlite:///{path}"


def copied(source: Path, place: Path) -> None:
    """Copy the ledger of a folder, which nobody has open, to another one."""
    shutil.copytree(source, place, dirs_exist_ok=True)
    if _shelf:
        _shelf[0].copy(source / "ledger.sqlite3", place / "ledger.sqlite3")


def settings_of(folder: Path, api_url: str) -> Settings:
    """Return the settings of the ledger in a folder."""
    secret = {"secret_key": SECRET} if _shelf else {}
    return Settings(
        database_url=address(folder), api_url=api_url, sync_every_minutes=0,
        **secret,  # type: ignore[arg-type]
    )  # fmt: skip
