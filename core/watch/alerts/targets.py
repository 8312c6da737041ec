"""The targets that people set up, kept in the ledger's database; addresses only as ciphertext."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal, cast

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock, zulu
from core.connections.erase import checkpoint, overwrite_deleted
from core.connections.naming import same_name, valid_name
from core.connections.vault import Vault
from core.errors import BadValue, SecretKeyUnusable, UnknownName
from core.ledger import audit
from core.ledger.engine import reading, writing
from core.ledger.tables import AlertSent, AlertTarget, table
from core.watch.alerts.alert import KINDS
from core.watch.alerts.places import Place, from_text, to_text

Kind = Literal["email", "slack", "teams", "webhook"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where alerts go, without its address; `kinds` are those that it gets, none: all."""

    id: int
    name: str
    kind: Kind
    hint: str
    kinds: tuple[str, ...]
    paused: bool
    created_at: datetime

    def gets(self, kind: str) -> bool:
        """Say whether alerts of a kind go here while it is not paused."""
        return not self.kinds or kind in self.kinds

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line's contract."""
        return {
            "name": self.name,
            "kind": self.kind,
            "hint": self.hint,
            "kinds": list(self.kinds or KINDS),
            "paused": self.paused,
            "created_at": zulu(self.created_at),
        }


def all_targets(engine: Engine) -> list[Target]:
    """Return every target by name, the paused ones among them."""
    with reading(engine) as session:
        found = [_info(row) for row in session.exec(select(AlertTarget))]
    return sorted(found, key=lambda target: target.name.casefold())


def get(engine: Engine, name: str) -> Target:
    """Return the target of this name; raises UnknownName, which lists the names there are."""
    with reading(engine) as session:
        return _info(_named(session, name))


def add(
    engine: Engine,
    vault: Vault,
    name: str,
    place: Place,
    kinds: Iterable[str] = (),
    *,
    clock: Clock = calendar.now,
) -> Target:
    """Keep a new target, which gets alerts of these kinds, by default of all; and return it.

    Raises BadValue: a name that cannot be used or is taken, a kind that does not exist.
    Raises NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Adding a target for alerts")
    wanted, chosen = valid_name(name, "a target for alerts"), _chosen(kinds)
    with writing(engine) as session:
        if _find(session, wanted) is not None:
            raise BadValue(
                f"There is already a target {wanted!r}.",
                "Names of targets are unique; upper and lower case count as the same.",
                "Choose another name, or remove that target first.",
            )
        row = AlertTarget(
            name=wanted, kind=place.kind, hint=place.hint, kinds=chosen,
            ciphertext=vault.encrypt(to_text(place)), created_at=clock(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        audit.note(session, "added alert target", wanted, kind=place.kind, kinds=chosen)
        return _info(row)


def remove(engine: Engine, name: str) -> None:
    """Erase a target, its address and the record of what it got; raises UnknownName, NotAllowed."""
    acting.require(Role.ADMIN, "Removing a target for alerts")
    with writing(engine) as session:
        overwrite_deleted(session)
        row = _named(session, name)
        # A later target may get its number, and would be taken for one that was told already.
        sent = table(AlertSent)
        session.execute(delete(sent).where(sent.c.target_id == row.id))
        audit.note(session, "removed alert target", row.name)
        session.delete(row)
    checkpoint(engine)


def pause(engine: Engine, name: str, paused: bool = True) -> Target:
    """Send nothing to a target any more, or again; raises UnknownName, NotAllowed."""
    acting.require(Role.ADMIN, "Pausing a target for alerts")
    with writing(engine) as session:
        row = _named(session, name)
        row.paused = paused
        session.add(row)
        audit.note(session, "changed alert target", row.name, paused=paused)
        return _info(row)


def choose(engine: Engine, name: str, kinds: Iterable[str]) -> Target:
    """Say which kinds of alerts a target gets, none standing for all.

    Raises UnknownName, and BadValue for a kind that does not exist, NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Changing a target for alerts")
    chosen = _chosen(kinds)
    with writing(engine) as session:
        row = _named(session, name)
        row.kinds = chosen
        session.add(row)
        audit.note(session, "changed alert target", row.name, kinds=chosen or ["all"])
        return _info(row)


def place_of(engine: Engine, vault: Vault, target: Target) -> Place:
    """Return where a target is; raises UnknownName where it was removed, SecretKeyUnusable."""
    with reading(engine) as session:
        ciphertext = _named(session, target.name).ciphertext
    try:
        return from_text(vault.decrypt(ciphertext))
    except SecretKeyUnusable as error:
        raise SecretKeyUnusable(
            f"The address of {target.name!r} cannot be decrypted.",
            error.cause,
            "Put the former secret back behind the new one in CLAUDE_SPEND_SECRET_KEY, or as the "
            "former key file. If it is lost, remove the target and add it again.",
        ) from None


def _info(row: AlertTarget) -> Target:
    return Target(
        cast(int, row.id), row.name, cast(Kind, row.kind), row.hint, tuple(row.kinds), row.paused,
        row.created_at,
    )  # fmt: skip


def _chosen(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    unknown = sorted(wanted - KINDS.keys())
    if unknown:
        raise BadValue(
            f"There is no kind of alert {unknown[0][:80]!r}.",
            f"The kinds are: {', '.join(KINDS)}.",
            "Use these words, or leave it out for all kinds.",
        )
    return [kind for kind in KINDS if kind in wanted] if wanted != KINDS.keys() else []


def _find(session: Session, name: str) -> AlertTarget | None:
    rows = session.exec(select(AlertTarget))
    return next((row for row in rows if same_name(row.name, name.strip())), None)


def _named(session: Session, name: str) -> AlertTarget:
    row = _find(session, name)
    if row is not None:
        return row
    known = sorted(session.exec(select(col(AlertTarget.name))))
    close = get_close_matches(name, known, n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise UnknownName(
        f"There is no target {name[:80]!r}.",
        f"{meant}The targets are: {', '.join(known)}." if known else "No target was set up.",
        "Use one of these names." if known else "Add one with `claude-spend alerts add`.",
    )
