"""Puts a backup in the place of the ledger while no sync runs; what was there is kept aside."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from core.calendar import Clock
from core.connections import vault
from core.errors import BadValue
from core.ledger import audit, backup, moving, sqlite
from core.ledger.engine import connect, reading, writing
from core.settings import Settings
from core.sync.lock import only_one


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: rows by table, where the former ledger is kept, which secrets are lost."""

    rows: dict[str, int]
    aside: Path | None = None
    unreadable: tuple[str, ...] = field(default=())


def restore(settings: Settings, file: Path, clock: Clock, *, force: bool = False) -> Restored:
    """Make the ledger of these settings equal to a backup, in one transaction.

    An older schema is brought to this version's first. A ledger that holds something is replaced
    only with `force`, and saved beside itself before; one on a server never is. Raises BadValue,
    LedgerRefuses, SyncInProgress, DatabaseUnusable; then the ledger is as it was.
    """
    with backup.opened(file) as source:
        engine = connect(settings)
        try:
            with only_one(engine):
                restored = _restore(source, engine, settings, clock, force=force)
                # The log came back with the rest: what came after the backup begins with this.
                kept = restored.aside.name if restored.aside else ""
                audit.record(engine, "restored", file.name, former=kept)
                return restored
        finally:
            engine.dispose()


def _restore(
    source: Engine, engine: Engine, settings: Settings, clock: Clock, *, force: bool
) -> Restored:
    with reading(engine) as session:
        held = any(moving.rows_in(session).values())
    own = sqlite.file_of(engine)
    if held and (own is None or not force):
        raise _not_empty(on_server=own is None)
    aside = None
    if own is None:
        rows: dict[str, int] = {}
        with reading(source) as read, writing(engine) as write:
            moving.copy(read, write, rows.__setitem__)
    else:
        if held:
            aside = own.with_name(f"{own.stem}.before-restore-{clock():%Y%m%dT%H%M%SZ}.sqlite3")
            backup.save(engine, aside)
        rows = backup.overwrite(source, engine)
    return Restored(rows, aside, vault.unreadable(engine, settings))


def _not_empty(*, on_server: bool) -> BadValue:
    return BadValue(
        "The ledger to restore to is not empty.",
        "A restore replaces everything that a ledger holds.",
        "Set CLAUDE_SPEND_DATABASE_URL to an empty database on the server, and restore there."
        if on_server
        else "Add --force to replace it: what it holds now is saved beside it first.",
    )
