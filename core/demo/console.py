"""The Console's streams: services by API key, Claude Code by Console login, Workbench, agents."""

import random
from datetime import date
from typing import Any

from core.demo.chance import tag
from core.demo.estate import (
    CODE_KEY_OWNERS,
    CODE_OAUTH_USERS,
    WORKBENCH_USERS,
    Estate,
    Key,
)
from core.demo.people import Person
from core.demo.streams import BEGINNING, NEVER, Stream

LEAK = (date(2026, 10, 8), date(2026, 10, 10))
"""The key `research-sandbox` was in a public repository on these days; then it was disabled."""

LAUNCH = date(2026, 5, 12)
"""The shopping assistant went live in the mobile app."""

_MOVES = {"slow": 45, "usual": 14, "quick": 2}
_Row = tuple[str, str | None, float, str, str, dict[str, Any]]

# key, role, dollars, rhythm, profile, and what is unlike a plain standard-tier service
_SERVICES: tuple[_Row, ...] = (
    ("default-key", "pinned", 25, "customer", "service", {}),
    ("quickstart", "mid", 6, "office", "chat", {}),
    ("poc-2025", "large", 15, "office", "chat", {}),
    ("checkout-prod", "mid", 520, "customer", "service", {"lag": _MOVES["slow"]}),
    ("checkout-prod", "small", 90, "customer", "service", {}),
    ("checkout-prod", "large", 45, "customer", "service", {"speed": "fast"}),
    ("checkout-staging", "mid", 18, "office", "service", {"lag": _MOVES["quick"]}),
    ("checkout-ci", "small", 6, "office", "service", {"chance": 0.9}),
    ("search-ranking-prod", "small", 340, "customer", "service", {}),
    ("search-ranking-prod", "mid", 180, "customer", "service", {}),
    ("search-ranking-eval", "mid", 60, "batch", "batch", {"service_tier": "batch", "chance": 0.8}),
    ("query-rewrite-prod", "small", 150, "customer", "service", {"lag": _MOVES["quick"]}),
    ("support-bot-prod", "mid", 430, "customer", "service", {"searches": 6.0}),
    ("support-bot-prod", "large", 120, "customer", "agent", {"searches": 11.0}),
    ("support-bot-prod", "mid", 150, "customer", "service", {"service_tier": "priority"}),
    ("support-bot-prod", "mid", 4, "customer", "chat", {"billed": False, "chance": 0.5}),
    ("support-bot-prod", None, 0, "customer", "service", {"code_minutes": 5200}),
    ("support-bot-staging", "mid", 14, "office", "service", {}),
    ("ticket-triage-prod", "small", 70, "customer", "service", {}),
    ("voice-transcripts-batch", "pinned", 130, "batch", "batch", {"service_tier": "batch"}),
    ("catalogue-batch", "small", 220, "batch", "batch", {"service_tier": "batch"}),
    ("catalogue-batch", "mid", 160, "batch", "batch", {"service_tier": "batch"}),
    ("catalogue-translate", "mid", 110, "office", "service", {}),
    ("catalogue-images", "mid", 40, "office", "service", {}),
    ("fraud-scoring-prod", "large", 260, "customer", "service", {}),
    ("fraud-scoring-prod", "small", 60, "customer", "service", {}),
    ("fraud-review-agent", "large", 140, "office", "agent", {"product": "managed_agents_api"}),
    ("fraud-review-agent", None, 0, "office", "agent",
     {"product": "managed_agents_api", "session_minutes": 9400}),
    ("chargeback-letters", "mid", 20, "office", "chat", {}),
    ("warehouse-copilot", "large", 130, "office", "agent", {"searches": 3.0}),
    ("warehouse-copilot", "large", 40, "office", "agent",
     {"context_window": "200k-1M", "chance": 0.8}),
    ("warehouse-copilot", None, 0, "office", "agent", {"code_minutes": 2600}),
    ("dbt-docs-bot", "small", 5, "office", "service", {"chance": 0.7}),
    ("nightly-etl-summaries", "mid", 35, "batch", "batch", {"service_tier": "batch"}),
    ("slack-helper", "small", 8, "office", "chat", {}),
    ("hr-faq-bot", "small", 4, "office", "chat", {"chance": 0.8}),
    ("it-onboarding", "small", 3, "office", "service", {"chance": 0.6}),
    ("expense-parser", "mid", 22, "office", "service", {}),
    ("research-sandbox", "frontier", 160, "office", "agent",
     {"lag": _MOVES["quick"], "volatility": 0.5, "leak": True}),
    ("research-evals", "large", 120, "batch", "batch",
     {"service_tier": "batch", "lag": _MOVES["quick"], "volatility": 0.5, "chance": 0.6}),
    ("longdoc-lab", "mid", 90, "office", "service",
     {"context_window": "200k-1M", "volatility": 0.4, "chance": 0.8}),
    ("mobile-assistant-prod", "mid", 300, "customer", "service",
     {"starts": LAUNCH, "ramp": 70, "searches": 4.0}),
    ("mobile-assistant-prod", "small", 70, "customer", "service", {"starts": LAUNCH, "ramp": 70}),
    ("mobile-assistant-beta", "mid", 30, "office", "service", {"lag": _MOVES["quick"]}),
    ("marketing-copy-prod", "mid", 45, "office", "chat", {}),
    ("campaign-images", "mid", 20, "office", "chat", {"chance": 0.6}),
)  # fmt: skip


