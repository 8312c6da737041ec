"""The sync: for each connection plan the windows, read each whole, and replace it in the ledger."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from core import calendar, logs
from core.access import acting
from core.access.roles import Role
from core.anthropic.pace import Pace
from core.anthropic.transport import Client
from core.calendar import Clock
from core.connections import store
from core.connections.naming import canonical_id
from core.connections.result import CheckResult
from core.connections.store import ConnectionInfo
from core.connections.vault import open_vault
from core.errors import BadInput, FixConnection, SpendError
from core.ledger import runs
from core.ledger.engine import reading
from core.ledger.tables import SyncRun
from core.settings import Settings
from core.sync import activity, directory, negotiate, seen
from core.sync.connection import read_windows
from core.sync.fetch import Source
from core.sync.lock import only_one
from core.sync.plan import windows
from core.sync.progress import Listener, Tracker
from core.sync.report import ConnectionReport, SyncReport
from core.sync.trust import trusted
from core.sync.work import Work, tell

log = logging.getLogger(__name__)


@dataclass
class Run:
    """What all connections of one run share."""

    engine: Engine
    settings: Settings
    clock: Clock
    full: bool
    tracker: Tracker
    run_id: int
    paces: dict[str, Pace] = field(default_factory=dict)

    def pace(self, connection: ConnectionInfo) -> Pace:
        """Return the pace of a connection's organization: one for all connections to it."""
        owner = canonical_id(connection.organization_id) or f"connection {connection.id}"
        if owner not in self.paces:
            made = Pace.towards(self.settings.api_url, self.settings.requests_per_minute)
            self.paces[owner] = made
        return self.paces[owner]


def sync(
    engine: Engine,
    settings: Settings,
    names: Sequence[str] | None = None,
    *,
    full: bool = False,
    trigger: str = "cli",
    clock: Clock = calendar.now,
    progress: Listener | None = None,
) -> SyncReport:
    """Bring the ledger up to date with the named connections, or with all; say what was done.

    Safe to repeat: reading again what has not changed changes nothing. Raises SyncInProgress
    where another sync runs, UnknownName, and BadInput where nothing is connected, NotAllowed for a
    viewer.
    """
    acting.require(Role.ANALYST, "A sync")
    chosen = _choose(engine, names)
    with only_one(engine, _holder(engine)):
        runs.mark_interrupted(engine, now=clock())
        run_id = runs.start_run(engine, [c.id for c in chosen], trigger, now=clock())
        run = Run(engine, settings, clock, full, Tracker(progress), run_id)
        with logs.bound(run=run_id):
            return _all(run, chosen, trigger)


def _all(run: Run, chosen: list[ConnectionInfo], trigger: str) -> SyncReport:
    log.info("sync begins by %s: %s", trigger, ", ".join(c.name for c in chosen))
    reports: list[ConnectionReport] = []
    outcome = "interrupted"
    try:
        for connection in chosen:
            with logs.bound(connection=connection.name):
                reports.append(_one(run, connection))
        report = SyncReport(tuple(reports))
        outcome = report.outcome
    finally:
        runs.finish_run(run.engine, run.run_id, outcome, now=run.clock())
        run.tracker.update(finished=True, doing="")
        log.info("sync ends: %s", outcome)
    return report


def _choose(engine: Engine, names: Sequence[str] | None) -> list[ConnectionInfo]:
    if names:
        chosen = [store.get(engine, name) for name in dict.fromkeys(names)]
    else:
        chosen = [c for c in store.all_connections(engine) if c.state != "disconnected"]
    if not chosen:
        raise BadInput(
            "Nothing is connected.",
            "A sync needs at least one connection to Anthropic.",
            "Connect one on the Connections page, or with `claude-spend connect`.",
            code="no_connections",
        )
    return chosen


def _holder(engine: Engine) -> str:
    number = runs.running(engine)
    if number is None:
        return ""
    with reading(engine) as session:
        run = session.get_one(SyncRun, number)
        began = calendar.zulu(run.started_at)
        return f"Sync {run.id}, begun {began} by process {run.pid} on {run.host},"


def _one(run: Run, connection: ConnectionInfo) -> ConnectionReport:
    """Sync one connection; what goes wrong ends in its report, never in another's."""
    report = ConnectionReport(connection.name, connection.protocol or "")
    run.tracker.update(connection=connection.name, doing="connecting")
    run.tracker.say(f"{connection.name}: started")
    try:
        vault = open_vault(run.settings, run.engine)
        key = store.get_key(run.engine, vault, connection.name)
        with Client(key, run.settings.api_url, pace=run.pace(connection)) as client:
            try:
                checked = (run.engine, run.settings, connection, key, client, report, run.clock)
                ready = trusted(*checked)
                if ready is not None:
                    _read(run, ready, client, report)
            finally:
                # A check or a negotiation that failed has sent requests too.
                report.requests = client.requests
    except SpendError as error:
        report.stopped = True
        report.note(error.finding())
    _close(run, connection, report)
    return report


def _read(run: Run, connection: ConnectionInfo, client: Client, report: ConnectionReport) -> None:
    today = run.clock().date()
    protocol = negotiate.negotiate(client, today, connection.protocol or "")
    moved = negotiate.changed(connection.protocol or "", protocol)
    if moved is not None:
        report.note(moved)
    report.protocol = protocol
    if protocol != connection.protocol:
        store.set_protocol(run.engine, connection.name, protocol)
    fetched = seen.fetched_days(run.engine, connection.id)
    known = directory.read(run.engine, client, connection, report, run.clock())
    work = Work(
        engine=run.engine,
        run_id=run.run_id,
        clock=run.clock,
        connection=connection,
        client=client,
        report=report,
        tracker=run.tracker,
        source=Source(client, connection.kind, known.default_workspace),
        seen=fetched,
    )
    plan = windows(
        connection.kind,
        protocol,
        today,
        seen.as_plan(fetched),
        floor=None if run.full else connection.history_floor,
        revision_days=run.settings.revision_days,
        full=run.full,
    )
    read_windows(work, plan)
    if work.floor is not None and work.floor != connection.history_floor:
        store.set_history_floor(run.engine, connection.name, work.floor)
    directory.remember_people(run.engine, connection, work.people, run.clock())
    if not report.stopped:
        activity.read(work)
    tell(work)


def _close(run: Run, connection: ConnectionInfo, report: ConnectionReport) -> None:
    """Keep the outcome: in the run's log, and in the connection's state where the key failed."""
    refused = [f for f in report.findings if f.code in _REFUSALS and f.severity == "error"]
    if refused:
        store.record_check(run.engine, connection.name, CheckResult(False, tuple(refused)))
    runs.update_part(
        run.engine,
        run.run_id,
        connection.id,
        outcome=report.outcome,
        requests=report.requests,
        findings=[finding.as_dict() for finding in report.findings],
    )
    run.tracker.say(f"{connection.name}: {report.outcome}")
    log.info("%s after %d requests", report.outcome, report.requests)


_REFUSALS = {cls.default_code for cls in FixConnection.__subclasses__()}
