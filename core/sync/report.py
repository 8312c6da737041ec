"""What a sync did, as programs and people read it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import Finding
from core.money import dollars

Outcome = Literal["complete", "partial", "failed"]


@dataclass
class ConnectionReport:
    """What one run did for one connection; grows while the run goes on."""

    name: str
    protocol: str = ""
    planned: int = 0
    replaced: int = 0
    unchanged: int = 0
    failed: int = 0
    requests: int = 0
    rows: int = 0
    restated_rows: int = 0
    restated_delta: int = 0
    stopped: bool = False
    incomplete: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Return whether everything planned was read, some of it, or nothing."""
        if not (self.failed or self.stopped or self.incomplete):
            return "complete"
        return "partial" if self.replaced or self.unchanged else "failed"

    def note(self, finding: Finding) -> None:
        """Add a finding unless the very same is there."""
        if finding not in self.findings:
            self.findings.append(finding)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line's contract."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "protocol": self.protocol or None,
            "windows": {
                "planned": self.planned,
                "replaced": self.replaced,
                "unchanged": self.unchanged,
                "failed": self.failed,
            },
            "requests": self.requests,
            "rows": self.rows,
            "restated": {"rows": self.restated_rows, "delta": dollars(self.restated_delta)},
            "findings": [finding.as_dict() for finding in self.findings],
        }


@dataclass(frozen=True)
class SyncReport:
    """What one run did."""

    connections: tuple[ConnectionReport, ...]

    @property
    def outcome(self) -> Outcome:
        """Return `complete` or `failed` where all connections agree, else `partial`."""
        outcomes = {c.outcome for c in self.connections}
        if outcomes <= {"complete"}:
            return "complete"
        return "failed" if outcomes == {"failed"} else "partial"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of the command line's contract."""
        return {
            "outcome": self.outcome,
            "connections": [connection.as_dict() for connection in self.connections],
        }
