"""A connection's row in the database, and the plain object that leaves this package for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Literal, cast

from pydantic import SecretStr
from sqlmodel import Session, select

from core.connections.naming import same_name, same_organization
from core.connections.recognise import hint
from core.connections.result import CheckResult
from core.connections.vault import Vault
from core.errors import BadValue, Finding, OrganizationMismatch, UnknownName
from core.ledger.cuts import Kind, Protocol
from core.ledger.tables import Connection
from core.ledger.versions import bump

State = Literal["ok", "unverified", "failing", "disconnected"]

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """A connection as it stands, without its key; `history_floor` is a UTC day."""

    id: int
    name: str
    kind: Kind
    state: State
    organization_id: str
    organization_name: str
    key_hint: str
    protocol: Protocol | None
    history_floor: date | None
    created_at: datetime
    checked_at: datetime | None
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object that the command line's contract gives of a connection.

        An organization that is not known, by its ID or by its name, is null.
        """
        names = ("id", "name", "kind", "state", "organization_id", "organization_name", "key_hint")
        shown = {name: getattr(self, name) for name in names}
        unknown = {n: shown[n] or None for n in ("organization_id", "organization_name")}
        return {**shown, **unknown}


def info(row: Connection) -> ConnectionInfo:
    """Return the plain object of a row that has been written."""
    floor = row.history_floor
    return ConnectionInfo(
        id=cast(int, row.id),
        name=row.name,
        kind=cast(Kind, row.kind),
        state=cast(State, row.state),
        organization_id=row.organization_id,
        organization_name=row.organization_name,
        key_hint=row.key_hint,
        protocol=cast(Protocol, row.protocol) if row.protocol else None,
        history_floor=None if floor is None else EPOCH + timedelta(days=floor),
        created_at=row.created_at,
        checked_at=row.checked_at,
        findings=tuple(Finding(**finding) for finding in row.findings),
    )


def find(session: Session, name: str) -> Connection | None:
    """Return the row of this name in any case, or None."""
    wanted = name.strip()
    # Compared here, not in SQL: SQLite folds the case of ASCII letters only.
    return next((r for r in session.exec(select(Connection)) if same_name(r.name, wanted)), None)


def named(session: Session, name: str) -> Connection:
    """Return the row of this name; raises UnknownName, which lists the names there are."""
    row = find(session, name)
    if row is None:
        raise _unknown(name, sorted(session.exec(select(Connection.name))))
    return row


def _unknown(name: str, known: list[str]) -> UnknownName:
    close = get_close_matches(name, known, n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    return UnknownName(
        f"There is no connection {name[:80]!r}.",
        f"{meant}The connections are: {', '.join(known)}." if known else "Nothing is connected.",
        "Use one of these names." if known else "Connect one with `claude-spend connect`.",
    )


def refuse_taken(row: Connection, kind: Kind, organization_id: str) -> None:
    """Raise BadValue unless this row is disconnected and of the same kind and organization."""
    if row.state != "disconnected":
        raise BadValue(
            f"There is already a connection {row.name!r}.",
            "Names of connections are unique; upper and lower case count as the same.",
            f"Choose another name. To give {row.name!r} a new key, use `claude-spend rotate`.",
        )
    if row.kind == kind and same_organization(row.organization_id, organization_id) is not False:
        return
    raise BadValue(
        f"The name {row.name!r} belongs to the history of another connection.",
        f"It was a connection of the kind {row.kind} to the organization "
        f"{row.organization_name or row.organization_id or '(unknown)'}, now disconnected.",
        "Choose another name, or delete that history first with "
        "`claude-spend disconnect NAME --delete-data`.",
    )


def refuse_other_organization(row: Connection, result: CheckResult | None) -> None:
    """Raise OrganizationMismatch where a check says that the key is another organization's."""
    if result and same_organization(row.organization_id, result.organization_id) is False:
        raise OrganizationMismatch(
            "The new key belongs to another organization.",
            f"{row.name!r} holds the history of {row.organization_name} {row.organization_id}; "
            f"the key is of {result.organization_name} {result.organization_id}.",
            "Use a key of the same organization, or make a new connection for the other one.",
        )


def seal(row: Connection, vault: Vault, key: SecretStr) -> None:
    """Put a key, encrypted, into a row, which is unverified from then on."""
    row.key_ciphertext, row.key_hint = vault.encrypt(key), hint(key)
    row.state, row.findings, row.checked_at = "unverified", [], None


def unseal(row: Connection) -> None:
    """Erase a row's key; it is disconnected from then on."""
    row.key_ciphertext, row.key_hint, row.findings = "", "", []
    row.state = "disconnected"


def note(row: Connection, result: CheckResult, moment: datetime) -> None:
    """Keep what a check found.

    A check that could not be made leaves the state as it was, one that could not settle the
    protocol leaves a known protocol; a failed one says nothing new of the organization.
    """
    row.findings = [dict(finding.as_dict()) for finding in result.findings]
    row.checked_at = moment
    if row.state != "disconnected" and not result.inconclusive:
        row.state = "ok" if result.ok else "failing"
    if not result.ok:
        return
    if result.protocol and (result.settled or not row.protocol):
        row.protocol = result.protocol
    row.organization_id = result.organization_id or row.organization_id
    row.organization_name = result.organization_name or row.organization_name


def saved(session: Session, row: Connection) -> ConnectionInfo:
    """Write a row, let readers know, and return its plain object."""
    session.add(row)
    session.flush()
    bump(session)
    return info(row)
