"""`usage_report/claude_code`: what Claude Code did for Console users, one UTC day a call."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from core.calendar import midnight, zulu
from core.demo.api.call import Call, encode, page
from core.demo.api.refusals import bad
from core.demo.organisation import Organisation
from core.demo.shape import TOKEN_TYPES
from core.money import UNITS_PER_CENT

_WRITES = ("cache_creation.ephemeral_5m_input_tokens", "cache_creation.ephemeral_1h_input_tokens")
_WHO = ("actor", "api_key_id", "terminal", "remote")
_SUMS = (*TOKEN_TYPES, "requests", "list_amount")


def work_of(requests: int, salt: int) -> dict[str, int]:
    """Return what so many requests to Claude Code amount to, the same for the same `salt`."""
    sessions = 1 + requests // 90
    return {
        "sessions": sessions,
        "added": requests * (5 + salt % 7),
        "removed": requests * (2 + salt % 3),
        "commits": sessions * (1 + salt % 2),
        "pull_requests": sessions * (salt % 4) // 4,
        "accepted": requests * (5 + salt % 4) // 12,
        "rejected": requests * (1 + salt % 3) // 16,
    }


def _salt(actor: str, day: date) -> int:
    return sum(map(ord, actor)) + day.toordinal() * 7


def _models(parts: pl.DataFrame) -> list[dict[str, object]]:
    """Return the breakdown by model; the estimate is list price in whole cents."""
    return [
        {
            "model": row["model"],
            "tokens": {
                "input": row["uncached_input_tokens"],
                "output": row["output_tokens"],
                "cache_read": row["cache_read_input_tokens"],
                "cache_creation": sum(row[name] for name in _WRITES),
            },
            "estimated_cost": {
                "currency": "USD",
                "amount": (row["list_amount"] + UNITS_PER_CENT // 2) // UNITS_PER_CENT,
            },
        }
        for row in parts.sort("list_amount", descending=True).iter_rows(named=True)
    ]


def _tools(done: dict[str, int]) -> dict[str, dict[str, int]]:
    """Return the tool actions; writing takes a quarter, notebooks hardly any."""
    shares = {"edit_tool": 6, "multi_edit_tool": 1, "write_tool": 2, "notebook_edit_tool": 0}
    return {
        tool: {"accepted": done["accepted"] * n // 9, "rejected": done["rejected"] * n // 9}
        for tool, n in shares.items()
    }


def _actor(organisation: Organisation, actor: str, key: str | None) -> dict[str, str]:
    """Return an OAuth user by e-mail address and a key by its name, as this report does."""
    if key is not None:
        name = next(held.name for held in organisation.estate.keys if held.id == key)
        return {"type": "api_actor", "api_key_name": name}
    email = next(person.email for person in organisation.people if person.id == actor)
    return {"type": "user_actor", "email_address": email}


def _records(organisation: Organisation, day: date) -> Iterator[dict[str, object]]:
    facts = organisation.facts.filter(
        pl.col("day") == day, pl.col("side") == "platform", pl.col("product") == "claude_code"
    )
    sums = facts.group_by(*_WHO, "model").agg(pl.col(name).sum() for name in _SUMS)
    for who, parts in sums.sort(*_WHO).group_by(_WHO, maintain_order=True):
        actor, key, terminal, remote = who
        done = work_of(int(parts["requests"].sum()), _salt(str(actor), day))
        yield {
            "date": zulu(midnight(day)),
            "actor": _actor(organisation, str(actor), key),
            "organization_id": organisation.platform_id,
            "customer_type": "api",
            "subscription_type": None,
            "terminal_type": "web" if remote else terminal,
            "is_remote": remote,
            "core_metrics": {
                "num_sessions": done["sessions"],
                "lines_of_code": {"added": done["added"], "removed": done["removed"]},
                "commits_by_claude_code": done["commits"],
                "pull_requests_by_claude_code": done["pull_requests"],
            },
            "tool_actions": _tools(done),
            "model_breakdown": _models(parts),
        }


def claude_code(call: Call) -> bytes:
    """Answer `GET /v1/organizations/usage_report/claude_code`."""
    day = call.query.day("starting_at")
    if day is None:
        raise bad("starting_at: Field required")
    limit = call.query.number("limit", 20, 1000)
    records = call.remember(lambda: list(_records(call.organisation, day)))
    offset = call.offset()
    chosen = encode(records[offset : offset + limit])
    return page(chosen, call, call.next_page(offset + limit, len(records)))
