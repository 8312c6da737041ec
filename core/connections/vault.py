"""Keys at rest: encrypted with the environment's secret, or with that of a file beside the ledger.

`CLAUDE_SPEND_SECRET_KEY` holds one or several secrets, comma separated. The first encrypts, all
decrypt: to rotate, put the new secret in front of the old one; `open_vault` re-encrypts what it
finds, after which the old one can go. A secret is a Fernet key, taken as it is, or a passphrase
of at least 16 characters, from which scrypt derives one.
"""

import base64
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.connections.erase import checkpoint, overwrite_deleted
from core.connections.keyfile import key_path, on_server, read_if_there, read_or_create
from core.errors import SecretKeyUnusable
from core.ledger.engine import reading, writing
from core.ledger.tables import AlertTarget, Connection
from core.settings import Settings

log = logging.getLogger(__name__)

_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_MAKE = (
    "Make one with: python -c 'from cryptography.fernet import Fernet; "
    "print(Fernet.generate_key().decode())'"
)
_SHORTEST = 16
_FEWEST_CHARACTERS = 6
# The same passphrase must give the same key on every machine that shares the database, and there
# is no place to keep a random salt apart from that database: hence a constant one. It does not
# weaken a generated secret; a guessable passphrase is what the cost parameters are for.
_SALT = b"claude-spend secret key v1"
_COST = 2**15


