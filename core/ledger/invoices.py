"""Invoices as the user has them: entered, corrected, deleted; they never touch the facts."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock, Span
from core.errors import BadValue, UnknownName
from core.ledger import audit
from core.ledger.columns import storable
from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.tables import Invoice
from core.ledger.veil import seen
from core.ledger.versions import bump
from core.money import LARGEST, dollars

SOURCES = ("platform", "enterprise")

_AMOUNTS = ("total", "credits", "tax", "seat_fees", "other_fees")


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice: what it asks for, and what of it the ledger cannot know.

    Amounts are units of 1e-8 cents. `credits` is what was taken off, as a positive amount.
    `source` is one of SOURCES; `connection_id` names one connection of it, None all of them.
    """

    source: str
    period: Span
    total: int
    credits: int = 0
    tax: int = 0
    seat_fees: int = 0
    other_fees: int = 0
    number: str = ""
    note: str = ""
    connection_id: int | None = None
    id: int = 0
    entered_at: datetime | None = None


def all_invoices(engine: Engine) -> tuple[InvoiceRow, ...]:
    """Return every invoice, the newest period first."""
    wanted = select(Invoice).order_by(col(Invoice.first_day).desc(), col(Invoice.id))
    with reading(engine) as session:
        found = [_invoice(row) for row in session.exec(wanted)]
    return tuple(
        replace(one, number=seen(engine, one.number), note=seen(engine, one.note)) for one in found
    )


def save_invoice(engine: Engine, invoice: InvoiceRow, *, clock: Clock = calendar.now) -> int:
    """Keep an invoice and return its id: a new one without an id, else the corrected one.

    Raises BadValue for a period without a day or a source that does not exist, UnknownName for
    an id that is not there.
    """
    return save_invoices(engine, [invoice], clock=clock)[0]


def save_invoices(
    engine: Engine, invoices: list[InvoiceRow], *, clock: Clock = calendar.now
) -> list[int]:
    """Keep several invoices, all of them or none; returns their ids. Raises as `save_invoice`.

    Raises NotAllowed for a viewer.
    """
    acting.require(Role.ANALYST, "Entering an invoice")
    for invoice in invoices:
        check(invoice)
    with writing(engine) as session:
        rows = []
        for invoice in invoices:
            row = session.get(Invoice, invoice.id) if invoice.id else Invoice(
                first_day=0, end_day=0, total=0, entered_at=clock()
            )  # fmt: skip
            if row is None:
                raise _unknown(invoice.id)
            _put(row, invoice)
            session.add(row)
            rows.append(row)
        session.flush()
        for row in rows:
            _note(session, "entered invoice", row)
        bump(session)
        return [row.id or 0 for row in rows]


def delete_invoice(engine: Engine, id_: int) -> None:
    """Forget an invoice; raises UnknownName, NotAllowed for a viewer."""
    acting.require(Role.ANALYST, "Deleting an invoice")
    with writing(engine) as session:
        row = session.get(Invoice, id_)
        if row is None:
            raise _unknown(id_)
        _note(session, "deleted invoice", row)
        session.delete(row)
        bump(session)


def _note(session: Session, action: audit.Action, row: Invoice) -> None:
    audit.note(
        session, action, f"invoice {row.id}", source=row.source, number=row.number,
        first=day_of(row.first_day), end=day_of(row.end_day), note=row.note,
        **{name: dollars(getattr(row, name)) for name in _AMOUNTS if getattr(row, name)},
    )  # fmt: skip


def check(invoice: InvoiceRow) -> None:
    """Raise BadValue for an invoice that cannot be compared with anything."""
    if invoice.source not in SOURCES:
        raise _refused(f"Its source is {invoice.source!r}.", f"Use one of: {', '.join(SOURCES)}.")
    if invoice.period.days < 1:
        raise _refused(
            f"Its period would run from {invoice.period.start} up to {invoice.period.end}.",
            "Put the first day before the day after the last one.",
        )
    if any(abs(getattr(invoice, name)) > LARGEST for name in _AMOUNTS):
        raise _refused("An amount exceeds 922 million dollars.", "Look at the amounts again.")


def _put(row: Invoice, invoice: InvoiceRow) -> None:
    row.number, row.note = storable(invoice.number.strip()), storable(invoice.note.strip())
    row.source, row.connection_id = invoice.source, invoice.connection_id
    row.first_day, row.end_day = number(invoice.period.start), number(invoice.period.end)
    for name in _AMOUNTS:
        setattr(row, name, getattr(invoice, name))


def _invoice(row: Invoice) -> InvoiceRow:
    made = InvoiceRow(
        row.source,
        Span(day_of(row.first_day), day_of(row.end_day)),
        **{name: getattr(row, name) for name in _AMOUNTS},
    )
    return replace(
        made, number=row.number, note=row.note, connection_id=row.connection_id,
        id=row.id or 0, entered_at=row.entered_at,
    )  # fmt: skip


def _refused(why: str, fix: str) -> BadValue:
    return BadValue("This invoice cannot be kept.", why, fix)


def _unknown(id_: int) -> UnknownName:
    return UnknownName(
        f"There is no invoice {id_}.",
        "It may have been deleted in another window.",
        "Look at the list again.",
    )
