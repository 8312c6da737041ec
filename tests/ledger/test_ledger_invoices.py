"""Invoices as they are kept: each amount as it was entered, all of a file or none of it."""

from dataclasses import replace
from datetime import date

import pytest
from ledger_factory import NOON, span

from core.calendar import Span
from core.errors import BadValue, UnknownName
from core.ledger.invoices import (
    InvoiceRow,
    all_invoices,
    check,
    delete_invoice,
    save_invoice,
    save_invoices,
)  # fmt: skip
from core.money import LARGEST

ONE = InvoiceRow("platform", span(1, 30), 1234, 5, 6, 7, 8, " N-1 ", " why ", 1)
OLDER = InvoiceRow("enterprise", Span(date(2026, 10, 1), date(2026, 11, 1)), -99)


def test_an_invoice_comes_back_as_it_was_entered(engine):
    id_ = save_invoice(engine, ONE, clock=lambda: NOON)
    kept = replace(ONE, number="N-1", note="why", id=id_, entered_at=NOON)
    assert all_invoices(engine) == (kept,)


def test_the_newest_period_comes_first(engine):
    save_invoices(engine, [OLDER, ONE], clock=lambda: NOON)
    assert [row.total for row in all_invoices(engine)] == [1234, -99]


def test_a_corrected_invoice_stays_the_same_one(engine):
    id_ = save_invoice(engine, ONE, clock=lambda: NOON)
    assert save_invoice(engine, replace(ONE, id=id_, total=1235)) == id_
    assert [(r.id, r.total, r.entered_at) for r in all_invoices(engine)] == [(id_, 1235, NOON)]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (replace(ONE, source="aws"), BadValue),
        (replace(ONE, period=span(5, 5)), BadValue),
        (replace(ONE, tax=-LARGEST - 1), BadValue),
        (replace(ONE, id=77), UnknownName),
    ],
)
def test_one_bad_invoice_keeps_none_of_them(engine, bad, error):
    with pytest.raises(error):
        save_invoices(engine, [OLDER, bad])
    assert all_invoices(engine) == ()


def test_the_largest_amount_that_the_ledger_holds_is_kept(engine):
    check(replace(ONE, total=LARGEST))
    save_invoice(engine, replace(ONE, total=LARGEST))
    assert all_invoices(engine)[0].total == LARGEST


def test_an_invoice_is_deleted_once(engine):
    id_ = save_invoice(engine, ONE)
    delete_invoice(engine, id_)
    assert all_invoices(engine) == ()
    with pytest.raises(UnknownName, match=f"no invoice {id_}"):
        delete_invoice(engine, id_)
