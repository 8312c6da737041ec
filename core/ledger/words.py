"""The user's word on two connections: how what both of them report is to be counted."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Engine, delete, select
from sqlmodel import Session

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.ledger import audit
from core.ledger.columns import storable
from core.ledger.decisions import PairWord
from core.ledger.engine import reading, writing
from core.ledger.tables import Connection, table
from core.ledger.versions import bump

Word = Literal["independent", "count_enterprise", "count_platform", "match"]

WORDS: tuple[Word, ...] = get_args(Word)
"""Nothing is shared; count it on one side; count once only what is equal cell by cell."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One word, on a Platform connection and an Enterprise connection by their ids."""

    platform_id: int
    enterprise_id: int
    word: Word
    note: str = ""
    decided_at: datetime | None = None


def give(engine: Engine, row: PairRow) -> bool:
    """Keep a word in place of any earlier one on the same pair; return whether that is news.

    Without a `decided_at` it is given now. Figures follow at once: the ledger's version rises.
    Raises NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Deciding how shared costs are counted")
    with writing(engine) as session:
        before = _kept(session, row.platform_id, row.enterprise_id)
        if before and (before.word, before.note) == (row.word, row.note):
            return False
        _forget(session, row.platform_id, row.enterprise_id)
        told = replace(row, note=storable(row.note), decided_at=row.decided_at or calendar.now())
        session.add(PairWord(**asdict(told)))
        audit.note(session, "gave overlap word", row.word, note=row.note,
                   **_named(session, row.platform_id, row.enterprise_id))  # fmt: skip
        bump(session)
    return True


def take_back(engine: Engine, platform_id: int, enterprise_id: int) -> bool:
    """Forget the word on a pair and return whether there was one; raises NotAllowed."""
    acting.require(Role.ANALYST, "Deciding how shared costs are counted")
    with writing(engine) as session:
        found = _kept(session, platform_id, enterprise_id) is not None
        if found:
            _forget(session, platform_id, enterprise_id)
            audit.note(session, "took back overlap word",
                       **_named(session, platform_id, enterprise_id))  # fmt: skip
            bump(session)
    return found


def read_words(engine: Engine) -> tuple[PairRow, ...]:
    """Return every word, in the order in which they were given."""
    with reading(engine) as session:
        return words_of(session)


def words_of(session: Session) -> tuple[PairRow, ...]:
    """Return every word as a session's transaction sees it, in the order they were given."""
    c = table(PairWord).c
    names = PairRow.__dataclass_fields__
    wanted = select(*(c[name] for name in names)).order_by(
        c.decided_at, c.platform_id, c.enterprise_id
    )
    return tuple(PairRow(*row) for row in session.execute(wanted).all())


def _kept(session: Session, platform_id: int, enterprise_id: int) -> PairRow | None:
    pair = (platform_id, enterprise_id)
    said = words_of(session)
    return next((row for row in said if (row.platform_id, row.enterprise_id) == pair), None)


def _named(session: Session, platform_id: int, enterprise_id: int) -> dict[str, str]:
    sides = {"platform": platform_id, "enterprise": enterprise_id}
    found = {side: session.get(Connection, number) for side, number in sides.items()}
    return {side: row.name if row else f"connection {sides[side]}" for side, row in found.items()}


def _forget(session: Session, platform_id: int, enterprise_id: int) -> None:
    kept = table(PairWord)
    pair = (kept.c.platform_id == platform_id) & (kept.c.enterprise_id == enterprise_id)
    session.execute(delete(kept).where(pair))
