"""The connections that a user set up, kept in the ledger's database; keys only as ciphertext."""

from dataclasses import replace
from datetime import date

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock
from core.connections import rows
from core.connections.erase import checkpoint, overwrite_deleted
from core.connections.naming import same_name, same_organization, valid_name
from core.connections.result import CheckResult
from core.connections.rows import ConnectionInfo, State
from core.connections.vault import Vault
from core.errors import Finding, KeyMissing
from core.ledger import audit
from core.ledger.cuts import Kind, Protocol
from core.ledger.engine import reading, writing
from core.ledger.limits import replace_limits
from core.ledger.maintenance import delete_data as delete_facts
from core.ledger.tables import Connection
from core.ledger.veil import findings_seen
from core.ledger.versions import bump

__all__ = [
    "ConnectionInfo",
    "State",
    "add",
    "all_connections",
    "disconnect",
    "get",
    "get_key",
    "record_check",
    "rotate",
    "set_history_floor",
    "set_protocol",
    "twins",
]


def all_connections(engine: Engine) -> list[ConnectionInfo]:
    """Return every connection by name, the disconnected ones among them."""
    with reading(engine) as session:
        found = [rows.info(row) for row in session.exec(select(Connection))]
    return sorted(
        (_seen(engine, one) for one in found), key=lambda connection: connection.name.casefold()
    )


def get(engine: Engine, name: str) -> ConnectionInfo:
    """Return the connection of this name; raises UnknownName, which lists the names there are."""
    with reading(engine) as session:
        return _seen(engine, rows.info(rows.named(session, name)))


def _seen(engine: Engine, found: ConnectionInfo) -> ConnectionInfo:
    """Return a connection as whoever reads through this engine may see what its check found."""
    told = findings_seen(engine, [finding.as_dict() for finding in found.findings])
    return replace(found, findings=tuple(Finding(**one) for one in told))


def get_key(engine: Engine, vault: Vault, name: str) -> SecretStr:
    """Return a connection's key; raises UnknownName, KeyMissing or SecretKeyUnusable.

    Raises NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Using a key")
    with reading(engine) as session:
        row = rows.named(session, name)
        kept, ciphertext = row.name, row.key_ciphertext
    if not ciphertext:
        raise KeyMissing(
            f"The connection {kept!r} has no key.",
            "It was disconnected, and its key was erased.",
            "Connect it again under the same name to go on with its history.",
        )
    return vault.decrypt(ciphertext)


def add(
    engine: Engine,
    vault: Vault,
    name: str,
    kind: Kind,
    key: SecretStr,
    *,
    organization_id: str = "",
    organization_name: str = "",
    result: CheckResult | None = None,
    clock: Clock = calendar.now,
) -> ConnectionInfo:
    """Keep a new connection, or revive the disconnected one of the same name, and return it.

    `result` is its check; without one its state is `unverified`. Raises BadValue for a name that
    cannot be used or is taken, NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Connecting")
    wanted = valid_name(name)
    organization = (result.organization_id if result else "") or organization_id.strip()
    with writing(engine) as session:
        row = rows.find(session, wanted)
        if row is None:
            row = Connection(name=wanted, kind=kind, created_at=clock())
        else:
            rows.refuse_taken(row, kind, organization)
        row.name = wanted
        row.organization_id = organization or row.organization_id
        row.organization_name = organization_name or row.organization_name
        rows.seal(row, vault, key)
        if result is not None:
            rows.note(row, result, clock())
        audit.note(session, "connected", wanted, kind=kind, organization=organization,
                   key=row.key_hint)  # fmt: skip
        return rows.saved(session, row)


def rotate(
    engine: Engine,
    vault: Vault,
    name: str,
    key: SecretStr,
    *,
    result: CheckResult | None = None,
    clock: Clock = calendar.now,
) -> ConnectionInfo:
    """Give a connection a new key and keep its history; a disconnected one works again.

    Raises UnknownName, or OrganizationMismatch where the check says that the key belongs to
    another organization, NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Rotating a key")
    with writing(engine) as session:
        overwrite_deleted(session)
        row = rows.named(session, name)
        rows.refuse_other_organization(row, result)
        rows.seal(row, vault, key)
        if result is not None:
            rows.note(row, result, clock())
        audit.note(session, "rotated", row.name, key=row.key_hint)
        changed = rows.saved(session, row)
    checkpoint(engine)
    return changed


def disconnect(engine: Engine, name: str, *, delete_data: bool = False) -> None:
    """Erase a connection's key; with `delete_data` also all that the ledger knows of it.

    Without it the history stays, and connecting the same name, kind and organization goes on with
    it. Raises UnknownName, NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Disconnecting")
    with writing(engine) as session:
        overwrite_deleted(session)
        row = rows.named(session, name)
        rows.unseal(row)
        audit.note(session, "disconnected", row.name)
        number = rows.saved(session, row).id
    if delete_data:
        delete_facts(engine, number)
        replace_limits(engine, number, ())
        with writing(engine) as session:
            overwrite_deleted(session)
            gone = session.get_one(Connection, number)
            audit.note(session, "deleted data", gone.name)
            session.delete(gone)
            bump(session)
    checkpoint(engine)


def record_check(
    engine: Engine, name: str, result: CheckResult, *, clock: Clock = calendar.now
) -> ConnectionInfo:
    """Keep what a check found, and return the connection.

    A check that could not be made (no network, rate limit) leaves the state as it was. Raises
    UnknownName, NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Checking a connection")
    with writing(engine) as session:
        row = rows.named(session, name)
        rows.note(row, result, clock())
        return rows.saved(session, row)


def set_protocol(engine: Engine, name: str, protocol: Protocol) -> None:
    """Remember which protocol a connection speaks; raises UnknownName."""
    with writing(engine) as session:
        row = rows.named(session, name)
        row.protocol = protocol
        rows.saved(session, row)


def set_history_floor(engine: Engine, name: str, day: date | None) -> None:
    """Remember the first UTC day that an organization was found to answer; raises UnknownName."""
    with writing(engine) as session:
        row = rows.named(session, name)
        row.history_floor = None if day is None else (day - rows.EPOCH).days
        rows.saved(session, row)


def twins(engine: Engine, kind: Kind, organization_id: str, name: str = "") -> list[str]:
    """Return the names of the other connections of the same kind to the same organization.

    Two keys to one organization report the same money twice. `name` is the connection itself.
    """
    return [
        other.name
        for other in all_connections(engine)
        if other.kind == kind
        and not same_name(other.name, name)
        and same_organization(other.organization_id, organization_id)
    ]
