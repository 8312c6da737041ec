"""What a refused check means, in the user's words: one function a kind of refusal."""

from typing import TypeVar

from core.anthropic.statuses import NotFound, ScopeMissing
from core.connections.naming import is_organization_id
from core.connections.recognise import Shape
from core.errors import (
    AnalyticsNotEnabled,
    IndividualAccount,
    KeyInvalid,
    KeyScopeMissing,
    KeyWrongKind,
    NotUnderstood,
    OrganizationMismatch,
    PlanNotEnterprise,
    SpendError,
    UnexpectedResponse,
)

USE_ADMIN = (
    "Create an Admin key (prefix sk-ant-admin01-) in the Claude Console at platform.claude.com, "
    "Settings, Admin keys; it takes the Admin role."
)
USE_ANALYTICS = (
    "Create a key with the scope read:analytics (prefix sk-ant-api01-) at "
    "claude.ai/analytics/api-keys; only the Primary Owner of the Enterprise organization can."
)
_ENTERPRISE_SCOPES = ("read:", "write:", "compliance")
_ADMIN_SCOPES = ("api:", "org:")


E = TypeVar("E", bound=SpendError)


def _because(kind: type[E], error: SpendError | None, title: str, cause: str, fix: str) -> E:
    """Return a verdict that rests on an answer: with its words, status and request id."""
    if error is None:
        return kind(title, cause, fix)
    whole = f"{cause} {error.cause}".strip()
    return kind(title, whole, fix, http_status=error.http_status, request_id=error.request_id)


def refresh_token(fix: str) -> KeyWrongKind:
    """Return the verdict on an OAuth refresh token, which is not sent anywhere."""
    return KeyWrongKind(
        "This is an OAuth refresh token, not a key.",
        "Its prefix is sk-ant-ort; no endpoint of the API accepts such a token, so it was not "
        "sent.",
        fix,
    )


def admin_key_for_enterprise() -> KeyWrongKind:
    """Return the verdict on an Admin key in the Enterprise connection; nothing was sent."""
    return KeyWrongKind(
        "This is an Admin API key of the Claude Console.",
        "The Enterprise connection needs an analytics key. An Admin key (prefix sk-ant-admin) "
        "would show the Console's costs as if they were the Enterprise plan's, so it was not sent.",
        f"{USE_ANALYTICS} The Admin key belongs in a Platform connection.",
    )


def analytics_key_for_platform(error: SpendError | None = None) -> KeyWrongKind:
    """Return the verdict on an Enterprise key in the Platform connection."""
    return _because(
        KeyWrongKind,
        error,
        "This is a key of the Enterprise plan, not an Admin key.",
        "The Platform connection reads the Claude Console, which keys from claude.ai "
        "(prefix sk-ant-api01-) cannot.",
        f"{USE_ADMIN} The key that you entered belongs in an Enterprise connection.",
    )


def ordinary_key(error: SpendError, fix: str) -> KeyWrongKind:
    """Return the verdict on an ordinary API key."""
    return _because(
        KeyWrongKind,
        error,
        "This looks like an ordinary API key.",
        "Keys with its prefix send prompts to Claude and read no costs. It may also have been "
        "revoked or have expired: Anthropic's answer does not tell these apart.",
        fix,
    )


def admin_scopes_for_enterprise(error: SpendError | None) -> KeyWrongKind:
    """Return the verdict on a key that answers as a Console key would."""
    return _because(
        KeyWrongKind,
        error,
        "This is a key of the Claude Console, not an analytics key.",
        "It may not read the Enterprise Analytics API, as Anthropic's answers show.",
        f"{USE_ANALYTICS} The key that you entered belongs in a Platform connection.",
    )


def invalid(error: SpendError, shape: Shape, fix: str) -> KeyInvalid:
    """Return the verdict on a key that Anthropic does not know (401)."""
    return _because(
        KeyInvalid,
        error,
        "Anthropic does not accept this key.",
        shape.suspicion,
        f"Check that the whole key was copied. {fix}",
    )


def _scope_missing(error: ScopeMissing, needed: str, fix: str) -> KeyScopeMissing:
    held = ", ".join(error.scopes_held)
    return _because(
        KeyScopeMissing,
        error,
        f"This key lacks {needed}.",
        "Anthropic knows the key and does not let it read this."
        + (f" It holds {held}." if held else ""),
        fix,
    )


def _holds(error: ScopeMissing, prefixes: tuple[str, ...]) -> bool:
    return any(scope.startswith(prefixes) for scope in error.scopes_held)


def platform_refusal(error: SpendError, shape: Shape, *, admitted: bool = False) -> SpendError:
    """Return what a refusal of the Admin API means for this key.

    `admitted`: the key has opened another endpoint of the Admin API already.
    """
    if isinstance(error, KeyInvalid):
        if shape.guess == "analytics":
            return analytics_key_for_platform(error)
        if shape.guess == "api":
            return ordinary_key(error, USE_ADMIN)
        return invalid(error, shape, USE_ADMIN)
    if isinstance(error, ScopeMissing):
        return _platform_forbids(error, shape, admitted)
    if isinstance(error, NotFound) and shape.guess == "analytics":
        return analytics_key_for_platform(error)
    return error


