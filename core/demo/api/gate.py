"""What every request passes first: one key, a known one, a version, and the scopes it takes."""

from collections.abc import Mapping
from typing import Literal

from core.demo.api.call import NEW_VERSION, OLD_VERSION
from core.demo.api.refusals import Refusal, missing_scopes, not_found
from core.demo.behaviour import Behaviour
from core.demo.credentials import (
    ADMIN_SCOPE,
    ANALYTICS_KEY,
    ANALYTICS_SCOPE,
    CREDENTIALS,
    GROUPS_SCOPE,
    MEMBERS_SCOPE,
    OAUTH_SCOPE,
    SPEND_SCOPE,
    Credential,
)

Need = Literal["admin", "oauth", "analytics", "unified", "members", "groups", "spend"]
BETA = "analytics-usage-cost-2026-08-24"

_SCOPES: dict[Need, tuple[str, ...]] = {
    "admin": (ADMIN_SCOPE,),
    "oauth": (OAUTH_SCOPE,),
    "analytics": (ANALYTICS_SCOPE,),
    "unified": (ANALYTICS_SCOPE, ADMIN_SCOPE),
    "members": (MEMBERS_SCOPE, ADMIN_SCOPE),
    "groups": (GROUPS_SCOPE,),
    "spend": (SPEND_SCOPE,),
}


def credential(headers: Mapping[str, str]) -> Credential:
    """Return what the request's key is; refuses none, two, and unknown ones."""
    key, bearer = headers.get("x-api-key"), headers.get("authorization")
    if key is not None and bearer is not None:
        raise Refusal(400, "Send either x-api-key or Authorization, not both.")
    if key is None and bearer is None:
        raise Refusal(401, "x-api-key header is required")
    if key is not None:
        found = CREDENTIALS.get(key)
        if found is None or found.bearer_only:
            raise Refusal(401, "invalid x-api-key")
        return found
    scheme, _, token = (bearer or "").partition(" ")
    found = CREDENTIALS.get(token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Refusal(401, "Invalid bearer token")
    return found


def version(headers: Mapping[str, str]) -> str:
    """Return the API version asked for; it must be named and known."""
    asked = headers.get("anthropic-version")
    if asked is None:
        raise Refusal(400, "anthropic-version: header is required")
    if asked not in {OLD_VERSION, NEW_VERSION}:
        raise Refusal(400, f"anthropic-version: {asked!r} is not a valid version")
    return asked


def _held(found: Credential, behaviour: Behaviour) -> tuple[str, ...]:
    given = behaviour.analytics_scopes
    if given is not None and found is CREDENTIALS[ANALYTICS_KEY]:
        return given
    return found.scopes


def _refuse_ordinary(behaviour: Behaviour, found: Credential, needed: tuple[str, ...]) -> None:
    if found.ordinary and behaviour.ordinary_key_status == 401:
        raise Refusal(401, "invalid x-api-key")
    if found.ordinary:
        raise missing_scopes(found.scopes, needed)


def _enterprise(need: Need, behaviour: Behaviour) -> None:
    """Refuse analytics to an organization without the plan, or without analytics."""
    if need not in {"analytics", "unified", "spend"}:
        return
    if not behaviour.enterprise_plan:
        code = "organization_type_not_supported" if need == "spend" else None
        raise Refusal(400, "The analytics API requires an enterprise plan", code=code)
    if not behaviour.analytics_enabled and need != "spend":
        raise not_found()


def _unified(behaviour: Behaviour, found: Credential, betas: frozenset[str]) -> None:
    """Refuse the Usage and Cost Analytics API without its header, or where it is not offered."""
    offered = (
        behaviour.platform_unified if found.side == "platform" else behaviour.enterprise_unified
    )
    if BETA not in betas:
        raise Refusal(400, f"This endpoint is in beta: send anthropic-beta: {BETA}.")
    if offered:
        return
    if behaviour.unified_refusal == 400:
        message = "This organization is not enrolled in the beta."
        raise Refusal(400, message, code="organization_not_enrolled_in_beta")
    raise Refusal(behaviour.unified_refusal, "This feature is not available.")


def admit(need: Need, behaviour: Behaviour, found: Credential, betas: frozenset[str]) -> None:
    """Refuse a key that may not use an endpoint, in the order in which the API would say so."""
    needed = _SCOPES[need]
    _refuse_ordinary(behaviour, found, needed)
    held = _held(found, behaviour)
    if not set(held) & set(needed):
        raise missing_scopes(held, needed)
    if found.side == "platform" and behaviour.organization_kind == "individual":
        raise not_found()
    if found.side == "enterprise":
        _enterprise(need, behaviour)
    if need == "unified":
        _unified(behaviour, found, betas)
