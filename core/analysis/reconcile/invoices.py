"""An invoice against the ledger: the walk from metered usage to what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from core.analysis.coverage import day_states, last_fetch
from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.questions.sides import side
from core.analysis.reconcile.causes import Clues, causes
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import Kind
from core.ledger.invoices import InvoiceRow
from core.money import UNITS_PER_CENT

STEPS: dict[str, str] = {
    "metered": "Metered usage in the ledger",
    "seat_fees": "Seat fees",
    "other_fees": "Other fees",
    "tax": "Tax",
    "credits": "Credits",
    "expected": "Expected",
    "difference": "Difference",
    "total": "Invoice total",
}
"""The walk: the first five sum to `expected`, and with `difference` to the invoice's `total`."""


@dataclass(frozen=True, slots=True)
class TieOut:
    """An invoice compared: each of STEPS in units of 1e-8 cents, `credits` below zero.

    `ties` where the difference rounds to no cent. `provisional` is how much of the metered usage
    may still be revised, `open_days` and `missing` the days that may be, or are not there.
    """

    invoice: InvoiceRow
    steps: dict[str, int]
    provisional: int
    open_days: int
    missing: int
    findings: list[Finding] = field(default_factory=list)

    @property
    def difference(self) -> int:
        """Return what the invoice asks for beyond what is expected."""
        return self.steps["difference"]

    @property
    def ties(self) -> bool:
        """Say whether the invoice and the ledger agree to the cent."""
        return 2 * abs(self.difference) <= UNITS_PER_CENT


def tie_out(book: Book, invoice: InvoiceRow, restated: pl.DataFrame | None = None) -> TieOut:
    """Return the walk from the ledger to an invoice, and why it may be off.

    `restated`: `core.ledger.restatements.log` since the invoice was entered, if there is any.
    A source's books are its own, whatever the other one reports of them, too.
    """
    mine = about(book, invoice)
    daily = _daily(book, invoice, mine, _wider(invoice.period))
    metered = _inside(daily, invoice.period)
    steps = {
        "metered": metered, "seat_fees": invoice.seat_fees, "other_fees": invoice.other_fees,
        "tax": invoice.tax, "credits": -invoice.credits,
    }  # fmt: skip
    expected = sum(steps.values())
    steps |= {"expected": expected, "difference": invoice.total - expected, "total": invoice.total}
    states = day_states(book, invoice.period, "cost", mine, last_fetch(book))
    open_days = set(states.filter("present", ~pl.col("final"))["day"])
    provisional = sum(value for day, value in daily.items() if day in open_days)
    missing = states.filter(pl.col("state").is_in(["missing", "partial", "before_history"])).height
    found = TieOut(invoice, steps, provisional, len(open_days), missing)
    if not found.ties:
        clues = Clues(steps, found.provisional, len(open_days), missing, daily, invoice.period,
                      _restated(restated, mine, invoice.period),
                      _shared(book, invoice.period))  # fmt: skip
        found.findings.extend(causes(clues))
    return found


def about(book: Book, invoice: InvoiceRow) -> list[ConnectionRow]:
    """Return the connections whose books an invoice is compared with."""
    rows = [c for c in book.connections if c.kind == invoice.source]
    return [c for c in rows if invoice.connection_id in (None, c.id)]


def _wider(period: Span) -> Span:
    """Return the period with a day more on either side, for the boundaries of other time zones."""
    ends = pl.Series([period.start, period.end], dtype=pl.Date).dt
    return Span(ends.offset_by("-1d")[0], ends.offset_by("1d")[1])


def _daily(
    book: Book, invoice: InvoiceRow, mine: Sequence[ConnectionRow], span: Span
) -> dict[date, int]:
    """Return the source's own costs by day."""
    kind: Kind = "platform" if invoice.source == "platform" else "enterprise"
    names = tuple(c.name for c in mine)
    if not names:
        return {}
    own = side(book, kind)
    basis = "reported" if len(names) == 1 else "counted_once"
    frame = ask(own, Query(("day",), "cost", span, (), names, basis)).frame
    return dict(frame.select("day", "value").iter_rows())


def _shared(book: Book, period: Span) -> int:
    """Return what stands in the books of both sources."""
    return ask(book, Query((), "cost", period, basis="counted_twice")).total


def _inside(daily: dict[date, int], period: Span) -> int:
    return sum(value for day, value in daily.items() if day in period)


def _restated(log: pl.DataFrame | None, rows: Sequence[ConnectionRow], period: Span) -> int:
    if log is None:
        return 0
    mine = log.filter(
        pl.col("connection_id").is_in([c.id for c in rows]),
        pl.col("day").is_between(period.start, period.end, closed="left"),
    )
    return int(mine["delta"].sum())