def _platform_forbids(error: ScopeMissing, shape: Shape, admitted: bool) -> SpendError:
    if shape.guess == "analytics" or _holds(error, _ENTERPRISE_SCOPES):
        return analytics_key_for_platform(error)
    if shape.guess == "api" and not admitted:
        return ordinary_key(error, USE_ADMIN)
    if shape.guess == "oauth":
        return _scope_missing(error, "the scope org:admin", "Sign in again with the scope "
                              f"org:admin, or use an Admin key. {USE_ADMIN}")  # fmt: skip
    scopes = ", ".join(error.scopes_needed)
    needed = f"the scope {scopes}" if scopes else "access to the Admin API"
    return _scope_missing(error, needed, USE_ADMIN)


def no_organization(error: SpendError) -> IndividualAccount:
    """Return the verdict on an account without an organization (404 on organizations/me)."""
    return _because(
        IndividualAccount,
        error,
        "This key belongs to an individual account.",
        "The Admin API exists only for organizations; individual accounts and Free, Pro and "
        "Max subscriptions have no cost or usage API.",
        "Set up an organization in the Claude Console (platform.claude.com, Settings), then let "
        "an admin create an Admin key. Behind a gateway: let it pass /v1/organizations on.",
    )


def not_offered(error: SpendError, what: str) -> UnexpectedResponse:
    """Return the verdict on an organization without the Platform reports (404)."""
    return _because(
        UnexpectedResponse,
        error,
        f"Anthropic does not offer {what} to this organization.",
        "The key works, and the report is not there. Claude Platform on AWS has none: AWS "
        "bills it.",
        "Look in the cloud provider's billing. If the organization is billed by Anthropic, ask "
        "Anthropic Support; behind a gateway, let it pass /v1/organizations on.",
    )


def other_organization(entered: str, identifier: str, name: str) -> OrganizationMismatch:
    """Return the verdict on a key of another organization than the one that was entered."""
    belongs = f"{name} ({identifier})" if name else identifier
    odd = _no_organization_id(entered)
    title = f"This key belongs to another organization: {belongs}."
    if odd:
        title = f"{entered[:80]!r} is no Organization ID; this key belongs to {belongs}."
    return OrganizationMismatch(
        title,
        f"{odd}The Organization ID entered is {entered[:80]}; a key reads only its own "
        "organization.",
        f"If {name or 'that organization'} is the one you want, enter its ID {identifier}; else "
        "create a key in the other organization. The ID is in the Console under Settings, "
        "Organization.",
    )


def _no_organization_id(entered: str) -> str:
    """Return why this cannot be an organization's ID; '' where it can."""
    if entered.startswith("wrkspc_"):
        return "What was entered is the ID of a workspace. "
    if is_organization_id(entered):
        return ""
    return "An Organization ID is a UUID (8-4-4-4-12 hexadecimal digits) or begins with org_. "


def no_plan(error: SpendError) -> PlanNotEnterprise:
    """Return the verdict on an organization without the Enterprise plan (400)."""
    return _because(
        PlanNotEnterprise,
        error,
        "This organization is not on Anthropic's Enterprise plan.",
        "The Enterprise Analytics API is only available on it.",
        "Connect the Anthropic Platform instead, with an Admin key from platform.claude.com. If "
        "there is an Enterprise plan, its key comes from that organization's Primary Owner.",
    )


def not_enabled(error: SpendError) -> AnalyticsNotEnabled:
    """Return the verdict on an Enterprise organization without analytics (404)."""
    return _because(
        AnalyticsNotEnabled,
        error,
        "Enterprise analytics is not enabled for this organization.",
        "The organization is on the Enterprise plan, but Anthropic has not enabled analytics "
        "yet, or public API access is switched off.",
        "Contact Anthropic Support or your account team and ask them to enable Enterprise "
        "analytics. The Primary Owner can switch on public API access in claude.ai, Organization "
        "settings, API. Behind a gateway: let it pass /v1/organizations/analytics on.",
    )


def enterprise_refusal(error: SpendError, shape: Shape) -> SpendError:
    """Return what a refusal of the Enterprise Analytics API means for this key."""
    if isinstance(error, PlanNotEnterprise):
        return no_plan(error)
    if isinstance(error, KeyInvalid):
        if shape.guess == "api":
            return ordinary_key(error, USE_ANALYTICS)
        return invalid(error, shape, USE_ANALYTICS)
    if isinstance(error, ScopeMissing):
        return _enterprise_forbids(error, shape)
    return not_enabled(error) if isinstance(error, NotFound) else error


def _enterprise_forbids(error: ScopeMissing, shape: Shape) -> SpendError:
    if shape.guess == "api" and not _holds(error, _ENTERPRISE_SCOPES):
        return ordinary_key(error, USE_ANALYTICS)
    if _holds(error, _ADMIN_SCOPES):
        return admin_scopes_for_enterprise(error)
    scope = ", ".join(error.scopes_needed) or "read:analytics"
    fix = f"The scopes of a key cannot be changed. {USE_ANALYTICS}"
    return _scope_missing(error, f"the scope {scope}", fix)


def as_checked(error: SpendError) -> SpendError:
    """Return an error under a code of the check's contract: what is not understood is one code."""
    if isinstance(error, NotUnderstood):
        error.code = UnexpectedResponse.default_code
    return error
