"""Members' spend limits as Anthropic has them, read with the directories of an Enterprise key."""

from datetime import datetime

from sqlalchemy import Engine

from core.anthropic import enterprise
from core.anthropic.directory import SpendLimit
from core.anthropic.transport import Client
from core.connections.store import ConnectionInfo
from core.errors import Finding, KeyInvalid, SpendError, TryLater
from core.ledger.limits import LimitRow, replace_limits
from core.money import from_cents
from core.sync.report import ConnectionReport


def read(
    engine: Engine,
    client: Client,
    connection: ConnectionInfo,
    report: ConnectionReport,
    moment: datetime,
) -> None:
    """Replace a connection's spend limits; what cannot be read of them is a finding.

    Raises KeyInvalid and what passes by itself (TryLater).
    """
    try:
        rows = [_row(connection.id, limit, moment) for limit in enterprise.spend_limits(client)]
    except (KeyInvalid, TryLater):
        raise
    except SpendError as error:
        # No figure depends on them, so even an answer that is not understood stops nothing.
        report.note(_refused(error))
        return
    replace_limits(engine, connection.id, {(r.actor, r.period): r for r in rows}.values())


def _row(connection_id: int, limit: SpendLimit, moment: datetime) -> LimitRow:
    amount = None if limit.amount is None else from_cents(limit.amount)
    return LimitRow(
        connection_id, limit.user_id, limit.period, limit.seat_tier or limit.source,
        limit.currency, amount, from_cents(limit.period_to_date_spend), moment,
    )  # fmt: skip


def _refused(error: SpendError) -> Finding:
    return Finding(
        "spend_limits_not_answered",
        "info",
        "Members' spend limits could not be read.",
        error.cause,
        "Figures are complete. A key that also has the scope read:spend_limits gives them.",
        error.http_status,
        error.request_id,
    )
