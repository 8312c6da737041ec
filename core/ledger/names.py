"""What ids are called: workspaces, API keys, users, service accounts, groups."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session

from core.ledger.columns import storable
from core.ledger.engine import reading, writing
from core.ledger.tables import Name, table
from core.ledger.versions import bump

REMOVED = "removed"
"""State of an id that the source no longer lists; its last known name stays."""

MEMBERS = "members"
"""The detail of a group's name that lists the ids of its members, where they could be read."""


@dataclass(frozen=True, slots=True)
class NameRow:
    """What one id is called; `state` is the source's own word (active, archived, …)."""

    id: str
    name: str = ""
    email: str = ""
    state: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def replace_names(
    engine: Engine, connection_id: int, kind: str, rows: Iterable[NameRow], seen_at: datetime
) -> int:
    """Keep these names of one kind; ids that are not among them become `removed`.

    Returns how many names changed.
    """
    c = table(Name).c
    here = (c.connection_id == connection_id) & (c.kind == kind)
    with writing(engine) as session:
        kept = {row["id"]: dict(row) for row in session.execute(select(*c).where(here)).mappings()}
        wanted = {storable(row.id): _values(row) for row in rows}
        gone = {i: {**kept[i], "state": REMOVED} for i in kept.keys() - wanted.keys()}
        now = {**{i: {f: old[f] for f in _FIELDS} for i, old in gone.items()}, **wanted}
        new = [i for i in now if i not in kept]
        changed = [i for i in now if i in kept and any(kept[i][f] != now[i][f] for f in _FIELDS)]
        at = {"connection_id": connection_id, "kind": kind, "seen_at": seen_at}
        if new:
            session.execute(insert(Name), [{**at, "id": i, **now[i]} for i in new])
        if changed:
            session.execute(update(Name), [{**at, "id": i, **now[i]} for i in changed])
        if new or changed:
            bump(session)
    return len(new) + len(changed)


def read_names(engine: Engine) -> dict[tuple[int, str, str], NameRow]:
    """Return every name by (connection id, kind, id)."""
    with reading(engine) as session:
        return names_of(session)


def names_of(session: Session) -> dict[tuple[int, str, str], NameRow]:
    """Return every name as a session's transaction sees it."""
    rows = session.execute(select(*table(Name).c)).mappings().all()
    return {
        (row["connection_id"], row["kind"], row["id"]): NameRow(
            row["id"], row["name"], row["email"], row["state"], row["details"]
        )
        for row in rows
    }


_FIELDS = ("name", "email", "state", "details")


def _values(row: NameRow) -> dict[str, Any]:
    texts = {name: storable(getattr(row, name)) for name in _FIELDS if name != "details"}
    return {**texts, "details": row.details}