def _product(overrides: dict[str, Any]) -> str | None:
    if "code_minutes" in overrides:
        return None
    batch = overrides.get("service_tier") == "batch"
    return str(overrides.get("product", "message_batches_api" if batch else "messages_api"))


def _service(row: _Row, key: Key, geo: str, agent: dict[str, Any]) -> Stream:
    _, role, dollars, rhythm, profile, overrides = row
    tokens = role is not None
    values: dict[str, Any] = {
        "service_tier": "standard" if tokens else None,
        "context_window": "0-200k" if tokens else None,
        "inference_geo": geo if tokens else None,
        "speed": "standard" if tokens else None,
        "starts": key.created,
        "ends": key.end[1] if key.end else NEVER,
        "actor": key.service_account or key.id,
        "actor_type": "service_account_actor" if key.service_account else "api_actor",
        **overrides,
        "product": _product(overrides),
    }
    managed = agent if values["product"] == "managed_agents_api" else {}
    return Stream(
        side="platform", role=role, dollars=dollars, rhythm=rhythm, profile=profile,
        workspace_id=key.workspace_id, api_key_id=key.id, **managed, **values,
    )  # fmt: skip


def _services(seed: int, held: Estate) -> list[Stream]:
    draw = random.Random(f"agents {seed}")  # noqa: S311 - a simulation, no secret
    agent = {
        "agent_id": tag(draw, "agent"),
        "deployment_id": tag(draw, "dply"),
        "environment_id": tag(draw, "env"),
    }
    keys = {key.name: key for key in held.keys}
    geos = {workspace.id: workspace.geo for workspace in held.workspaces}
    return [
        _service(row, keys[row[0]], geos[keys[row[0]].workspace_id], agent) for row in _SERVICES
    ]


def _coder(person: Person, held: Estate, key: str | None, **other: Any) -> list[Stream]:
    terminal = ("vscode", "iTerm.app", "tmux", "Apple_Terminal")[person.index % 4]
    shared: dict[str, Any] = {
        "side": "platform", "workspace_id": held.workspace("Claude Code"), "api_key_id": key,
        "product": "claude_code", "service_tier": "standard", "profile": "agent",
        "actor": person.id, "actor_type": "user_actor", "chance": 0.8, "volatility": 0.5,
        "account_id": None if key else person.id, "terminal": terminal,
        "ends": person.left or NEVER, "starts": max(person.joined, date(2025, 9, 15)), **other,
    }  # fmt: skip
    size = 24 * person.appetite
    main = Stream(role="large", dollars=size, lag=person.index % 9, **shared)
    helper = {**shared, "chance": 0.5, "remote": person.index % 2 == 0, "speed": "standard"}
    small = Stream(role="small", dollars=size * 0.08, lag=5, **helper)
    return [main, small]


def _code(people: tuple[Person, ...], held: Estate) -> list[Stream]:
    keys = {key.owner: key.id for key in held.keys if key.owner}
    made = [_coder(people[n], held, keys[people[n].id]) for n in CODE_KEY_OWNERS]
    made += [
        _coder(people[n], held, None, speed="fast" if n in CODE_OAUTH_USERS[:2] else "standard")
        for n in CODE_OAUTH_USERS
    ]
    return [stream for streams in made for stream in streams]


def _keyless(people: tuple[Person, ...], held: Estate) -> list[Stream]:
    default, tools = held.workspace("Default"), held.workspace("Internal Tools")
    data = held.workspace("Data Platform")
    bench = [
        Stream(
            side="platform", workspace_id=default, product="claude_console", role="large",
            dollars=5, profile="chat", chance=0.22, volatility=0.6, service_tier="standard",
            actor=people[n].id, actor_type="user_actor", lag=1,
            starts=max(people[n].joined, BEGINNING), ends=people[n].left or NEVER,
        )
        for n in WORKBENCH_USERS
    ]  # fmt: skip
    accounts = [
        Stream(
            side="platform", workspace_id=workspace, product="messages_api", role=role,
            dollars=dollars, profile="agent", service_tier="standard", actor=account,
            actor_type="service_account_actor", service_account_id=account, rhythm=rhythm,
            starts=date(2026, 1, 19),
        )
        for account, workspace, role, dollars, rhythm in (
            (held.service_accounts["ci-review-bot"], tools, "mid", 85.0, "office"),
            (held.service_accounts["etl-runner"], data, "small", 45.0, "batch"),
        )
    ]  # fmt: skip
    cloud = Stream(
        side="platform", workspace_id=data, product="messages_api", role="mid", dollars=30,
        service_tier="standard", actor="aws:481516234200", actor_type="federated_actor",
        starts=date(2026, 4, 1), rhythm="batch",
    )  # fmt: skip
    return [*bench, *accounts, cloud]


def streams(seed: int, people: tuple[Person, ...], held: Estate) -> list[Stream]:
    """Return every stream of the Console organization."""
    return [*_services(seed, held), *_code(people, held), *_keyless(people, held)]
