"""What a pasted text is, as far as its shape tells: cleaned, refused where it cannot be a key.

The shape is a hint, never a verdict: gateways hand out tokens of their own, and Anthropic adds
kinds of keys. Only what cannot be a credential of the Claude API at all is refused here.
"""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from core.errors import KeyMalformed, KeyMissing

Guess = Literal["admin", "analytics", "api", "oauth", "refresh", "unknown"]

_PREFIX = re.compile(r"sk-ant-(?:([a-z]{1,12})([0-9]{0,3})-)?")
_AROUND = " \t\r\n\v\f\u00a0\ufeff\u200b\u200c\u200d\u2060\"'`\u201c\u201d\u2018\u2019«»,;"
_LEADING = re.compile(
    r"(?:authorization\s*[:=]|x-api-key\s*[:=]|bearer\s"
    r"|(?:export\s+|set\s+)?[a-z_][a-z0-9_]*\s*[:=]\s*[\"']?(?=sk-ant-))\s*",
    re.IGNORECASE,
)
_MASKED = re.compile(r"\.\.|…|\*\*|••|●●")
_NOT_A_KEY = (
    (re.compile(r"[a-z]+://"), "It is a web address."),
    (re.compile(r"org_"), "It is the ID of an organization, not a key."),
    (re.compile(r"apikey_"), "It is the ID of an API key, not the key itself."),
    (re.compile(r"(wrkspc|user|svac)_"), "It is an ID from the Claude Console, not a key."),
)
_VENDORS = (
    (re.compile(r"sk-(proj|svcacct|admin)-"), "OpenAI"),
    (re.compile(r"sk-or-"), "OpenRouter"),
    (re.compile(r"(AKIA|ASIA)[A-Z0-9]{12}"), "AWS"),
    (re.compile(r"(ABSK|bedrock-api-key-)"), "Amazon Bedrock"),
    (re.compile(r"(AIza|ya29\.)"), "Google"),
    (re.compile(r"(gh[pousr]_|github_pat_)"), "GitHub"),
    (re.compile(r"glpat-"), "GitLab"),
    (re.compile(r"xox[a-z]-"), "Slack"),
    (re.compile(r"[rs]k_(live|test)_"), "Stripe"),
    (re.compile(r"hf_"), "Hugging Face"),
    (re.compile(r"gsk_"), "Groq"),
    (re.compile(r"xai-"), "xAI"),
)
_LONGEST = 8192
_SUSPICIONS: dict[Guess, str] = {
    "admin": "",
    "analytics": "",
    "api": "It has the prefix of an ordinary API key, which normally sends prompts and reads no "
    "costs; only keys that belong to no workspace may.",
    "oauth": "It is an OAuth access token; such tokens expire within hours.",
    "refresh": "It is an OAuth refresh token, which no API endpoint accepts.",
    "unknown": "It does not have the prefix of any Anthropic key that is known here, as is usual "
    "behind a gateway.",
}

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_UUID_SUSPICION = "It has the form of an Organization ID; a key was expected."


@dataclass(frozen=True, slots=True)
class Shape:
    """What a key looks like: a guess at its kind, its prefix, and what is odd about it."""

    guess: Guess
    prefix: str
    suspicion: str = ""


def _plain(text: str | SecretStr) -> str:
    return text.get_secret_value() if isinstance(text, SecretStr) else text


def recognise(text: str | SecretStr) -> Shape:
    """Return the shape of a cleaned key; raises nothing, an odd key is `unknown`."""
    match = _PREFIX.match(_plain(text))
    if match is None:
        odd = _UUID_SUSPICION if _UUID.fullmatch(_plain(text)) else _SUSPICIONS["unknown"]
        return Shape("unknown", "", odd)
    guess = _guess(match.group(1) or "", match.group(2) or "")
    return Shape(guess, match.group(0), _SUSPICIONS[guess])


def _guess(word: str, digits: str) -> Guess:
    if word == "api":
        return "analytics" if digits == "01" else "api"
    words: dict[str, Guess] = {"admin": "admin", "oat": "oauth", "ort": "refresh"}
    return words.get(word, "unknown")


def clean(text: str | SecretStr | None) -> SecretStr:
    """Return the key inside a pasted text, without what copying tends to bring along.

    Space, quotes, header names, `Bearer` and variable assignments around the key are dropped.
    Raises KeyMissing for nothing, KeyMalformed for what cannot be a credential of the Claude API;
    neither repeats the text.
    """
    key = _peel(_plain(text) if text is not None else "")
    if not key:
        raise KeyMissing(
            "No key was given.",
            "The text is empty.",
            "Paste the whole key, or set the environment variable that holds it.",
        )
    cause = _why_malformed(key)
    if cause:
        raise KeyMalformed(
            "This text cannot be an Anthropic key.",
            cause,
            "Copy the whole key again from the place where it was created. Anthropic shows a key "
            "only once: if it is gone, create a new one.",
        )
    return SecretStr(key)


def _peel(text: str) -> str:
    """Strip the surroundings and leading words until nothing more comes off."""
    while True:
        shorter = text.strip(_AROUND)
        leading = _LEADING.match(shorter)
        shorter = shorter[leading.end() :] if leading else shorter
        if shorter == text:
            return text
        text = shorter


def _why_malformed(key: str) -> str:
    """Return why a text cannot be a key, or nothing; never with a part of the text."""
    return _masked(key) or _characters(key) or _foreign(key) or _length(key)


def _masked(key: str) -> str:
    if _MASKED.search(key):
        return (
            "It is a masked copy: its middle is replaced by dots or stars. The Console shows "
            "keys in this form after they were created."
        )
    return ""


def _characters(key: str) -> str:
    if any(char in "\r\n\v\f" for char in key):
        return "There is a line break inside it: more than the key, or a wrapped key, was copied."
    if any(char.isspace() for char in key):
        return "There is a space inside it: more than the key was copied."
    if any(not char.isprintable() for char in key):
        return "There is an invisible control character inside it."
    if not key.isascii():
        where = next(i for i, char in enumerate(key, 1) if not char.isascii())
        return f"Character {where} is not a plain ASCII letter, as happens in word processors."
    if any(char in "\"'`<>{}" for char in key):
        return "It holds quotes or brackets: a placeholder or a piece of a file was copied."
    return ""


def _foreign(key: str) -> str:
    for pattern, cause in _NOT_A_KEY:
        if pattern.match(key):
            return cause
    for pattern, vendor in _VENDORS:
        if pattern.match(key):
            return f"It has the form of a credential of {vendor}, not of Anthropic."
    return ""


def _length(key: str) -> str:
    prefix = recognise(key).prefix
    if prefix and len(key) == len(prefix):
        return "It is only the prefix of a key."
    if not prefix and len(key) < 20:
        return "It is far too short, and it does not begin with sk-ant-."
    return "It is far too long for a key." if len(key) > _LONGEST else ""


def hint(key: str | SecretStr) -> str:
    """Return what may be shown of a key: its prefix and four last characters at the most.

    A body of fewer than 24 characters shows two, one of fewer than 12 none.
    """
    text = _plain(key)
    prefix = recognise(text).prefix
    body = len(text) - len(prefix)
    shown = 4 if body >= 24 else 2 if body >= 12 else 0
    return f"{prefix}…{text[len(text) - shown :]}"
