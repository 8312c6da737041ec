"""What the Console organization holds: workspaces, API keys and service accounts."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.demo.chance import tag
from core.demo.people import Person

Status = Literal["active", "inactive", "archived", "expired"]

WORKSPACES: tuple[tuple[str, str, date, str, str], ...] = (
    ("Default", "#8C8C86", date(2024, 2, 12), "", "global"),
    ("Checkout", "#6C5BB9", date(2024, 9, 3), "CC-1100", "global"),
    ("Search & Ranking", "#2F7FB7", date(2024, 11, 18), "CC-1200", "global"),
    ("Support Automation", "#3A8F6B", date(2025, 1, 20), "CC-2100", "global"),
    ("Catalogue Enrichment", "#B5762A", date(2025, 2, 10), "CC-1300", "global"),
    ("Fraud & Risk", "#B33A3A", date(2025, 4, 7), "CC-3100", "us"),
    ("Data Platform", "#4A6FA5", date(2025, 5, 26), "CC-1400", "global"),
    ("Internal Tools", "#7A7A52", date(2025, 6, 2), "CC-9000", "global"),
    ("Research", "#8E4FA8", date(2025, 7, 14), "CC-1500", "global"),
    ("Mobile", "#C25B7A", date(2026, 3, 2), "CC-1600", "global"),
    ("Claude Code", "#D97757", date(2025, 3, 17), "", "global"),
    ("Marketing Studio", "#5E8C8A", date(2025, 8, 11), "CC-4100", "global"),
)
_ARCHIVED = {"Marketing Studio": date(2026, 6, 30)}

_End = tuple[Status, date] | None
KEYS: tuple[tuple[str, str, date, _End], ...] = (
    ("default-key", "Default", date(2024, 2, 12), None),
    ("quickstart", "Default", date(2025, 8, 1), ("expired", date(2026, 2, 1))),
    ("poc-2025", "Default", date(2025, 3, 3), ("archived", date(2025, 12, 20))),
    ("checkout-prod", "Checkout", date(2024, 9, 3), None),
    ("checkout-staging", "Checkout", date(2024, 9, 3), None),
    ("checkout-ci", "Checkout", date(2025, 1, 9), ("inactive", date(2026, 3, 20))),
    ("search-ranking-prod", "Search & Ranking", date(2024, 11, 18), None),
    ("search-ranking-eval", "Search & Ranking", date(2025, 2, 3), None),
    ("query-rewrite-prod", "Search & Ranking", date(2025, 9, 1), None),
    ("support-bot-prod", "Support Automation", date(2025, 1, 20), None),
    ("support-bot-staging", "Support Automation", date(2025, 1, 20), None),
    ("ticket-triage-prod", "Support Automation", date(2025, 6, 16), None),
    ("voice-transcripts-batch", "Support Automation", date(2025, 9, 8), None),
    ("catalogue-batch", "Catalogue Enrichment", date(2025, 2, 10), None),
    ("catalogue-translate", "Catalogue Enrichment", date(2025, 5, 5), None),
    ("catalogue-images", "Catalogue Enrichment", date(2025, 7, 7), ("archived", date(2026, 4, 10))),
    ("fraud-scoring-prod", "Fraud & Risk", date(2025, 4, 7), None),
    ("fraud-review-agent", "Fraud & Risk", date(2025, 12, 1), None),
    ("chargeback-letters", "Fraud & Risk", date(2025, 8, 18), ("expired", date(2026, 8, 31))),
    ("warehouse-copilot", "Data Platform", date(2025, 5, 26), None),
    ("dbt-docs-bot", "Data Platform", date(2025, 6, 30), ("expired", date(2026, 5, 15))),
    ("nightly-etl-summaries", "Data Platform", date(2025, 8, 25), None),
    ("slack-helper", "Internal Tools", date(2025, 6, 2), None),
    ("hr-faq-bot", "Internal Tools", date(2025, 10, 6), None),
    ("it-onboarding", "Internal Tools", date(2026, 9, 14), None),
    ("expense-parser", "Internal Tools", date(2025, 7, 21), None),
    ("research-sandbox", "Research", date(2025, 7, 14), ("inactive", date(2026, 10, 11))),
    ("research-evals", "Research", date(2025, 9, 22), None),
    ("longdoc-lab", "Research", date(2025, 11, 3), None),
    ("mobile-assistant-prod", "Mobile", date(2026, 5, 4), None),
    ("mobile-assistant-beta", "Mobile", date(2026, 3, 2), None),
    (
        "marketing-copy-prod",
        "Marketing Studio",
        date(2025, 8, 11),
        ("archived", _ARCHIVED["Marketing Studio"]),
    ),
    (
        "campaign-images",
        "Marketing Studio",
        date(2025, 9, 29),
        ("archived", _ARCHIVED["Marketing Studio"]),
    ),
)
CODE_KEY_OWNERS = (0, 3, 5, 9, 14, 21, 33)
"""Engineers (by index) whose Claude Code signs in with a key made at their first Console login."""

CODE_OAUTH_USERS = (2, 7, 11, 18, 24, 28, 36, 41)
"""Engineers whose Claude Code signs in to the Console by OAuth, without a key."""

WORKBENCH_USERS = (1, 12, 26, 50, 55, 66)
SERVICE_ACCOUNTS = ("ci-review-bot", "etl-runner")
_ORGANIZATION_SCOPED = "it-onboarding"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Console workspace; the Admin reports call the default one null."""

    id: str
    name: str
    color: str
    created: date
    archived: date | None
    cost_centre: str
    geo: str
    compartment: str

    @property
    def default(self) -> bool:
        """Say whether this is the organization's default workspace."""
        return self.name == "Default"


