"""What a check that succeeds has to say besides: what works, what will be missing, and why."""

from collections.abc import Iterable, Sequence
from datetime import date

from core.connections.asking import Outcome
from core.connections.recognise import Shape
from core.connections.result import CheckResult, answers_of
from core.errors import Finding, Severity, SpendError, TryLater
from core.ledger.cuts import Kind, Protocol

_PROTOCOLS: dict[Protocol, str] = {
    "unified": "It speaks the Usage and Cost Analytics API.",
    "reports": "It speaks the usage and cost reports.",
}
_TITLES: dict[Kind, str] = {
    "platform": "Anthropic (Platform)",
    "enterprise": "Anthropic Enterprise",
}


def passed(
    kind: Kind,
    protocol: Protocol,
    history_from: date,
    notes: Sequence[Finding],
    *,
    settled: bool = True,
    organization_id: str = "",
    organization_name: str = "",
) -> CheckResult:
    """Return the result of a check that succeeded; `notes` follow its `ok` finding."""
    answers = answers_of(kind, protocol)
    good = ", ".join(answer.question for answer in answers if answer.answerable)
    whose = organization_name or organization_id
    ok = Finding(
        "ok",
        "info",
        f"The key works for {_TITLES[kind]}{f': {whose}' if whose else ''}.",
        f"{_PROTOCOLS[protocol]} It answers these questions: {good}. The days it can answer begin "
        f"{history_from.isoformat()} (UTC) at the earliest.",
        "Sync to fill the ledger.",
    )
    return CheckResult(
        True, (ok, *notes), answers, protocol, settled, history_from,
        organization_id, organization_name,
    )  # fmt: skip


def missing(outcome: Outcome, code: str, severity: Severity, loses: str, fix: str) -> list[Finding]:
    """Return the finding for an endpoint that the sync can do without; none if it answered."""
    error = outcome.error
    if error is None:
        return []
    if isinstance(error, TryLater):
        fix = "Check again later; nothing needs doing if it answers then."
    return [_about(error, code, severity, f"Not available: {outcome.endpoint}. {loses}", fix)]


def _about(error: SpendError, code: str, severity: Severity, title: str, fix: str) -> Finding:
    cause = f"{error.title} {error.cause}".strip()
    return Finding(code, severity, title, cause, fix, error.http_status, error.request_id)


def no_unified(errors: Iterable[SpendError]) -> list[Finding]:
    """Return the finding for a connection that speaks the reports, by why it does."""
    error = next(iter(errors))
    if isinstance(error, TryLater):
        return [_about(
            error, "unified_unknown", "warning",
            "Whether the Usage and Cost Analytics API answers this key could not be found out.",
            "The usage and cost reports are used meanwhile. Check again later.",
        )]  # fmt: skip
    return [_about(
        error, "unified_unavailable", "info",
        "The Usage and Cost Analytics API does not answer this key; the usage and cost reports do.",
        "Nothing needs doing: the reports are complete. Anthropic opens the newer API by "
        "organization, and the next check finds out.",
    )]  # fmt: skip


def shorter_history(error: SpendError, floor: date) -> list[Finding]:
    """Return the finding for a Platform key that the older reports refuse."""
    return [_about(
        error, "reports_unavailable", "warning",
        f"Days before {floor.isoformat()} cannot be answered.",
        "Only the Admin API's cost and usage reports have them. Use an Admin key if you need "
        "those days.",
    )]  # fmt: skip


def unusual(shape: Shape) -> list[Finding]:
    """Return the finding for a key that works in spite of how it looks; none for a usual one."""
    if not shape.suspicion:
        return []
    return [Finding(
        "key_unusual", "info", "The key works, although it is an unusual one.", shape.suspicion,
        "Nothing needs doing now. If it stops working, replace it by the kind of key that the "
        "plan guide names.",
    )]  # fmt: skip


def organization_unconfirmed(entered: str, identifier: str) -> list[Finding]:
    """Return the finding for an Organization ID of a form that the API did not answer with."""
    return [Finding(
        "organization_unconfirmed", "info",
        "The Organization ID that was entered could not be compared.",
        f"It is {entered[:80]}; the API names the key's organization {identifier}, in another "
        "form.",
        "Make sure that this is the organization you mean.",
    )]  # fmt: skip
