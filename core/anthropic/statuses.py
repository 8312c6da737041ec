"""A status code becomes an error class here and nowhere else."""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.errors import (
    CursorExpired,
    FixConnection,
    KeyInvalid,
    KeyScopeMissing,
    NotUnderstood,
    PlanNotEnterprise,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    SpendError,
    UnexpectedResponse,
)
from core.logs import redact

_SCOPES = re.compile(r"Got:\s*\[([^\]]*)\].*?Needed:\s*\[([^\]]*)\]", re.S)
_PLAN = re.compile(r"enterprise plan", re.I)
SPEND_CAPS = {
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "ramp_limit_exceeded",
}
"""429 codes that no waiting cures: the organization has reached a cap on its spend."""


class NotFound(NotUnderstood):
    """404: the path or the feature is hidden from this organization; the caller knows which."""

    default_code = "not_found"


class BillingProblem(FixConnection):
    """402: Anthropic has a problem with the organization's payment."""

    default_code = "billing_problem"


@dataclass(eq=False)
class ScopeMissing(KeyScopeMissing):
    """403 with the scopes that the key holds and those that it would need."""

    scopes_held: tuple[str, ...] = field(default=())
    scopes_needed: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an error answer says of itself; empty where it is no Anthropic error."""

    type: str = ""
    message: str = ""
    error_code: str = ""
    request_id: str | None = None


def envelope(body: bytes) -> Envelope:
    """Return the error envelope of a body, in either documented form; empty for anything else."""
    try:
        data: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return Envelope()
    if not isinstance(data, dict):
        return Envelope()
    inner = data.get("error", data)
    if not isinstance(inner, dict):
        return Envelope()
    details = inner.get("details")
    code = details.get("error_code") if isinstance(details, dict) else None
    request_id = data.get("request_id")
    return Envelope(
        str(inner.get("type") or ""),
        redact(str(inner.get("message") or ""))[:500],
        str(code or ""),
        str(request_id) if request_id else None,
    )


def scopes(message: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (held, needed) from the API's "Got: [...] Needed: [...]", empty where it is absent."""
    match = _SCOPES.search(message)
    if match is None:
        return (), ()
    held, needed = (
        tuple(part.strip(" '\"") for part in group.split(",") if part.strip(" '\""))
        for group in match.groups()
    )
    return held, needed


def is_html(body: bytes) -> bool:
    """Say whether a body is a web page."""
    return body.lstrip()[:1] == b"<"


def error_for(status: int, body: bytes, path: str, request_id: str | None) -> SpendError:
    """Return the error that a status, its body and its path amount to."""
    said = envelope(body)
    known: dict[str, Any] = {"http_status": status, "request_id": request_id or said.request_id}
    if not said.type and (is_html(body) or 300 <= status < 400):
        return _foreign(status, body, path, known)
    words = f"Anthropic said: {said.message}" if said.message else f"{path} answered {status}."
    if status == 400:
        return _refused(said, words, path, known)
    if status == 401:
        return KeyInvalid(
            "Anthropic does not accept this key.", words,
            "Create a new key and enter it; a revoked or expired key cannot be revived.", **known,
        )  # fmt: skip
    if status == 402:
        return BillingProblem(
            "Anthropic reports a billing problem.", words,
            "An admin of the organization can settle it in the Claude Console under Billing.",
            **known,
        )  # fmt: skip
    if status == 403:
        held, needed = scopes(said.message)
        return ScopeMissing(
            "This key may not read what is asked.", words,
            f"Create a key with the scope {', '.join(needed) or 'that is missing'}; the scopes "
            "of a key cannot be changed.",
            **known, scopes_held=held, scopes_needed=needed,
        )  # fmt: skip
    if status == 404:
        return NotFound(
            f"Anthropic does not know {path}.", words,
            "The feature may not be switched on for this organization; ask Anthropic Support.",
            **known,
        )  # fmt: skip
    return _passing(status, said, words, path, known)


def _refused(said: Envelope, words: str, path: str, known: dict[str, Any]) -> SpendError:
    if _PLAN.search(said.message) or said.error_code == "organization_type_not_supported":
        return PlanNotEnterprise(
            "This organization is not on Anthropic's Enterprise plan.", words,
            "Use the Platform connection, or connect the organization that has the plan.", **known,
        )  # fmt: skip
    return RequestRefused(
        f"Anthropic refused the request to {path}.", words,
        "If this stays after an update of claude-spend, please report it.", **known,
    )  # fmt: skip


def _passing(
    status: int, said: Envelope, words: str, path: str, known: dict[str, Any]
) -> SpendError:
    if status == 410:
        return CursorExpired(
            "Anthropic refreshed the data while it was being read.", words,
            "The window is read again from its first page.", **known,
        )  # fmt: skip
    if status == 429:
        capped = said.error_code in SPEND_CAPS
        return RateLimited(
            "The organization has reached a spend limit." if capped
            else "Anthropic asks for fewer requests.",
            words,
            "Raise the limit in the Claude Console, or wait for its reset." if capped
            else "The next sync goes on where this one stopped.",
            **known,
        )  # fmt: skip
    if status in {408, 409} or status >= 500:
        return ServiceUnavailable(
            f"Anthropic could not answer {path} ({status}).", words,
            "Nothing is wrong with the connection; the next sync tries again.", **known,
        )  # fmt: skip
    return UnexpectedResponse(
        f"{path} answered with status {status}.", words,
        "Check CLAUDE_SPEND_API_URL and any proxy in between.", **known,
    )  # fmt: skip


def _foreign(status: int, body: bytes, path: str, known: dict[str, Any]) -> SpendError:
    if 300 <= status < 400:
        title = f"{path} redirects elsewhere ({status})."
        cause = "A key is never sent to another address, so redirects are not followed."
    else:
        title = f"A web page answered instead of the Anthropic API ({status})."
        cause = "A proxy, firewall or sign-in page stands between this machine and Anthropic."
    if status >= 500:
        return ServiceUnavailable(
            title, cause, "The next sync tries again; if it stays, ask whoever runs the proxy.",
            **known,
        )  # fmt: skip
    return UnexpectedResponse(
        title, cause,
        "Let api.anthropic.com through, or correct CLAUDE_SPEND_API_URL.", **known,
    )  # fmt: skip
