"""Members' spend limits at Anthropic, as they were last read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete
from sqlmodel import col, select

from core.ledger.engine import reading, writing
from core.ledger.tables import SpendLimit, table
from core.ledger.veil import veil_of


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A member's limit in one period, units of 1e-8 cents of `currency`.

    `amount` None is unlimited, 0 allows included usage only. `spent` is the period to date; 0 may
    mean that Anthropic could not read it. `source` says where the limit comes from.
    """

    connection_id: int
    actor: str
    period: str
    source: str
    currency: str
    amount: int | None
    spent: int | None
    read_at: datetime


def replace_limits(engine: Engine, connection_id: int, rows: Iterable[LimitRow]) -> None:
    """Keep a connection's limits in place of those kept before."""
    kept = table(SpendLimit)
    with writing(engine) as session:
        session.execute(delete(kept).where(kept.c.connection_id == connection_id))
        session.add_all(
            SpendLimit(
                connection_id=row.connection_id, actor=row.actor, period=row.period,
                source=row.source, currency=row.currency, amount=row.amount, spent=row.spent,
                read_at=row.read_at,
            )
            for row in rows
        )  # fmt: skip


def all_limits(engine: Engine) -> tuple[LimitRow, ...]:
    """Return every limit that was read, by connection, member and period."""
    wanted = select(SpendLimit).order_by(
        col(SpendLimit.connection_id), col(SpendLimit.actor), col(SpendLimit.period)
    )
    veil = veil_of(engine)
    with reading(engine) as session:
        return tuple(
            LimitRow(r.connection_id, veil.actor(r.actor) if veil else r.actor, r.period, r.source,
                     r.currency, r.amount, r.spent, r.read_at)
            for r in session.exec(wanted)
        )  # fmt: skip
