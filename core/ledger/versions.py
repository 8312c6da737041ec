"""The ledger's version: readers know by it that something they could see has changed."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine, select, update
from sqlmodel import Session

from core.ledger.engine import reading
from core.ledger.tables import Version, table


@dataclass(frozen=True, slots=True)
class Mark:
    """One committed state: of which database, which version, and which facts (`stamp`)."""

    version: int
    identity: str
    stamp: str

    @property
    def line(self) -> str:
        """Return what all stamps since data was last erased have in common; '' before."""
        line, dot, _ = self.stamp.rpartition(".")
        return line + dot


def mark(session: Session) -> Mark:
    """Return the state that a session's transaction sees."""
    c = table(Version).c
    row = session.execute(select(c.version, c.identity, c.stamp)).one()
    return Mark(*row)


def current_version(engine: Engine) -> int:
    """Return the number of the last committed change that a reader could see."""
    with reading(engine) as session:
        return mark(session).version


def identity(engine: Engine) -> str:
    """Return what names this database for ever."""
    with reading(engine) as session:
        return mark(session).identity


def bump(session: Session, *, facts: bool = False, erased: bool = False) -> None:
    """Say, inside a write transaction, that readers will see something new.

    `facts`: charges, usage or activity changed, so that the read snapshot has to be built again.
    `erased`: and that no older snapshot, on whatever machine, may be kept.
    """
    kept = table(Version)
    change = update(kept).values(version=kept.c.version + 1)
    if facts or erased:
        # Drawn, not counted: a database restored from a backup reaches the same numbers again
        # with other facts, and must not find the snapshots of its former future.
        line = f"{uuid4().hex}." if erased else mark(session).line
        change = change.values(stamp=f"{line}{uuid4().hex}")
    session.execute(change)
