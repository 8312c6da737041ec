"""A status code becomes an error class here and nowhere else."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from core.anthropic.bodies import PROXY_FIX, is_html
from core.anthropic.envelope import Envelope, Scopes, read, scopes
from core.anthropic.words import GOES_ON, PASSES, place, sentence
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

__all__ = [
    "SPEND_CAPS",
    "BillingProblem",
    "NotFound",
    "Refused",
    "ScopeMissing",
    "Scopes",
    "error_for",
    "says_never",
    "scopes",
]

_PLAN = re.compile(r"enterprise plan", re.I)

SPEND_CAPS = {
    "enforced_spend_limit_reached": "It has reached the spend limit of its usage tier.",
    "contract_spend_limit_reached": "It has reached the spend limit of its contract.",
    "ramp_limit_exceeded": "Its spend has grown faster than Anthropic allows.",
}
"""429 codes that no waiting cures, and what each means for the organization."""


_NO_BETA = "organization_not_enrolled_in_beta"


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


@dataclass(eq=False)
class Refused(RequestRefused):
    """400 with the server's own words: `api_message`, and `error_code` where it gives one."""

    api_message: str = ""
    error_code: str = ""


def says_never(error: SpendError) -> bool:
    """Say whether an error means that this key will not be given this answer, ever.

    A 403, a 404 and a 400 that names the plan or the beta do; a plain 400 is about one request.
    """
    if isinstance(error, Refused):
        return error.error_code == _NO_BETA
    return isinstance(error, NotFound | KeyScopeMissing | PlanNotEnterprise)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that is no success: where, which status, and what it says."""

    path: str
    status: int
    request_id: str | None
    envelope: Envelope

    @property
    def cause(self) -> str:
        """Return the server's words and where they came from."""
        said = sentence(self.envelope.message)
        words = f"Anthropic said: {said} " if said else ""
        return words + place(self.path, self.status, self.request_id)

    def as_error(self, kind: type[SpendError], title: str, fix: str, why: str = "") -> SpendError:
        """Return the error of a class; `why` stands before the server's words."""
        cause = f"{why} {self.cause}".strip()
        return kind(title, cause, fix, http_status=self.status, request_id=self.request_id)


def error_for(status: int, body: bytes, path: str, request_id: str | None = None) -> SpendError:
    """Return the error that a status, its body and its path amount to."""
    envelope = read(body)
    said = Said(path, status, request_id or envelope.request_id, envelope)
    if 300 <= status < 400:
        return _redirected(said)
    if status < 500 and status not in _ALWAYS and not envelope.is_json:
        return _foreign(said, body)
    if status >= 500 or status in {408, 409}:
        return _unavailable(said, body)
    return _BY_STATUS.get(status, _unknown)(said)


def _refused(said: Said) -> SpendError:
    message, code = said.envelope.message, said.envelope.error_code
    if _PLAN.search(message) or code == "organization_type_not_supported":
        return said.as_error(
            PlanNotEnterprise,
            "This organization is not on Anthropic's Enterprise plan.",
            "Use the Platform connection, or connect the organization that has the plan.",
        )
    return Refused(
        f"Anthropic refused the request to {said.path}.",
        said.cause,
        "Update claude-spend; if it stays, please report it with the request id.",
        http_status=said.status,
        request_id=said.request_id,
        api_message=message,
        error_code=code,
    )


def _key_invalid(said: Said) -> SpendError:
    return said.as_error(
        KeyInvalid,
        "Anthropic does not accept this key.",
        "Create a new key and enter it in the place of this one.",
        "It is unknown, revoked or expired, or was not copied whole.",
    )


def _billing(said: Said) -> SpendError:
    return said.as_error(
        BillingProblem,
        "Anthropic reports a billing problem.",
        "Someone with the billing role can settle it in the Claude Console, Settings, Billing.",
    )


def _forbidden(said: Said) -> SpendError:
    held, needed = scopes(said.envelope.message)
    wanted = f"the scope {', '.join(needed)}" if needed else "access to it"
    return ScopeMissing(
        "This key may not read what is asked.",
        said.cause,
        f"Create a key with {wanted}; the scopes of a key cannot be changed.",
        http_status=said.status,
        request_id=said.request_id,
        scopes_held=held,
        scopes_needed=needed,
    )


def _not_found(said: Said) -> SpendError:
    return said.as_error(
        NotFound,
        f"Anthropic does not offer {said.path} to this key.",
        "The feature may not be switched on for this organization: ask Anthropic Support. Behind "
        "a gateway, let it pass /v1/organizations on.",
    )


def _expired(said: Said) -> SpendError:
    return said.as_error(
        CursorExpired,
        "Anthropic refreshed the data while it was being read.",
        "The window is read again from its first page.",
    )


def _limited(said: Said) -> SpendError:
    cap = SPEND_CAPS.get(said.envelope.error_code)
    if cap:
        return said.as_error(
            RateLimited,
            "A spend limit keeps Anthropic from answering this organization.",
            "Raise the limit in the Claude Console, Settings, Limits, or wait for its reset.",
            cap,
        )
    return said.as_error(
        RateLimited,
        "Anthropic asks for fewer requests.",
        f"{GOES_ON} Other programs that read the same organization's costs share its limit.",
    )


def _unavailable(said: Said, body: bytes) -> SpendError:
    why = "A web page came instead of an answer." if is_html(body) else ""
    return said.as_error(ServiceUnavailable, "Anthropic cannot answer at the moment.", PASSES, why)


def _redirected(said: Said) -> SpendError:
    return said.as_error(
        UnexpectedResponse,
        "The Anthropic API sends the request elsewhere.",
        PROXY_FIX,
        "A key is never sent on to another address, so redirects are not followed.",
    )


def _foreign(said: Said, body: bytes) -> SpendError:
    return said.as_error(
        UnexpectedResponse,
        "Something else than the Anthropic API answered.",
        PROXY_FIX,
        "A proxy or sign-in page answered." if is_html(body) else "What came back is no JSON.",
    )


def _unknown(said: Said) -> SpendError:
    return said.as_error(
        UnexpectedResponse, "Anthropic answered in a way that is not documented.", PROXY_FIX
    )


_ALWAYS = frozenset({408, 409, 410, 429})
"""Statuses that mean the same whoever sends them, whatever the body."""

_BY_STATUS: dict[int, Callable[[Said], SpendError]] = {
    400: _refused,
    401: _key_invalid,
    402: _billing,
    403: _forbidden,
    404: _not_found,
    410: _expired,
    429: _limited,
}
