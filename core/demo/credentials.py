"""The keys that the simulated API knows, and what each may do.

They have the shape of real keys and open nothing but the simulation.
"""

from dataclasses import dataclass
from typing import Literal

Side = Literal["platform", "enterprise"]

_TAIL = "larkspur" * 11

PLATFORM_KEY = f"sk-ant-admin01-demo-platform-{_TAIL[:80]}AA"
"""A Console Admin API key: everything on the platform side."""

ANALYTICS_KEY = f"sk-ant-api01-demo-analytics-{_TAIL[:80]}AA"
"""An Enterprise key of the parent organization with `read:analytics` and the directory scopes."""

COMPLIANCE_KEY = f"sk-ant-api01-demo-compliance-{_TAIL[:79]}AA"
"""An Enterprise key without `read:analytics`."""

ORDINARY_KEY = f"sk-ant-api03-demo-ordinary-{_TAIL[:82]}AA"
"""An ordinary key: it calls models and reads no report."""

OAUTH_TOKEN = f"sk-ant-oat01-demo-oauth-{_TAIL[:85]}AA"
"""An OAuth access token with `org:admin`; accepted as Bearer only."""

ADMIN_SCOPE = "api:admin"
OAUTH_SCOPE = "org:admin"
ANALYTICS_SCOPE = "read:analytics"
MEMBERS_SCOPE = "read:members"
GROUPS_SCOPE = "read:rbac_groups"
SPEND_SCOPE = "read:spend_limits"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a key is: the side it was made on and the scopes that it holds."""

    side: Side
    scopes: tuple[str, ...]
    ordinary: bool = False
    bearer_only: bool = False


CREDENTIALS: dict[str, Credential] = {
    PLATFORM_KEY: Credential("platform", (ADMIN_SCOPE,)),
    OAUTH_TOKEN: Credential("platform", (ADMIN_SCOPE, OAUTH_SCOPE), bearer_only=True),
    ANALYTICS_KEY: Credential(
        "enterprise", (ANALYTICS_SCOPE, MEMBERS_SCOPE, GROUPS_SCOPE, SPEND_SCOPE)
    ),
    COMPLIANCE_KEY: Credential("enterprise", ("read:compliance_activities",)),
    ORDINARY_KEY: Credential("platform", ("api:inference",), ordinary=True),
}
