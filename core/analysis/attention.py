"""What a person should look at before they trust the figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.analysis.filters import NULLS, known
from core.analysis.freshness import STALE, Freshness, freshness
from core.analysis.scope import WORDS
from core.errors import Finding
from core.ledger.anomalies import AnomalyRow
from core.ledger.book import Book
from core.ledger.frame import COST_OPERATIONS, OPERATIONS
from core.ledger.runs import LastSync
from core.money import label

VOCABULARY: dict[str, frozenset[str]] = {
    "service_tier": frozenset(
        {"standard", "batch", "priority", "priority_on_demand", "flex", "flex_discount"}
    ),
    "context_window": frozenset({"0-200k", "200k-1M"}),
    "inference_geo": frozenset({"global", "us", "not_available"}),
    "speed": frozenset({"standard", "fast"}),
    "cost_type": frozenset({"tokens", *COST_OPERATIONS}),
    "token_type": frozenset(OPERATIONS),
    "actor_type": frozenset(
        {"user_actor", "service_account_actor", "federated_actor", "api_actor"}
    ),
    "product": frozenset(
        {
            "chat", "chat_cowork_unified", "claude_code", "claude_console", "claude_design",
            "claude_in_chrome", "claude_tag", "cowork", "managed_agents_api",
            "message_batches_api", "messages_api", "office_agent", "other",
            "cc_security_autopatch",
        }
    ),
}  # fmt: skip
"""The values that Anthropic documents; it may add others at any time."""

_ORDER = {"error": 0, "warning": 1, "info": 2}


def attention(
    book: Book,
    moment: datetime,
    syncs: Mapping[int, LastSync] | None = None,
    sync_findings: Mapping[int, Sequence[Finding]] | None = None,
    anomalies: Sequence[AnomalyRow] = (),
) -> tuple[Finding, ...]:
    """Return what needs a person at a moment, the worst first.

    `syncs` and `sync_findings` say how each connection's last sync ended, by connection id;
    `anomalies` are the open ones.
    """
    found = [
        *_unusual(anomalies),
        *_connections(book, moment),
        *_syncs(book, syncs or {}, sync_findings or {}),
        *unknown_values(book),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: _ORDER[finding.severity]))


def _unusual(anomalies: Sequence[AnomalyRow]) -> Iterator[Finding]:
    if not anomalies:
        return
    largest = max(anomalies, key=lambda row: row.impact)
    whose = f"{WORDS[largest.dimension]} {largest.label}" if largest.dimension else "all usage"
    word = "anomaly is" if len(anomalies) == 1 else "anomalies are"
    yield Finding(
        "anomaly_open",
        "warning",
        f"{len(anomalies)} {word} open: {label(sum(row.impact for row in anomalies))} more than "
        "expected.",
        f"The largest, from {largest.first} on: {whose}, {label(largest.actual)} where "
        f"{label(largest.expected)} was expected.",
        "Open Anomalies: see what drove it, and dismiss it with a reason if it is no worry.",
    )


def unknown_values(book: Book) -> Iterator[Finding]:
    """Yield a finding for each dimension with values that Anthropic's documentation lacks."""
    for dim, documented in VOCABULARY.items():
        strange = sorted(known(book, dim) - documented - set(NULLS))
        if strange:
            yield Finding(
                "unknown_values",
                "info",
                f"New {WORDS[dim]}: {', '.join(strange)}.",
                "Anthropic reports a value that this version of claude-spend does not know. It is "
                "counted and shown as it came.",
                "Update claude-spend when a newer version is available.",
            )


def _connections(book: Book, moment: datetime) -> Iterator[Finding]:
    for fresh in freshness(book, moment):
        if fresh.state == "failing":
            yield Finding(
                "connection_failing",
                "error",
                f"{fresh.connection} failed its last check.",
                "Its key is refused or may not do what the sync needs.",
                "Open Connections, read the check's findings, and rotate the key if need be.",
            )
        if fresh.state != "disconnected":
            yield from _age(fresh, moment)
        if fresh.missing:
            yield _uncovered(fresh)


def _age(fresh: Freshness, moment: datetime) -> Iterator[Finding]:
    if fresh.fetched_at is None:
        yield Finding(
            "never_synced",
            "warning",
            f"{fresh.connection} has never been synced.",
            "The ledger holds nothing from it yet.",
            "Sync the connection.",
        )
    elif fresh.stale:
        hours = int((moment - fresh.fetched_at).total_seconds() // 3600)
        yield Finding(
            "stale",
            "warning",
            f"{fresh.connection} was last synced {hours} hours ago.",
            f"Figures older than {int(STALE.total_seconds() // 3600)} hours lack what Anthropic "
            "has reported since.",
            "Sync now, or schedule `claude-spend sync`.",
        )


def _uncovered(fresh: Freshness) -> Finding:
    days = "1 day" if fresh.missing == 1 else f"{fresh.missing} days"
    return Finding(
        "days_missing",
        "warning",
        f"No cost data for {days} of {fresh.connection}.",
        f"Its history begins on {fresh.history_from}; these days were not read, or were answered "
        "without figures. They are gaps, not zeros.",
        "Sync again; the coverage calendar on Connections shows which days and why.",
    )


def _syncs(
    book: Book, syncs: Mapping[int, LastSync], findings: Mapping[int, Sequence[Finding]]
) -> Iterator[Finding]:
    for connection in book.connections:
        last = syncs.get(connection.id)
        if last and last.outcome != "complete":
            yield Finding(
                f"sync_{last.outcome}",
                "error" if last.outcome == "failed" else "warning",
                f"The last sync of {connection.name} was {_outcome(last.outcome)}.",
                f"It ended at {last.at:%Y-%m-%d %H:%M} UTC. What was there before is intact.",
                "The findings below say what stopped it; sync again when they are settled.",
            )
        yield from findings.get(connection.id, ())


def _outcome(outcome: str) -> str:
    return {"partial": "only partly done", "failed": "not successful"}.get(outcome, outcome)
