"""One thing to tell: what it is, and how it stays the same thing from run to run."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.calendar import zulu
from core.money import dollars

KINDS: dict[str, str] = {
    "budget": "a budget is passed",
    "budget_forecast": "a budget will be passed this month, by the forecast",
    "anomaly": "a day cost more than expected",
    "sync_failing": "a sync fails",
    "key_refused": "Anthropic refuses a key",
    "key_expiring": "a key is about to expire",
    "stale": "data is not up to date",
    "overlap": "two connections begin to report the same usage",
}
"""Every kind of alert, and what has happened."""

TEST = "test"
"""The kind of a message that somebody asked for, to see whether it arrives."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that stands; `amount` in units of 1e-8 cents, `page` a page's name in addresses,
    perhaps with the query that leads to one part of it.

    `key` is the same as long as it is the same condition, whatever its words say by then.
    """

    kind: str
    key: str
    title: str
    text: str
    page: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert with the moment since when it stands."""

    alert: Alert
    since: datetime

    @property
    def id(self) -> str:
        """Return what names this occurrence for ever: one that healed and came back is another."""
        return f"{self.alert.key}@{self.since.isoformat()}"

    @property
    def public_id(self) -> str:
        """Return the same for receivers, who are told nothing by it but sameness."""
        return hashlib.blake2b(self.id.encode(), digest_size=12).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line's contract; `amount` in dollars, or null."""
        told = self.alert
        return {
            "kind": told.kind,
            "since": zulu(self.since),
            "title": told.title,
            "text": told.text,
            "amount": None if told.amount is None else dollars(told.amount),
            "page": told.page,
        }
