"""Which protocol a connection speaks: unified where the organization has it, else reports."""

from datetime import date, timedelta

from core.anthropic import unified
from core.anthropic.statuses import NotFound
from core.anthropic.transport import Client
from core.calendar import Span
from core.errors import Finding, FixConnection, KeyInvalid, RequestRefused
from core.ledger.cuts import Protocol


def negotiate(client: Client, today: date) -> Protocol:
    """Return `unified` if both unified endpoints answer for yesterday, else `reports`.

    A refusal (400, 403, 404) means that the organization or the key has no part in the beta;
    anything else, a revoked key or an outage, says nothing of protocols and is raised.
    """
    yesterday = Span(today - timedelta(days=1), today)
    try:
        for ask in (unified.cost, unified.usage):
            for _ in ask(client, yesterday, ()):
                break
    except KeyInvalid:
        raise
    except (RequestRefused, NotFound, FixConnection):
        return "reports"
    return "unified"


def changed(before: str, now: Protocol) -> Finding | None:
    """Return the finding for a connection that speaks another protocol than it did."""
    if before in {"", now}:
        return None
    if now == "unified":
        return Finding(
            "protocol_unified",
            "info",
            "This connection now uses the Usage and Cost Analytics API.",
            "Anthropic has opened it for this organization; days read from now on are billed by "
            "API key, user and product in one answer.",
            "Nothing needs doing. A full sync reads the older days again in the same way.",
        )
    return Finding(
        "protocol_reports",
        "warning",
        "This connection has gone back to the older reports.",
        "The Usage and Cost Analytics API refused this key, which it had answered before.",
        "The ledger stays exact. If the key was replaced by a narrower one, rotate it.",
    )
