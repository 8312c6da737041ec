"""A key that was never checked, or that was refused, is checked before a sync reads with it.

The reports say what was spent, never by whom: an Admin key in an Enterprise connection, or a key
of another organization, would fill the ledger with somebody else's money.
"""

from dataclasses import replace

from pydantic import SecretStr
from sqlalchemy import Engine

from core.anthropic.transport import Client
from core.calendar import Clock
from core.connections import store
from core.connections.checks import check
from core.connections.store import ConnectionInfo
from core.settings import Settings
from core.sync.report import ConnectionReport

UNTRUSTED = frozenset({"unverified", "failing"})
"""The states of a connection whose key has yet to show what it is."""


def trusted(
    engine: Engine,
    settings: Settings,
    connection: ConnectionInfo,
    key: SecretStr,
    client: Client,
    report: ConnectionReport,
    clock: Clock,
) -> ConnectionInfo | None:
    """Return the connection with what its check found; None where that forbids to sync.

    What forbids it is in the report then. A connection that passed its last check is not asked.
    """
    if connection.state not in UNTRUSTED:
        return connection
    known = connection.organization_id
    result = check(connection.kind, key, settings, known, client, clock=clock)
    checked = store.record_check(engine, connection.name, result, clock=clock)
    if result.ok:
        # The sync negotiates the protocol itself, and tells when it changes.
        return replace(checked, protocol=connection.protocol)
    report.stopped = True
    for finding in result.findings:
        report.note(finding)
    return None
