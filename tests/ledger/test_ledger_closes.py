"""Closed months: the total they keep, and what is refused."""

from datetime import UTC, date, datetime

import pytest
from ledger_factory import BILL, KEY, fact, put, span, window

from core.calendar import Span
from core.errors import BadValue, UnknownName
from core.ledger.closes import Close, all_closes, close_month, reopen_month

NOVEMBER = date(2026, 11, 1)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 9, tzinfo=UTC)


def test_a_month_is_closed_with_the_sum_of_its_days(engine):
    rows = [fact(BILL, 1, 1200, model="a"), fact(BILL, 1, 34, model="b"), fact(BILL, 30, -5)]
    put(engine, window(rows, Span(NOVEMBER, date(2026, 12, 1))))
    made = close_month(engine, 1, date(2026, 11, 17), note="  books ", clock=lambda: DECEMBER)
    assert made == Close(1, NOVEMBER, 1229, DECEMBER, "books")
    assert all_closes(engine) == (made,)


def test_only_the_primary_cut_of_a_day_is_counted(engine):
    put(engine, window([fact(KEY, 2, 700, model="a")], span(2, 3)))
    put(engine, window([fact(BILL, 3, 11, model="a")], span(3, 4)))
    assert close_month(engine, 1, NOVEMBER, clock=lambda: DECEMBER).total == 711


def test_closing_anew_takes_the_total_of_today(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    close_month(engine, 1, NOVEMBER, clock=lambda: DECEMBER)
    put(engine, window([fact(BILL, 1, 90)], span(1, 2)))
    assert [c.total for c in all_closes(engine)] == [100]
    close_month(engine, 1, NOVEMBER, clock=lambda: LATER)
    assert [(c.total, c.closed_at) for c in all_closes(engine)] == [(90, LATER)]


def test_a_month_that_goes_on_cannot_be_closed(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(BadValue, match="2026-11 has not ended yet"):
        close_month(engine, 1, NOVEMBER, clock=lambda: last)
    assert all_closes(engine) == ()


def test_a_month_without_costs_cannot_be_closed(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    with pytest.raises(BadValue, match="no costs of 2026-10"):
        close_month(engine, 1, date(2026, 10, 5), clock=lambda: DECEMBER)
    with pytest.raises(BadValue, match="no costs of 2026-11"):
        close_month(engine, 2, NOVEMBER, clock=lambda: DECEMBER)


def test_a_month_is_opened_again_once(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    close_month(engine, 1, NOVEMBER, clock=lambda: DECEMBER)
    reopen_month(engine, 1, date(2026, 11, 30))
    assert all_closes(engine) == ()
    with pytest.raises(UnknownName, match="2026-11 is not closed"):
        reopen_month(engine, 1, NOVEMBER)
