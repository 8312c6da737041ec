"""Which role a signed-in person has: what their identity provider says, against our lists."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from core.access.people import Person
from core.access.roles import Role
from core.errors import NotAllowed
from core.settings import Settings

Claims = Mapping[str, Any]
"""What an OpenID Connect identity token says of a person."""


def signed_in(claims: Claims, settings: Settings, moment: datetime) -> Person:
    """Return the person of an identity token, with the highest role that a list gives them.

    Raises NotAllowed, by code: `sign_in_expired` for a token whose time is over or is not told,
    `not_let_in` where no list names them or their e-mail address is not verified.
    """
    name, until = _name(claims), _until(claims)
    if until is None or until <= moment:
        raise _expired(name, until)
    lists = {
        Role.ADMIN: settings.admins, Role.ANALYST: settings.analysts, Role.VIEWER: settings.viewers
    }  # fmt: skip
    marks = _marks(claims, settings)
    for role, named in lists.items():
        entries = {_folded(e) if "@" in e else e for e in _split(named)}
        if not marks.isdisjoint(entries):
            return Person(name, role, "sign-in", until)
    raise _not_let_in(name, claims)


def sign_in_of(claims: Claims) -> str:
    """Return what tells one signing-in from every other, and nothing of what the token says."""
    text = json.dumps(dict(claims), sort_keys=True, default=str)
    return f"sign-in {sha256(text.encode()).hexdigest()[:32]}"


def signed_out() -> NotAllowed:
    """Return the refusal of a sign-in that somebody has ended."""
    return NotAllowed(
        "You have signed out.",
        "It was done in another window, and holds for all that were signed in with it.",
        "Sign in again.",
        code="signed_out",
    )


def _marks(claims: Claims, settings: Settings) -> set[str]:
    """Return everything of a person that a list may name: address, domain, values of claims."""
    mail = _folded(str(claims.get("email") or "").strip())
    marks = {mail, f"@{mail.rpartition('@')[2]}"} if "@" in mail and _verified(claims) else set()
    for claim in _split(settings.role_claim):
        marks |= {value for value in _values(claims.get(claim)) if "@" not in value}
    return marks


def _verified(claims: Claims) -> bool:
    # Some providers never say; who says anything but yes, in whatever type, does not mean yes.
    return str(claims.get("email_verified", True)).casefold() in {"true", "1"}


def _folded(mail: str) -> str:
    # Only ASCII: other letters that fold to one of those belong to another person's address.
    return mail.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")


def _values(said: Any) -> Iterable[str]:
    if isinstance(said, str):
        return {said}
    if isinstance(said, Mapping):
        return {str(key) for key, held in said.items() if held}
    return {str(value) for value in said} if isinstance(said, list | tuple | set) else set()


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _name(claims: Claims) -> str:
    wanted = ("email", "preferred_username", "upn", "sub")
    found = next((key for key in wanted if claims.get(key)), None)
    if found is None:
        return "somebody without a name"
    doubt = " (not verified)" if found == "email" and not _verified(claims) else ""
    return f"{claims[found]}{doubt}"


def _until(claims: Claims) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _expired(name: str, until: datetime | None) -> NotAllowed:
    ended = f"ended on {until:%Y-%m-%d %H:%M} UTC" if until else "does not say until when"
    return NotAllowed(
        "Your sign-in has expired.",
        f"{name}: what your identity provider vouched for {ended}.",
        "Sign in again.",
        code="sign_in_expired",
    )


def _not_let_in(name: str, claims: Claims) -> NotAllowed:
    why = "" if _verified(claims) else " Your e-mail address is not verified."
    return NotAllowed(
        "You are signed in, but not let in.",
        f"Nothing gives {name} a role here.{why}",
        "Ask whoever runs this dashboard to name you, your domain or a group of yours in "
        "CLAUDE_SPEND_VIEWERS, CLAUDE_SPEND_ANALYSTS or CLAUDE_SPEND_ADMINS.",
        code="not_let_in",
    )
