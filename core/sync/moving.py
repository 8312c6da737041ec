"""Moves a ledger to another database while no sync runs on either."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from core.connections.reseal import reseal
from core.connections.vault import Vault
from core.errors import BadValue
from core.ledger import audit, moving
from core.ledger.engine import address, connect, reading, writing
from core.settings import Settings
from core.sync.lock import only_one


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and the names of the secrets that could not be read."""

    rows: dict[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def move(
    source: Settings, target: Settings, told: Callable[[str, int], None] = lambda *_: None
) -> Moved:
    """Copy a whole ledger into an empty database, in one transaction, and prove the copy equal.

    Stored keys are encrypted with the target's secret. `told` hears of each table and its rows.
    The source stays as it is. Raises BadValue (nothing to move, the same database twice, a target
    that is not empty), LedgerRefuses (the copy differs), SyncInProgress, SecretKeyUnusable,
    DatabaseUnusable; then the target is empty.
    """
    _refuse_nothing(source, target)
    engines = connect(source), connect(target)
    try:
        with only_one(engines[0]), only_one(engines[1]):
            return _move(engines, Vault(source), Vault(target), told)
    finally:
        for engine in engines:
            engine.dispose()


def _move(
    engines: tuple[Engine, Engine], old: Vault, new: Vault, told: Callable[[str, int], None]
) -> Moved:
    rows: dict[str, int] = {}

    def listen(name: str, count: int) -> None:
        rows[name] = count
        told(name, count)

    with reading(engines[0]) as read, writing(engines[1]) as write:
        moving.copy(read, write, listen)
        audit.note(write, "moved")
        return Moved(rows, reseal(write, old, new))


def _refuse_nothing(source: Settings, target: Settings) -> None:
    """Raise BadValue for a file that is not there, and for a ledger moved onto itself."""
    first, second = address(source), address(target)
    same = ("host", "port", "database", "query")
    if all(getattr(first, name) == getattr(second, name) for name in same):
        raise BadValue(
            "A ledger cannot be moved onto itself.",
            "Both addresses name the same database.",
            "Name another, empty database to move to.",
        )
    on_disk = first.get_backend_name() == "sqlite"
    if on_disk and not Path(first.database or "").expanduser().is_file():
        raise BadValue(
            "There is no ledger to move.",
            f"There is no file {first.database or '(in memory)'}.",
            "Look at the address again: sqlite:/// is followed by the path, which begins with a "
            "slash of its own unless it is relative.",
        )
