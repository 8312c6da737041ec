"""Checks of a key against the API, as commands show them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from core.cli import output
from core.cli.failures import Failure, error_object

if TYPE_CHECKING:
    from pydantic import SecretStr

    from core.cli.ledger import Ledger
    from core.connections.result import CheckResult
    from core.errors import Finding
    from core.ledger.cuts import Kind

TITLES = {"platform": "Anthropic (Platform)", "enterprise": "Anthropic Enterprise"}


def probe(here: "Ledger", kind: "Kind", key: "SecretStr", organization_id: str) -> "CheckResult":
    """Return what a key can do; every failure of Anthropic or the network is a finding."""
    from core.connections.checks import check

    return check(kind, key, here.settings, organization_id)


def outcome(result: "CheckResult") -> dict[str, Any]:
    """Return a check's result as JSON: findings, answers, protocol, history; `error` if not ok."""
    found = [finding.as_dict() for finding in result.findings]
    start = result.history_from
    content: dict[str, Any] = {
        "findings": found,
        "answers": [answer.as_dict() for answer in result.answers],
        "protocol": result.protocol,
        "history_from": start.isoformat() if start else None,
    }
    errors = [finding for finding in found if finding["severity"] == "error"]
    if not result.ok:
        content["error"] = error_object((errors or found)[0])
    return content


def must_pass(result: "CheckResult") -> None:
    """Raise the failure that ends a command whose key did not pass its check."""
    if not result.ok:
        told = tuple(_unstored(finding) for finding in result.findings)
        raise Failure(outcome(replace(result, findings=told)))


def _unstored(finding: "Finding") -> "Finding":
    """Return what passes by itself in the words of a command that kept nothing."""
    from core.anthropic.words import GOES_ON, PASSES
    from core.connections.result import TRANSIENT

    if finding.code not in TRANSIENT:
        return finding
    # Only what speaks of a next sync is wrong here; certificates, proxies and limits stay named.
    kept = finding.fix.replace(PASSES, "").replace(GOES_ON, "").strip()
    fix = f"{kept} Nothing was stored: run the command again in a few minutes."
    return replace(finding, fix=fix.strip())


def draw(content: output.Document) -> Iterable[RenderableType]:
    """Yield a check's findings, and what the key answers, for people."""
    for finding in content["findings"]:
        yield output.finding(finding)
    if content.get("answers"):
        rows = [
            (answer["question"], "yes" if answer["answerable"] else "no", answer["why"])
            for answer in content["answers"]
        ]
        yield output.table(("question", "answered", "why"), rows)
    if content.get("history_from"):
        yield f"History: from {content['history_from']} on."
