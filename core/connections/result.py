"""What a check found out about a key: findings, the protocol to speak, what it can answer."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.errors import Finding
from core.ledger.cuts import Kind, Protocol

Question = Literal["invoice", "per-user", "per-product", "per-workspace", "per-api-key"]

TRANSIENT = frozenset({"rate_limited", "service_unavailable", "network_unreachable"})
"""Codes that say nothing about the key: the check could not be made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a key can answer one of the questions, and why (not)."""

    question: Question
    answerable: bool
    why: str

    def as_dict(self) -> dict[str, str | bool]:
        """Return the answer as a JSON object."""
        return {"question": self.question, "answerable": self.answerable, "why": self.why}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check.

    `protocol` is None unless `ok`; it is not `settled` where an endpoint that would decide it
    could not be asked just now. `history_from` is the first UTC day that can be answered.
    """

    ok: bool
    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...] = ()
    protocol: Protocol | None = None
    settled: bool = True
    history_from: date | None = None
    organization_id: str = ""
    organization_name: str = ""

    @property
    def inconclusive(self) -> bool:
        """Say whether the check failed for a reason that passes by itself."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        return bool(errors) and all(finding.code in TRANSIENT for finding in errors)


def answers_of(kind: Kind, protocol: Protocol) -> tuple[Answer, ...]:
    """Return what a working connection of this kind and protocol answers."""
    return _platform_answers(protocol) if kind == "platform" else _enterprise_answers()


def no_answers(why: str) -> tuple[Answer, ...]:
    """Return that none of the questions can be answered, and why."""
    questions: tuple[Question, ...] = (
        "invoice", "per-user", "per-product", "per-workspace", "per-api-key",
    )  # fmt: skip
    return tuple(Answer(question, False, why) for question in questions)


def _platform_answers(protocol: Protocol) -> tuple[Answer, ...]:
    by_key = (
        "As billed: this organization's API reports cost by API key."
        if protocol == "unified"
        else "Allocated: each cell of the cost report is split by the keys' usage; the parts sum "
        "to the bill."
    )
    needs = "Connect Anthropic Enterprise for it: "
    return (
        Answer("invoice", False, needs + "the Enterprise plan's usage is billed apart from the "
               "Claude Console."),
        Answer("per-user", False, needs + "an Admin key sees API keys, not the people of the "
               "Enterprise plan."),
        Answer("per-product", False, needs + "Chat, Cowork, Claude Code seats and the other "
               "products are not in the Claude Console's reports."),
        Answer("per-workspace", True, "As billed, from the Admin API."),
        Answer("per-api-key", True, by_key),
    )  # fmt: skip


def _enterprise_answers() -> tuple[Answer, ...]:
    needs = "Connect the Anthropic Platform for it: the Enterprise plan has no "
    return (
        Answer("invoice", True, "Usage after discount and before credits; seat fees and taxes are "
               "not in the API."),
        Answer("per-user", True, "As reported by person; what belongs to no person is a line of "
               "its own."),
        Answer("per-product", True, "As reported by product: Chat, Claude Code, Cowork, Office "
               "Agent, Claude in Chrome and the newer ones."),
        Answer("per-workspace", False, needs + "workspaces."),
        Answer("per-api-key", False, needs + "API keys of the Claude Console."),
    )  # fmt: skip
