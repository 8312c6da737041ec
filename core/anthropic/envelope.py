"""What an error answer says of itself, read leniently: whole, its inner object only, or nothing."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from core.anthropic.words import shorten

_SCOPES = re.compile(r"Got:\s*\[([^\]]*)\].*?Needed:\s*\[([^\]]*)\]", re.S)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The words of an error; empty where the body is no Anthropic error."""

    type: str = ""
    message: str = ""
    error_code: str = ""
    request_id: str | None = None
    is_json: bool = False


class Scopes(NamedTuple):
    """The scopes that a key holds, and those that the request needs."""

    held: tuple[str, ...]
    needed: tuple[str, ...]


def read(body: bytes) -> Envelope:
    """Return the envelope of a body in either documented form; empty for anything else."""
    try:
        data: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Envelope()
    if not isinstance(data, dict):
        return Envelope(is_json=True)
    inner = data.get("error", data)
    inner = inner if isinstance(inner, dict) else {"message": inner}
    details = inner.get("details")
    return Envelope(
        _text(inner.get("type")),
        shorten(_text(inner.get("message"))),
        _text(details.get("error_code")) if isinstance(details, dict) else "",
        clean_id(data.get("request_id")),
        is_json=True,
    )


def scopes(message: str) -> Scopes:
    """Return the scopes of "Got: [...] Needed: [...]"; both empty where the message has none."""
    match = _SCOPES.search(message)
    if match is None:
        return Scopes((), ())
    held, needed = (
        tuple(part.strip(" '\"") for part in group.split(",") if part.strip(" '\""))
        for group in match.groups()
    )
    return Scopes(held, needed)


def clean_id(value: object) -> str | None:
    """Return a request id if it looks like one: it is shown to people and stored."""
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
