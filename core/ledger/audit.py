"""The audit log: who did what, written with the change itself and never changed afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core import calendar
from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.calendar import zulu
from core.ledger.columns import storable
from core.ledger.engine import reading, writing
from core.ledger.oversight import AuditEntry
from core.logs import redact

Action = Literal[
    "connected", "rotated", "disconnected", "deleted data", "synced", "exported",
    "backed up", "restored", "moved", "set budget", "deleted budget", "gave overlap word",
    "took back overlap word", "entered price", "deleted price", "entered invoice",
    "deleted invoice", "closed month", "reopened month", "dismissed", "took back dismissal",
    "added alert target", "changed alert target", "removed alert target", "tested alert target",
    "showed names", "hid names", "signed in", "signed out", "refused",
]  # fmt: skip

ACTIONS: tuple[Action, ...] = get_args(Action)

_NOTHING: tuple[Any, ...] = (None, "", (), [])

LONGEST = 500
"""Characters that are kept of a text: an entry names things, it does not hold them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did; `details` holds no secret."""

    id: int
    at: datetime
    who: str
    role: str
    source: str
    action: str
    object: str
    details: dict[str, Any]

    @property
    def words(self) -> str:
        """Return the details on one line."""
        return words(self.details)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line's contract."""
        names = ("id", "who", "role", "source", "action", "object", "details")
        return {"at": zulu(self.at), **{name: getattr(self, name) for name in names}}


def note(session: Session, action: Action, thing: str = "", **details: Any) -> None:
    """Write, inside a transaction, what whoever acts now does; it stands only if the change does.

    Details are texts, numbers and lists of them. Raises NotAllowed where nobody is known.
    """
    _write(session, acting.person(), action, thing, details)


def record(
    engine: Engine, action: Action, thing: str = "", *, by: str = "", **details: Any
) -> None:
    """Write what changes nothing in the ledger, such as an export.

    `by` names who signed in and was refused: they have no role, and do not act.
    """
    with writing(engine) as session:
        _write(session, by or acting.person(), action, thing, details)


def has(engine: Engine, action: Action, thing: str) -> bool:
    """Say whether somebody has done this with a thing, on whatever machine."""
    wanted = select(AuditEntry.id).where(AuditEntry.action == action, AuditEntry.object == thing)
    with reading(engine) as session:
        return session.exec(wanted.limit(1)).first() is not None


def entries(engine: Engine, at_most: int = 500, since: datetime | None = None) -> tuple[Entry, ...]:
    """Return what was done, the newest first, from `since` on; raises NotAllowed but for admins."""
    acting.require(Role.ADMIN, "Reading the audit log")
    wanted = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(at_most)
    if since is not None:
        wanted = wanted.where(col(AuditEntry.at) >= since)
    with reading(engine) as session:
        return tuple(_entry(row) for row in session.exec(wanted))


def _write(
    session: Session, who: Person | str, action: Action, thing: str, details: dict[str, Any]
) -> None:
    if isinstance(who, Person):
        name, role, source = who.name, who.role.word, who.source
    else:
        name, role, source = who, "", "sign-in"
    told = {name: _plain(value) for name, value in details.items() if value not in _NOTHING}
    session.add(
        AuditEntry(at=calendar.now(), who=_text(name), role=role, source=source, action=action,
                   object=_text(thing), details=told)
    )  # fmt: skip


def words(details: dict[str, Any]) -> str:
    """Return an entry's details on one line."""
    return ", ".join(f"{name} {_word(value)}" for name, value in details.items())


def _word(value: Any) -> str:
    return " and ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _text(str(value))


def _text(text: str) -> str:
    clean = redact(storable(text))
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        row.id or 0, row.at, row.who, row.role, row.source, row.action, row.object,
        dict(row.details),
    )  # fmt: skip
