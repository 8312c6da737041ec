"""What is no longer kept goes whole, and what stays is the same to the last digit."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_factory import BILL, HOUR, NOON, TOKENS, begin, contents, fact, put, window
from sqlmodel import func, select

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.analysis.coverage import day_states
from core.analysis.reconcile.adjustments import adjusted
from core.calendar import Span
from core.errors import NotAllowed
from core.ledger import audit
from core.ledger.activity import SCHEMA, replace_activity
from core.ledger.closes import all_closes, close_month
from core.ledger.engine import connect, reading
from core.ledger.restatements import log
from core.ledger.retention import first_kept, forget
from core.ledger.snapshot import book
from core.ledger.tables import DayState, Series, Window
from core.settings import Settings

DAY = timedelta(days=1)
OLD, EDGE = date(2026, 9, 30), date(2026, 10, 1)


def on(when: date, amount: int, model: str, *, at=NOON) -> None:
    return window([fact(BILL, 1, amount, day=when, model=model)], Span(when, when + DAY), at=at)


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 23), 13, date(2025, 10, 1)),
        (date(2026, 11, 1), 1, date(2026, 10, 1)),
        (date(2026, 1, 31), 13, date(2024, 12, 1)),
        (date(2026, 12, 31), 12, date(2025, 12, 1)),
        (date(2024, 2, 29), 24, date(2022, 2, 1)),
    ],
)
def test_so_many_whole_months_before_this_one_are_kept(today, months, first):
    assert first_kept(today, months) == first


def test_a_viewer_removes_nothing_and_who_did_is_kept(engine, settings):
    put(engine, on(OLD, 5, "old"))
    put(engine, on(EDGE, 11, "new"))
    with acting.acting_as(Person("vera", Role.VIEWER, "sign-in")), pytest.raises(NotAllowed):
        forget(engine, EDGE)
    assert book(engine, settings).facts.height == 2
    with acting.acting_as(Person("anna", Role.ANALYST, "sign-in")):
        assert forget(engine, EDGE).days == 1
        assert forget(engine, EDGE).days == 0
    (entry,) = audit.entries(engine)
    assert (entry.who, entry.action, entry.object) == (
        "anna", "deleted data", "days before 2026-10-01",
    )  # fmt: skip
    assert entry.details == {"days": 1, "rows": 2}


def test_days_before_go_with_their_log_and_the_others_stay(engine, settings):
    put(engine, on(OLD, 5, "old"))
    put(engine, on(OLD, 7, "old", at=NOON + HOUR))  # a restatement, which is in the log
    put(engine, on(EDGE, 11, "new"))
    put(engine, on(EDGE, 13, "new", at=NOON + HOUR))
    tokens = [fact(TOKENS, 1, 100, day=OLD, model="old")]
    put(engine, window(tokens, Span(OLD, EDGE), family="usage"))
    rows = [(d, "somebody", "chat", "", "messages", 3) for d in (OLD, EDGE)]
    replace_activity(engine, 1, [OLD, EDGE], pl.DataFrame(rows, schema=SCHEMA, orient="row"),
                     fetched_at=NOON)  # fmt: skip
    before = book(engine, settings)
    gone = forget(engine, EDGE)
    after = book(engine, settings)
    assert (gone.days, gone.first_kept) == (1, EDGE)
    # Charge and usage, the restatement and its day, two days' states, a count and its day.
    assert gone.rows == 8
    assert contents(after) == {k: v for k, v in contents(before).items() if k[1] >= EDGE}
    assert contents(after, "usage") == {}
    assert after.activity["day"].to_list() == [EDGE]
    assert after.activity_days["day"].to_list() == [EDGE]
    assert log(engine)["day"].unique().to_list() == [EDGE]
    with reading(engine) as session:
        assert session.exec(select(Series.model)).all() == ["new"]
    assert forget(engine, EDGE).rows == 0
    assert book(engine, settings).version == after.version


def test_what_is_gone_is_neither_zero_nor_missing(engine, settings):
    put(engine, on(OLD, 5, "m"))
    put(engine, on(EDGE, 11, "m"))
    forget(engine, EDGE)
    now = book(engine, settings)
    assert now.connections[0].history_floor == EDGE
    states = day_states(now, Span(OLD, EDGE + DAY), "cost", now.connections, date(2026, 11, 20))
    assert states["state"].to_list() == ["before_history", "complete"]


def test_a_later_beginning_of_history_is_left(engine, settings):
    put(engine, on(OLD, 5, "m"))
    forget(engine, EDGE)
    put(engine, on(date(2026, 8, 1), 5, "m"))  # read again by hand: goes at the next look
    assert forget(engine, date(2026, 9, 1)).days == 1
    assert book(engine, settings).connections[0].history_floor == EDGE


def test_a_closed_month_keeps_its_total_and_says_that_its_days_went(engine, settings):
    put(engine, on(OLD, 5, "m"))
    close_month(engine, 1, date(2026, 9, 1), clock=lambda: NOON)
    put(engine, on(EDGE, 11, "m"))
    forget(engine, EDGE)
    nothing = log(engine).clear()
    (found,) = adjusted(book(engine, settings), all_closes(engine), nothing, nothing)
    assert (found.close.total, found.now, found.delta) == (5, 0, -5)
    assert found.adjustments.select("kind", "amount").rows() == [("removed", -5)]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(-(10**15), 10**15), st.sampled_from("abc")),
             max_size=12),
    st.integers(0, 61),
)  # fmt: skip
@settings(max_examples=25)
def test_totals_of_kept_days_do_not_move(rows, cut):
    engine = connect(Settings(database_url="sqlite://"))
    begin(engine)
    first = date(2026, 9, 1)
    for offset, amount, model in rows:
        put(engine, on(first + timedelta(days=offset), amount, model))
    place = Settings(database_url="sqlite://")
    edge = first + timedelta(days=cut)
    wanted = {k: v for k, v in contents(book(engine, place)).items() if k[1] >= edge}
    forget(engine, edge)
    assert contents(book(engine, place)) == wanted
    with reading(engine) as session:
        assert (
            session.exec(
                select(func.count()).where(DayState.day < (edge - date(1970, 1, 1)).days)
            ).one()
            == 0
        )
        assert session.exec(select(func.count()).select_from(Window)).one() == len(rows)
    engine.dispose()