@dataclass(frozen=True, slots=True)
class Reencryption:
    """Names of the connections (and of where alerts go) that were encrypted anew, or stay shut."""

    changed: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class Vault:
    """Encrypts and decrypts API keys; never shows a secret."""

    def __init__(self, settings: Settings) -> None:
        """Take the secrets of the environment or of the key file, which is made where needed.

        For a ledger on a server no file is made: another machine would make another one. Raises
        SecretKeyUnusable: no secret, a weak one, or a file that cannot be used.
        """
        path = key_path(settings)
        named = settings.secret_key.get_secret_value() if settings.secret_key else ""
        secrets = [part.strip() for part in named.split(",") if part.strip()]
        if named and not secrets:
            raise _holds_nothing()
        self.source = "CLAUDE_SPEND_SECRET_KEY" if secrets else str(path)
        # A ledger that began with the file must open after a secret was set in the environment.
        shared = on_server(settings)
        kept = read_if_there(path) if secrets or shared else read_or_create(path)
        if shared and not secrets:
            _warn_of_one_machine(path, kept)
        fernets = [_fernet(secret) for secret in secrets]
        fernets += [_fernet_of_file(kept, str(path))] if kept else []
        self.spare = str(path) if secrets and kept else ""
        """The key file that the environment's secret stands before, where there is one."""
        self._first, self._all = fernets[0], MultiFernet(fernets)

    def encrypt(self, key: SecretStr) -> str:
        """Return a key's ciphertext, as ASCII text."""
        return self._first.encrypt(key.get_secret_value().encode()).decode("ascii")

    def decrypt(self, ciphertext: str) -> SecretStr:
        """Return the key of a ciphertext; raises SecretKeyUnusable where no secret opens it."""
        try:
            return SecretStr(self._all.decrypt(ciphertext.encode()).decode())
        except InvalidToken:
            raise SecretKeyUnusable(
                "A stored API key cannot be decrypted.",
                f"It was encrypted with another secret than the one in {self.source}.",
                "Put the former secret back: behind the new one in CLAUDE_SPEND_SECRET_KEY, comma "
                "separated, or as the former key file. If it is lost, enter the API key again "
                "with `claude-spend rotate NAME`.",
            ) from None

    def opens(self, ciphertext: str) -> bool:
        """Say whether any secret opens this."""
        try:
            self._all.decrypt(ciphertext.encode())
        except InvalidToken:
            return False
        return True

    def is_current(self, ciphertext: str) -> bool:
        """Say whether the first secret encrypted this."""
        try:
            self._first.decrypt(ciphertext.encode())
        except InvalidToken:
            return False
        return True

    def opens_all(self, engine: Engine) -> bool:
        """Say whether the first secret alone opens everything that is stored."""
        with reading(engine) as session:
            return all(self.is_current(one.ciphertext) for one in _stored(session))

    def reencrypt_all(self, engine: Engine) -> Reencryption:
        """Encrypt anew everything stored that the first secret does not open, in one transaction.

        What no secret opens stays as it is and is named. Raises DatabaseUnusable.
        """
        if self.opens_all(engine):
            return Reencryption()
        with writing(engine) as session:
            overwrite_deleted(session)
            old = [one for one in _stored(session) if not self.is_current(one.ciphertext)]
            done = Reencryption(
                tuple(one.name for one in old if self._renew(one)),
                tuple(one.name for one in old if not self.is_current(one.ciphertext)),
            )
            session.add_all([one.row for one in old])
        checkpoint(engine)
        return done

    def _renew(self, one: "_Sealed") -> bool:
        try:
            one.replace(self._all.rotate(one.ciphertext.encode()).decode("ascii"))
        except InvalidToken:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A row that holds something encrypted."""

    row: Connection | AlertTarget

    @property
    def name(self) -> str:
        return self.row.name if isinstance(self.row, Connection) else f"alerts to {self.row.name}"

    @property
    def ciphertext(self) -> str:
        row = self.row
        return row.key_ciphertext if isinstance(row, Connection) else row.ciphertext

    def replace(self, ciphertext: str) -> None:
        if isinstance(self.row, Connection):
            self.row.key_ciphertext = ciphertext
        else:
            self.row.ciphertext = ciphertext


def _stored(session: Session) -> list[_Sealed]:
    rows = [*session.exec(select(Connection)), *session.exec(select(AlertTarget))]
    return [one for one in map(_Sealed, rows) if one.ciphertext]


def open_vault(settings: Settings, engine: Engine) -> Vault:
    """Return the vault of a ledger, after all in it was encrypted with the first secret.

    Raises SecretKeyUnusable for a secret that cannot be used, not for a key that it does not open.
    """
    vault = Vault(settings)
    result = vault.reencrypt_all(engine)
    if result.changed:
        log.warning(
            "What is kept of these (API keys, where alerts go) was encrypted with a former secret "
            "and is now encrypted with the first one of %s, without which it cannot be read from "
            "now on: %s. Keep it set wherever this ledger is opened.",
            vault.source,
            ", ".join(result.changed),
        )
    if result.unreadable:
        log.warning("No secret key opens what is kept of: %s", ", ".join(result.unreadable))
    return vault


def unreadable(engine: Engine, settings: Settings) -> tuple[str, ...]:
    """Return the names of what is stored and no secret at hand opens; makes no key file.

    Raises SecretKeyUnusable for a secret that cannot be used, DatabaseUnusable.
    """
    with reading(engine) as session:
        stored = _stored(session)
    if not stored:
        return ()
    if settings.secret_key is None and read_if_there(key_path(settings)) is None:
        return tuple(one.name for one in stored)
    vault = Vault(settings)
    return tuple(one.name for one in stored if not vault.opens(one.ciphertext))


def _warn_of_one_machine(path: Path, kept: SecretStr | None) -> None:
    """Raise SecretKeyUnusable where a ledger on a server has no secret; warn of a mere file."""
    if kept is None:
        raise SecretKeyUnusable(
            "This ledger lies on a server, and there is no secret to encrypt API keys with.",
            "CLAUDE_SPEND_SECRET_KEY is not set. A key file would belong to this machine alone, "
            "and no other one that shares the ledger could read the keys.",
            f"Set CLAUDE_SPEND_SECRET_KEY to one secret wherever this ledger is opened. {_MAKE}",
        )
    log.warning(
        "The API keys of this ledger, which lies on a server, can only be read with the key file "
        "%s of this machine. Set CLAUDE_SPEND_SECRET_KEY to what it holds wherever the ledger is "
        "opened.",
        path,
    )


def _holds_nothing() -> SecretKeyUnusable:
    return SecretKeyUnusable(
        "CLAUDE_SPEND_SECRET_KEY holds no secret.",
        "It is set, and there is nothing in it but commas and spaces.",
        "Put a secret into it, or unset it to use the key file beside the database.",
    )


def _fernet(secret: str) -> Fernet:
    """Return the cipher of one secret of the environment; raises SecretKeyUnusable."""
    if _FERNET_KEY.fullmatch(secret):
        return Fernet(secret)
    if len(secret) < _SHORTEST or len(set(secret)) < _FEWEST_CHARACTERS:
        raise SecretKeyUnusable(
            "CLAUDE_SPEND_SECRET_KEY is too weak.",
            "It holds a passphrase of fewer than 16 characters, or one that repeats the same few "
            "characters. A comma separates secrets, also inside a passphrase.",
            _MAKE,
        )
    stretched = Scrypt(salt=_SALT, length=32, n=_COST, r=8, p=1).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(stretched))


def _fernet_of_file(key: SecretStr, where: str) -> Fernet:
    if _FERNET_KEY.fullmatch(key.get_secret_value()):
        return Fernet(key.get_secret_value())
    raise SecretKeyUnusable(
        f"The secret key file {where} holds no key.",
        "It was changed, or another file has taken its place.",
        "Restore it from a backup, or move it away and enter the API keys again with "
        "`claude-spend rotate NAME`.",
    )
