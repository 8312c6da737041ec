"""A whole sync of answers that were changed at random ends in words that are documented."""

import json
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from cli_desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import demo
from core.anthropic.activity import ActivityRow, ActivityUser, ClaudeCodeRow
from core.errors import PayloadInvalid
from core.ledger.engine import connect
from core.settings import Settings
from core.sync import activity
from core.sync.run import sync

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**62, 2**63 - 1, -(2**63), 10**30, 1.5, 1e308, "", "0", "-0", "1e5", "NaN",
    "9" * 5000, "\0", "\u202e", "x" * 10_000, "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "../../x", "(not attributed)", [], {},
    [[]], {"a": {"b": [1]}}, "user", "USD", "EUR", "-12.5", "0.000000000000001",
)  # fmt: skip


def changing(seed: int) -> Callable[[bytes], bytes]:
    """Return what changes about one answer in three, in one to four places."""
    chance = random.Random(seed)  # noqa: S311 (the same in every run)

    def change(body: bytes) -> bytes:
        if chance.random() < 0.66:
            return body
        content = json.loads(body)
        for _ in range(chance.randint(1, 4)):
            _spoil(content, chance)
        return json.dumps(content).encode()

    return change


def _spoil(value: Any, chance: random.Random) -> None:
    """Go down a way at random and change, drop or double what stands at its end."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(value[key], dict | list) and chance.random() < 0.8:
            value = value[key]
            continue
        what = chance.randrange(3)
        if what == 0:
            value[key] = chance.choice(ODD)
        elif what == 1:
            del value[key]
        elif isinstance(value, dict):
            value[f"new {key}"] = value[key]
        else:
            value.append(value[key])
        return


CODES = {
    "amount_refused", "payload_invalid", "pagination_broken", "parts_differ_from_total",
    "day_outside_window", "foreign_cut", "days_missing", "unexpected_response", "rows_incomplete",
    "service_unavailable", "unknown_values", "cursor_expired", "watermark_moved",
    "names_not_answered", "activity_not_answered", "control_sum_differs", "history_ends",
    "speed_not_answered", "request_refused", "not_found", "spend_limits_not_answered",
}  # fmt: skip


@pytest.fixture(scope="module")
def linked(filled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return filled.copy(tmp_path_factory.mktemp("linked"))


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6))
def test_changed_answers_end_in_documented_words(
    linked: Desk, server: demo.Server, seed: int
) -> None:
    usual = list(server.behaviour.faults)
    server.behaviour.faults[:] = [demo.Fault(times=10**9, kind="edit", edit=changing(seed))]
    mine = Settings(database_url=linked.url, api_url=server.base_url)
    engine = connect(mine)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("core.anthropic.transport.pause", lambda _: 0.0)
            patch.setattr("core.connections.asking.PAUSE", 0.0)
            report = sync(engine, mine)
    finally:
        server.behaviour.faults[:] = usual
        engine.dispose()
    assert {finding.code for one in report.connections for finding in one.findings} <= CODES
    assert report.outcome in {"complete", "partial", "failed"}


CODE_ROW = {
    "date": "2026-11-01T00:00:00Z", "actor": {"type": "user_actor"},
    "core_metrics": {
        "num_sessions": 5, "lines_of_code": {"added": 1, "removed": 0},
        "commits_by_claude_code": 0, "pull_requests_by_claude_code": 0,
    },
}  # fmt: skip
DAY = date(2026, 11, 1)


@pytest.mark.parametrize("more", [
    {"date": "1e5"}, {"date": ""}, {"date": "2026-13-01T00:00:00Z"},
    {"model_breakdown": [{"model": "m", "estimated_cost": {"amount": "1e300"},
                          "tokens": dict.fromkeys(("input", "output", "cache_read",
                                                   "cache_creation"), 1)}]},
])  # fmt: skip
def test_activity_of_claude_code_that_cannot_be_counted_is_refused(more: dict[str, Any]) -> None:
    row = msgspec.json.decode(json.dumps(CODE_ROW | more), type=ClaudeCodeRow)
    with pytest.raises(PayloadInvalid, match="2026-11-01 cannot be counted"):
        activity._counted((count for one in [row] for count in activity.code_counts(one)), DAY)


@pytest.mark.parametrize("block", [
    {"tool_actions": {"edit": {"accepted_count": "x"}}}, {"tool_actions": [1]}, {"core_metrics": 5},
    {"core_metrics": {"lines_of_code": [1]}}, {"core_metrics": {"commit_count": "many"}},
    {"core_metrics": {"commit_count": 2**62}}, {"core_metrics": {"commit_count": {"a": 1}}},
])  # fmt: skip
def test_activity_of_a_person_that_cannot_be_counted_is_refused(block: dict[str, Any]) -> None:
    row = ActivityRow(user=ActivityUser("u"), claude_code_metrics=block)
    with pytest.raises(PayloadInvalid, match="2026-11-01 cannot be counted"):
        activity._counted(activity.user_counts(DAY, row), DAY)
