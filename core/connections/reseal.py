"""Encrypts the secrets of a ledger that was moved for the place where it lies now."""

from sqlmodel import Session, select

from core.connections.vault import Vault
from core.errors import SecretKeyUnusable
from core.ledger.tables import AlertTarget, Connection


def reseal(session: Session, old: Vault, new: Vault) -> tuple[str, ...]:
    """Encrypt anew, inside a transaction, what only the old vault opens.

    Returns the names of what neither opens; that stays as it is.
    """
    lost: list[str] = []
    for connection in session.exec(select(Connection)):
        sealed = _resealed(connection.key_ciphertext, old, new)
        connection.key_ciphertext = sealed or connection.key_ciphertext
        if sealed is None:
            lost.append(connection.name)
        session.add(connection)
    for target in session.exec(select(AlertTarget)):
        sealed = _resealed(target.ciphertext, old, new)
        target.ciphertext = sealed or target.ciphertext
        if sealed is None:
            lost.append(target.name)
        session.add(target)
    session.flush()
    return tuple(lost)


def _resealed(ciphertext: str, old: Vault, new: Vault) -> str | None:
    """Return what the new vault opens, or None where the old one opens nothing."""
    if not ciphertext or new.is_current(ciphertext):
        return ciphertext
    try:
        return new.encrypt(old.decrypt(ciphertext))
    except SecretKeyUnusable:
        return None
