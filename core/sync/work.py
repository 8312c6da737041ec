"""What the parts of one connection's sync share, and how they tell how far they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine

from core.anthropic.transport import Client
from core.calendar import Clock
from core.connections.store import ConnectionInfo
from core.ledger import runs
from core.sync.fetch import Source
from core.sync.progress import Tracker
from core.sync.reading import Person
from core.sync.report import ConnectionReport

FAMILIES = ("cost", "usage")


@dataclass
class Work:
    """What a connection's windows share while one run reads them."""

    engine: Engine
    run_id: int
    clock: Clock
    connection: ConnectionInfo
    client: Client
    report: ConnectionReport
    tracker: Tracker
    source: Source
    seen: Mapping[tuple[str, date], object]
    floors: dict[str, date] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    failing: int = 0

    @property
    def floor(self) -> date | None:
        """Return the first day that any family was found to answer for, if all found one."""
        return min(self.floors.values()) if len(self.floors) == len(FAMILIES) else None

    @property
    def today(self) -> date:
        """Return the UTC day of the run's clock."""
        return self.clock().date()


def tell(work: Work) -> None:
    """Write how far this connection has come, so that any process can show it."""
    report = work.report
    report.requests = work.client.requests
    work.tracker.update(requests=report.requests)
    runs.update_part(
        work.engine,
        work.run_id,
        work.connection.id,
        protocol=report.protocol,
        planned=report.planned,
        replaced=report.replaced,
        unchanged=report.unchanged,
        failed=report.failed,
        requests=report.requests,
        rows=report.rows,
        restated_rows=report.restated_rows,
        restated_delta=report.restated_delta,
        findings=[finding.as_dict() for finding in report.findings],
    )
