"""Spend limits as they are read: currency and unlimited kept, what cannot be read is a finding."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from core.anthropic.directory import SpendLimit
from core.errors import KeyInvalid, KeyScopeMissing, ServiceUnavailable, SpendError
from core.ledger.engine import connect
from core.ledger.limits import LimitRow, all_limits
from core.settings import Settings
from core.sync import limits
from core.sync.report import ConnectionReport

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(user: str, amount: str | None, currency: str = "EUR") -> SpendLimit:
    return SpendLimit.model_validate({
        "amount": amount, "currency": currency, "period": "monthly",
        "period_to_date_spend": "31402.5", "actor": {"user_id": user},
        "source": {"type": "seat_tier", "seat_tier": "enterprise_standard"},
    })  # fmt: skip


@pytest.fixture
def sync(ledger_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    """Reads limits that Anthropic answers with, or an error; returns what is kept and found."""
    engine = connect(Settings(database_url=ledger_url("kept/ledger.sqlite3")))

    def read(answer):
        def ask(client):
            if isinstance(answer, SpendError):
                raise answer
            return answer

        monkeypatch.setattr(limits.enterprise, "spend_limits", ask)
        report = ConnectionReport("claude")
        limits.read(engine, None, SimpleNamespace(id=2), report, NOON)
        return all_limits(engine), [finding.code for finding in report.findings]

    yield read
    engine.dispose()


def test_amount_currency_and_unlimited_are_kept_exactly(sync):
    kept, found = sync([row("u1", "50000"), row("u2", None)])
    first = LimitRow(2, "u1", "monthly", "enterprise_standard", "EUR", 5 * 10**12,
                     314025 * 10**7, NOON)  # fmt: skip
    assert (kept[0], kept[1].amount, found) == (first, None, [])


@pytest.mark.parametrize("answer", [KeyScopeMissing("No.", "Why.", "Fix."), [row("u3", "1e5")]])
def test_what_cannot_be_read_is_a_finding_and_what_was_known_stays(sync, answer):
    before, _ = sync([row("u1", "50000")])
    assert sync(answer) == (before, ["spend_limits_not_answered"])


@pytest.mark.parametrize("kind", [KeyInvalid, ServiceUnavailable])
def test_a_dead_key_or_service_is_left_to_the_sync(sync, kind):
    with pytest.raises(kind):
        sync(kind("No.", "Why.", "Fix."))
