"""Where alerts can go: a mailbox or a web address; what is secret of it never shows in a repr."""

import json
import re
from dataclasses import asdict, dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from core.errors import BadValue
from core.logs import hide
from core.settings import is_loopback, is_this_machine

HookKind = Literal["slack", "teams", "webhook"]
Security = Literal["starttls", "tls", "none"]

PORTS: dict[str, int] = {"starttls": 587, "tls": 465, "none": 25}
"""The usual port of each way to secure a connection to a mail server."""

SHORTEST_SECRET = 16
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Recipients of mail, and the server that takes it for them."""

    host: str = field(repr=False)
    port: int = field(repr=False)
    security: Security
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    kind: Literal["email"] = "email"

    @property
    def hint(self) -> str:
        """Return what may be shown: the first letter and the domain of the first recipient."""
        name, _, domain = self.recipients[0].partition("@")
        more = f" and {len(self.recipients) - 1} more" if self.recipients[1:] else ""
        return f"{name[:1]}…@{domain}{more}"


@dataclass(frozen=True, slots=True)
class Hook:
    """A web address that takes alerts as JSON; `secret` signs those of the kind `webhook`."""

    kind: HookKind
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)

    @property
    def hint(self) -> str:
        """Return what may be shown: the host, and the last four characters of a long path."""
        parts = urlsplit(self.url)
        shown = parts.path[-4:] if len(parts.path) >= 24 else ""
        return f"{parts.hostname}/…{shown}"


Place = Mailbox | Hook


def mailbox(
    host: str, port: int | None, security: str, user: str, password: SecretStr, sender: str,
    recipients: str,
) -> Mailbox:  # fmt: skip
    """Return a mailbox from what a person entered; recipients are comma separated.

    Raises BadValue, which repeats no address.
    """
    way = next((known for known in PORTS if known == security), None)
    if way is None:
        raise _odd("The connection to the mail server", f"There is {', '.join(PORTS)}.")
    name = host.strip()
    if not _HOST.fullmatch(name):
        raise _odd("The mail server", "Give its host name, such as smtp.example.com.")
    if way == "none" and not is_this_machine(name):
        raise _odd("The connection to the mail server", "Without encryption it may only go to "
                   "this very machine; elsewhere use starttls or tls.")  # fmt: skip
    number = PORTS[way] if port is None else port
    if not 0 < number < 65536:
        raise _odd("The port of the mail server", "Ports go from 1 to 65535.")
    people = tuple(part.strip() for part in recipients.split(",") if part.strip())
    if not people or not all(map(_is_address, (*people, sender.strip()))):
        raise _odd("An address of the mail", "Give addresses such as name@example.com: one to send "
                   "from, and one or several to send to, comma separated.")  # fmt: skip
    secret = password.get_secret_value()
    if bool(user.strip()) != bool(secret):
        raise _odd("The sign-in to the mail server", "Give both a user and a password, or neither.")
    return Mailbox(name, number, _security(way), user.strip(), secret, sender.strip(), people)


def hook(kind: HookKind, url: SecretStr, secret: SecretStr | None = None) -> Hook:
    """Return a web address from what a person entered; raises BadValue, which does not repeat it.

    It is https, or on this very machine; no user or password stands in it.
    """
    address = url.get_secret_value().strip()
    if not _is_safe(address):
        raise _odd("The web address", "It must begin with https:// (or lead to this very machine), "
                   "and hold neither a user nor a fragment.")  # fmt: skip
    signed = (secret.get_secret_value() if secret else "").strip()
    if kind == "webhook" and len(signed) < SHORTEST_SECRET:
        raise _odd("The secret that signs", f"It needs at least {SHORTEST_SECRET} characters; "
                   "`openssl rand -hex 32` makes a good one.")  # fmt: skip
    return Hook(kind, address, signed if kind == "webhook" else "")


def to_text(place: Place) -> SecretStr:
    """Return a place as the text that is encrypted."""
    return SecretStr(json.dumps(asdict(place)))


def from_text(text: SecretStr) -> Place:
    """Return the place of a text that `to_text` made."""
    held: dict[str, Any] = json.loads(text.get_secret_value())
    if held["kind"] != "email":
        return Hook(**held)
    return Mailbox(**{**held, "recipients": tuple(held["recipients"])})


def hidden(place: Place) -> list[SecretStr]:
    """Keep what is secret of a place out of the logs as long as what is returned is held."""
    if isinstance(place, Mailbox):
        held = [SecretStr(place.password)]
    else:
        held = [SecretStr(urlsplit(place.url).path), SecretStr(place.secret)]
    for secret in held:
        hide(secret)
    return held


def _security(way: str) -> Security:
    return "starttls" if way == "starttls" else "tls" if way == "tls" else "none"


def _is_address(text: str) -> bool:
    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return False
    return bool(parsed.username and parsed.domain) and text.isprintable() and len(text) <= 254


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        odd = parts.username is not None or parts.password is not None or parts.fragment
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if odd or not named or not address.isprintable() or " " in address or "\\" in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))


def _odd(what: str, why: str) -> BadValue:
    # What was entered is not repeated: an address with a token in it is as secret as a key.
    return BadValue(f"{what} cannot be used.", why, "Correct it and try again; nothing was kept.")
