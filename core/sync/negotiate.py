"""Which protocol a connection speaks: unified where the organization has it, else reports."""

import logging
from datetime import date, timedelta

from core.anthropic import unified
from core.anthropic.statuses import says_never
from core.anthropic.transport import Client
from core.calendar import Span
from core.errors import Finding, RequestRefused, SpendError
from core.ledger.cuts import Protocol

log = logging.getLogger(__name__)


def negotiate(client: Client, today: date, before: str = "") -> Protocol:
    """Return `unified` if both unified endpoints answer for yesterday, else `reports`.

    `before` is what the connection spoke so far. A refusal that names its reason (403, 404, the
    plan, the beta) means that the organization or the key has no part in the beta. A plain 400
    decides for `reports` only where `unified` never answered: a request that was right yesterday
    is refused for another reason today. Anything else, a revoked key or an outage, says nothing
    of protocols and is raised.
    """
    yesterday = Span(today - timedelta(days=1), today)
    for ask in (unified.cost, unified.usage):
        try:
            next(iter(ask(client, yesterday, ())), None)
        except SpendError as error:
            if says_never(error):
                return "reports"
            if not isinstance(error, RequestRefused):
                raise
            log.warning("The unified API refused a plain request: %s", error)
            return "unified" if before == "unified" else "reports"
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
            "API key, user and product in one answer. What differs on days read before is another "
            "reading, and is not counted as a restatement.",
            "Nothing needs doing. A full sync reads the older days again in the same way.",
        )
    return Finding(
        "protocol_reports",
        "warning",
        "This connection has gone back to the older reports.",
        "The Usage and Cost Analytics API refused this key, which it had answered before. What "
        "differs on days read again is another reading, and is not counted as a restatement.",
        "The ledger stays exact. If the key was replaced by a narrower one, rotate it.",
    )
