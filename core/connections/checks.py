"""Checks a key before it is kept: what is it, does it work, what will it answer, and how far back.

The endpoints asked are those that the sync reads, each for a page of two days at the most.
"""

from dataclasses import replace
from datetime import date

from pydantic import SecretStr

from core import calendar
from core.anthropic.transport import Client
from core.calendar import Clock
from core.connections import verdicts
from core.connections.enterprise_check import check_enterprise
from core.connections.platform_check import check_platform
from core.connections.recognise import clean, hint, recognise
from core.connections.result import Answer, CheckResult, no_answers
from core.errors import Finding, SpendError
from core.ledger.cuts import Kind
from core.settings import Settings

__all__ = ["Answer", "CheckResult", "check"]

DEADLINE = 15.0
"""Seconds that one answer may take."""

PATIENCE = 5.0
"""Seconds that one request waits where a rate limit tells it to."""


def check(
    kind: Kind,
    key: SecretStr | str | None,
    settings: Settings,
    organization_id: str = "",
    client: Client | None = None,
    *,
    clock: Clock = calendar.now,
) -> CheckResult:
    """Return what this key can do for a connection of this kind; every failure is a finding.

    `organization_id` is the organization that is meant, or nothing. `client` replaces the one made
    from the settings, and stays open. Raises nothing that Anthropic or the network may cause.
    """
    cleaned = None
    try:
        cleaned = clean(key)
        result = _asked(kind, cleaned, settings, organization_id, client, clock().date())
    except SpendError as error:
        finding = verdicts.as_checked(error).finding()
        later = "Nothing as long as the check fails."
        result = CheckResult(False, (finding,), no_answers(later))
    if cleaned is None:
        return result
    return replace(result, findings=tuple(_without(cleaned, f) for f in result.findings))


def _asked(
    kind: Kind,
    key: SecretStr,
    settings: Settings,
    organization_id: str,
    client: Client | None,
    today: date,
) -> CheckResult:
    """Return the result of asking; raises the verdict where the key cannot be used."""
    shape = recognise(key)
    if shape.guess == "refresh":
        fix = verdicts.USE_ADMIN if kind == "platform" else verdicts.USE_ANALYTICS
        raise verdicts.refresh_token(fix)
    ask = check_platform if kind == "platform" else check_enterprise
    if client is not None:
        return ask(client, shape, organization_id, today)
    with _hurried(key, settings) as made:
        return ask(made, shape, organization_id, today)


def _without(key: SecretStr, finding: Finding) -> Finding:
    """Return a finding with the key's hint in the place of the key, which gateways like to quote.

    Keys of Anthropic's own forms are gone before; a gateway's token has no form to know it by.
    """
    secret, shown = key.get_secret_value(), hint(key)
    words = {
        name: getattr(finding, name).replace(secret, shown) for name in ("title", "cause", "fix")
    }
    return replace(finding, **words)


def _hurried(key: SecretStr, settings: Settings) -> Client:
    """Return a client that gives up sooner than a sync would: somebody is waiting."""
    return Client(
        key,
        settings.api_url,
        requests_per_minute=settings.requests_per_minute,
        attempts=1,
        deadline=DEADLINE,
        read_timeout=DEADLINE,
        patience=PATIENCE,
    )