@dataclass(frozen=True, slots=True)
class Key:
    """A Console API key; `end` is the status it has from a day on."""

    id: str
    name: str
    hint: str
    workspace_id: str
    created: date
    end: _End
    creator: str
    owner: str | None
    service_account: str | None
    organization_scope: bool

    def status(self, today: date) -> Status:
        """Return the status as of a day."""
        return self.end[0] if self.end and self.end[1] <= today else "active"


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything of the Console organization that has an id."""

    workspaces: tuple[Workspace, ...]
    keys: tuple[Key, ...]
    service_accounts: dict[str, str]

    def workspace(self, name: str) -> str:
        """Return the id of the workspace with this name."""
        return next(w.id for w in self.workspaces if w.name == name)

    def key(self, name: str) -> str:
        """Return the id of the first key whose name is, or begins with, this."""
        return next(k.id for k in self.keys if k.name.startswith(name))


def _compartment(draw: random.Random) -> str:
    text = f"{draw.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _hint(draw: random.Random) -> str:
    return f"sk-ant-api03-{tag(draw, '', 3)[3:]}...{tag(draw, '', 2)[3:]}AA"


def code_key_name(person: Person) -> str:
    """Return the name that Claude Code gives to the key of a person."""
    return f"claude_code_key_{person.email.partition('@')[0]}_{person.id[-4:].lower()}"


def estate(seed: int, people: tuple[Person, ...]) -> Estate:
    """Return the Console organization's holdings."""
    draw = random.Random(f"estate {seed}")  # noqa: S311 - a simulation, no secret
    workspaces = tuple(
        Workspace(
            tag(draw, "wrkspc"), name, color, day, _ARCHIVED.get(name), centre, geo,
            _compartment(draw),
        )
        for name, color, day, centre, geo in WORKSPACES
    )  # fmt: skip
    ids = {workspace.name: workspace.id for workspace in workspaces}
    accounts = {name: tag(draw, "svac") for name in SERVICE_ACCOUNTS}
    makers = [people[n].id for n in (0, 9, 14, 50, 55)]
    plain = [
        Key(
            tag(draw, "apikey"), name, _hint(draw), ids[where], day, end, draw.choice(makers),
            None, accounts["etl-runner"] if name == _ORGANIZATION_SCOPED else None,
            name == _ORGANIZATION_SCOPED,
        )
        for name, where, day, end in KEYS
    ]  # fmt: skip
    personal = [_code_key(draw, people[n], ids["Claude Code"]) for n in CODE_KEY_OWNERS]
    return Estate(workspaces, tuple(plain + personal), accounts)


def _code_key(draw: random.Random, person: Person, workspace_id: str) -> Key:
    end: _End = ("inactive", person.left) if person.left else None
    day = date(2025, 3, 17) if person.index < 6 else date(2025, 9, 15)
    return Key(
        tag(draw, "apikey"), code_key_name(person), _hint(draw), workspace_id, day, end,
        person.id, person.id, None, False,
    )  # fmt: skip
