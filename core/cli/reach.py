"""Whether the API answers at all, and whether this machine's clock agrees with its clock.

No key is sent: the refusal of a request without one is proof enough.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from core.cli.diagnosis import Check

if TYPE_CHECKING:
    import httpx

    from core.cli.ledger import Ledger
    from core.errors import Severity

PATH = "/v1/organizations/me"
SKEW = 120.0
"""Seconds that the clocks may differ; a request takes its time, and dates are whole seconds."""


def api(here: "Ledger") -> list[Check]:
    """Check that the API's address answers, and compare the clocks by its `Date` header."""
    import httpx

    url = here.settings.api_url
    if here.simulated:
        return [Check("reachability", "info", "The simulated organisation needs no network.")]
    try:
        answer = httpx.get(f"{url}{PATH}", timeout=10.0, follow_redirects=False)
    except httpx.HTTPError as error:
        return [_unreachable(url, type(error).__name__, "error" if _needed(here) else "warning")]
    return [_reached(url, answer), *_clock(answer.headers.get("date"))]


def _needed(here: "Ledger") -> bool:
    """Say whether anything is connected: until then nobody misses the API."""
    from core.connections.store import all_connections

    return any(c.state != "disconnected" for c in all_connections(here.engine))


def _unreachable(url: str, why: str, severity: "Severity") -> Check:
    return Check(
        "reachability",
        severity,
        f"{url} does not answer ({why}).",
        "Check the network, the proxy settings and CLAUDE_SPEND_API_URL. The ledger can be read "
        "all the same.",
        "network_unreachable",
        "No answer came to a request without a key: the network, a proxy or the address.",
    )


def _reached(url: str, answer: "httpx.Response") -> Check:
    kind = answer.headers.get("content-type", "")
    if "json" in kind and not answer.is_redirect:
        return Check("reachability", "info", f"{url} answers.")
    return Check(
        "reachability",
        "error",
        f"{url} answers, but not as the Anthropic API (HTTP {answer.status_code}, "
        f"{kind or 'no content type'}).",
        "Let the proxy pass the API's answers on unchanged, or correct CLAUDE_SPEND_API_URL.",
        "unexpected_response",
        "A proxy or a sign-in page stands in between, or CLAUDE_SPEND_API_URL is wrong.",
    )


def _clock(date: str | None) -> list[Check]:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return [Check("clock", "info", "The API did not say what time it is.")]
    seconds = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()
    if abs(seconds) <= SKEW:
        return [Check("clock", "info", "This machine's clock agrees with the API's.")]
    where = "ahead of" if seconds > 0 else "behind"
    return [
        Check(
            "clock",
            "error",
            f"This machine's clock is {abs(seconds):,.0f} seconds {where} the API's.",
            "Set the clock, best by NTP.",
            "clock_skew",
            "Days are UTC days, and a wrong clock asks for wrong ones.",
        )
    ]
