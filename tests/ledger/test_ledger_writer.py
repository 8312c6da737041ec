"""Windows, by hand: what is written, what is restated, what is refused."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from ledger_factory import (
    BILL,
    HOUR,
    KEY,
    NOON,
    SEATS,
    TOKENS,
    WHO,
    contents,
    day,
    days_of,
    fact,
    frame_of,
    key,
    put,
    rest,
    span,
    window,
)
from sqlalchemy import event, select

from core.errors import AmountRefused, DatabaseUnusable, LedgerRefuses
from core.ledger.days import DAYS
from core.ledger.engine import reading, verify
from core.ledger.restatements import log
from core.ledger.snapshot import book, current_version
from core.ledger.tables import Series, Window, table


def test_a_first_window_is_written_and_is_no_restatement(engine, settings):
    rows = [fact(BILL, 1, 1_500, workspace="w1", model="opus"), fact(BILL, 2, 700, model="opus")]
    result = put(engine, window(rows, span(1, 3)))
    assert (result.window_id, result.changed) == (1, 2)
    assert (result.restated_rows, result.restated_delta) == (0, 0)
    assert contents(book(engine, settings)) == {
        key(1, 1, BILL, workspace="w1", model="opus"): (1_500, None),
        key(1, 2, BILL, model="opus"): (700, None),
    }
    assert log(engine).is_empty()


def test_the_same_window_again_changes_nothing_but_when_it_was_fetched(engine, settings):
    data = window([fact(BILL, 1, 1_500, model="opus")], span(1, 2))
    put(engine, data)
    version = current_version(engine)
    again = put(engine, replace(data, fetched_at=NOON + HOUR))
    assert (again.changed, again.restated_rows, again.restated_delta) == (0, 0, 0)
    assert current_version(engine) == version
    state = book(engine, settings).days.row(0, named=True)
    assert (state["fetched_at"], state["first_seen_at"]) == (NOON + HOUR, NOON)
    assert state["window_id"] == again.window_id == 2


def test_a_newer_watermark_alone_is_a_new_version_of_the_same_facts(engine, settings):
    data = window([fact(BILL, 1, 1_500)], span(1, 2), refreshed=NOON)
    put(engine, data)
    before, version = book(engine, settings), current_version(engine)
    assert put(engine, replace(data, data_refreshed_at=NOON + HOUR)).changed == 0
    assert current_version(engine) == version + 1
    after = book(engine, settings)
    assert after.facts.equals(before.facts)
    assert after.days["data_refreshed_at"].item() == NOON + HOUR


def test_changed_new_and_vanished_rows_are_written_and_logged(engine, settings):
    first = [
        fact(BILL, 1, 1_000, model="same"),
        fact(BILL, 1, 2_000, model="moved"),
        fact(BILL, 1, 4_000, model="gone"),
    ]
    put(engine, window(first, span(1, 2)))
    second = [
        fact(BILL, 1, 1_000, model="same"),
        fact(BILL, 1, 2_250, model="moved"),
        fact(BILL, 1, 30, model="new"),
    ]
    result = put(engine, window(second, span(1, 2), at=NOON + HOUR))
    # 2,250 - 2,000 + 30 - 4,000
    assert (result.changed, result.restated_rows, result.restated_delta) == (3, 3, -3_720)
    assert contents(book(engine, settings)) == {
        key(1, 1, BILL, model="same"): (1_000, None),
        key(1, 1, BILL, model="moved"): (2_250, None),
        key(1, 1, BILL, model="new"): (30, None),
    }
    logged = log(engine).select("model", "before", "after", "delta", "seen_at").rows()
    assert sorted(logged) == [
        ("gone", 4_000, None, -4_000, NOON + HOUR),
        ("moved", 2_000, 2_250, 250, NOON + HOUR),
        ("new", None, 30, 30, NOON + HOUR),
    ]


def test_only_days_seen_before_are_restated(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    both = [fact(BILL, 1, 101), fact(BILL, 2, 900)]
    result = put(engine, window(both, span(1, 3), at=NOON + HOUR))
    assert (result.changed, result.restated_rows, result.restated_delta) == (2, 1, 1)
    assert log(engine)["day"].to_list() == [day(1)]


def test_a_day_without_figures_is_seen_for_the_first_time_when_they_come(engine, settings):
    absent = pl.DataFrame(schema=DAYS)
    put(engine, window([], span(1, 2), days=absent))
    state = book(engine, settings).days.row(0, named=True)
    assert (state["present"], state["first_seen_at"], state["total"]) == (False, None, 0)
    result = put(engine, window([fact(BILL, 1, 100)], span(1, 2), at=NOON + HOUR))
    assert (result.changed, result.restated_rows) == (1, 0)
    state = book(engine, settings).days.row(0, named=True)
    assert (state["present"], state["first_seen_at"], state["total"]) == (True, NOON + HOUR, 100)


def test_a_day_with_rows_is_present_whatever_was_said_of_it(engine, settings):
    put(engine, window([fact(BILL, 1, 0)], span(1, 2), days=pl.DataFrame(schema=DAYS)))
    state = book(engine, settings).days.row(0, named=True)
    assert (state["present"], state["first_seen_at"]) == (True, NOON)


def test_a_day_that_was_zero_is_restated_when_money_appears(engine):
    put(engine, window([], span(1, 2)))
    result = put(engine, window([fact(BILL, 1, 100)], span(1, 2), at=NOON + HOUR))
    assert (result.restated_rows, result.restated_delta) == (1, 100)


def test_equal_keys_are_added_never_overwritten(engine, settings):
    twice = [fact(BILL, 1, 100, model="m", list_amount=None), fact(BILL, 1, 20, model="m")]
    put(engine, window(twice, span(1, 2)))
    assert contents(book(engine, settings)) == {key(1, 1, BILL, model="m"): (120, None)}


def test_null_measures_stay_null_and_zero_stays_zero(engine, settings):
    rows = [
        fact(TOKENS, 1, 10, model="a", requests=0),
        fact(TOKENS, 1, None, model="b", web_searches=3),
    ]
    put(engine, window(rows, span(1, 2), family="usage"))
    assert contents(book(engine, settings), "usage") == {
        key(1, 1, TOKENS, model="a"): (10, 0, None),
        key(1, 1, TOKENS, model="b"): (None, None, 3),
    }


def test_rows_without_any_measure_come_and_go(engine, settings):
    unknown = [fact(TOKENS, 1, None, model="m")]
    assert put(engine, window(unknown, span(1, 2), family="usage")).changed == 1
    assert contents(book(engine, settings), "usage") == {
        key(1, 1, TOKENS, model="m"): (None, None, None)
    }
    assert put(engine, window([], span(1, 2), family="usage", at=NOON + HOUR)).changed == 1
    assert contents(book(engine, settings), "usage") == {}


def test_of_equal_keys_the_known_measures_are_added(engine, settings):
    rows = [fact(TOKENS, 1, 10, requests=None), fact(TOKENS, 1, None, requests=5)]
    put(engine, window(rows, span(1, 2), family="usage"))
    assert contents(book(engine, settings), "usage") == {key(1, 1, TOKENS): (10, 5, None)}


def test_a_switch_of_protocol_replaces_the_other_protocols_rows(engine, settings):
    put(engine, window([fact(BILL, 1, 100, model="m"), fact(BILL, 2, 50)], span(1, 3)))
    unified = [fact(KEY, 1, 100, api_key="k"), fact(WHO, 1, 100, user="u")]
    result = put(engine, window(unified, span(1, 2), at=NOON + HOUR))
    assert result.changed == 3
    # Another reading of the same money: Anthropic restated nothing.
    assert (result.restated_rows, result.restated_delta) == (0, 0)
    assert contents(book(engine, settings)) == {
        key(1, 1, KEY, api_key="k"): (100, None),
        key(1, 1, WHO, user="u"): (100, None),
        key(1, 2, BILL): (50, None),
    }
    protocols = book(engine, settings).days.select("day", "protocol").rows()
    assert protocols == [(day(1), "unified"), (day(2), "reports")]


def test_connections_and_families_do_not_touch_each_other(engine, settings):
    put(engine, window([fact(BILL, 1, 100, model="m")], span(1, 2)))
    put(engine, window([fact(SEATS, 1, 7, user="u")], span(1, 2), connection=2))
    put(engine, window([fact(TOKENS, 1, 5, model="m")], span(1, 2), family="usage"))
    assert put(engine, window([], span(1, 2), at=NOON + HOUR)).restated_delta == -100
    now = book(engine, settings)
    assert contents(now) == {key(2, 1, SEATS, user="u"): (7, None)}
    assert contents(now, "usage") == {key(1, 1, TOKENS, model="m"): (5, None, None)}


def test_the_same_dimensions_of_two_connections_are_two_series(engine):
    put(engine, window([fact(BILL, 1, 100, model="m")], span(1, 2)))
    put(engine, window([fact(BILL, 1, 100, model="m")], span(1, 2), connection=2))
    with reading(engine) as session:
        rows = session.execute(select(*table(Series).c)).mappings().all()
    assert sorted(row["connection_id"] for row in rows) == [1, 2]
    assert len({row["key"] for row in rows}) == 2


def test_no_two_combinations_of_dimensions_share_a_series(engine, settings):
    # Joined without care, each pair would read the same.
    rows = [
        fact(BILL, 1, 1, workspace="a|b", model="c"),
        fact(BILL, 1, 2, workspace="a", model="b|c"),
        fact(BILL, 1, 4, workspace="1:a", model=""),
        fact(BILL, 1, 8, workspace="1", model="a"),
        fact(BILL, 1, 16, workspace="", model="1:a"),
        fact(BILL, 1, 32, workspace="\x1f", model="\x00"),
        fact(BILL, 1, 64, workspace="\x1f\x00", model=""),
        fact(BILL, 1, 128, workspace="ü", model="🐙 " + "x" * 10_000),
        fact(BILL, 1, 256, workspace="a\x1fb", api_key="c"),
        fact(BILL, 1, 512, workspace="a", api_key="b\x1fc"),
    ]
    put(engine, window(rows, span(1, 2)))
    # A backslash could look like an escaped separator.
    put(engine, window([fact(BILL, 2, 512, workspace="a\\sb", api_key="c")], span(2, 3)))
    found = contents(book(engine, settings))
    assert len(found) == 11
    assert len({row[3:] for row in found}) == 11
    assert sum(amount for amount, _ in found.values() if amount) == 1_023 + 512
    # PostgreSQL has no text with a NUL, so that no ledger has one.
    assert found[key(1, 1, BILL, workspace="\x1f", model="␀")] == (32, None)


def test_not_attributed_and_capped_days_are_remembered(engine, settings):
    rows = [fact(SEATS, 1, 90, user="u"), rest(SEATS, 1, 10)]
    put(engine, window(rows, span(1, 2), capped=[1]))
    state = book(engine, settings).days.row(0, named=True)
    assert (state["total"], state["not_attributed"], state["capped"]) == (100, 10, True)


def test_the_window_itself_is_kept(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 3), refreshed=NOON - HOUR))
    with reading(engine) as session:
        kept = session.get_one(Window, 1)
    assert (kept.first_day, kept.end_day) == (20_758, 20_760)  # 2026-11-01, 2026-11-03
    assert (kept.fetched_at, kept.data_refreshed_at) == (NOON, NOON - HOUR)
    assert (kept.requests, kept.rows, kept.changed, kept.run_id) == (1, 1, 1, 1)


def test_negative_amounts_zero_and_the_largest_amount_are_exact(engine, settings):
    largest = 2**63 - 1 - 30
    rows = [
        fact(BILL, 1, largest, model="large"),
        fact(BILL, 1, -30, model="credit"),
        fact(BILL, 1, 0, model="zero"),
    ]
    put(engine, window(rows, span(1, 2)))
    assert sorted(a for a, _ in contents(book(engine, settings)).values()) == [-30, 0, largest]


def refused(engine, settings, data, kind=LedgerRefuses):
    """The failure of a window that must leave everything as it was."""
    before, version = book(engine, settings), current_version(engine)
    with pytest.raises(kind) as caught:
        put(engine, data)
    after = book(engine, settings)
    assert current_version(engine) == version
    assert contents(after) == contents(before)
    assert after.days.equals(before.days)
    return caught.value


@pytest.mark.parametrize(
    ("column", "kind"), [("day", pl.Date), ("model", pl.String), ("amount", pl.Int64)]
)
def test_rows_that_lack_something_are_refused(engine, settings, column, kind):
    data = window([fact(BILL, 1, 100)], span(1, 2))
    holed = data.frame.with_columns(pl.lit(None, kind).alias(column))
    error = refused(engine, settings, replace(data, frame=holed))
    assert (error.code, column in error.title) == ("rows_incomplete", True)


def test_sums_beyond_64_bits_are_refused(engine, settings):
    rows = [fact(BILL, 1, 2**62, model="a"), fact(BILL, 1, 2**62, model="b")]
    error = refused(
        engine, settings, window(rows, span(1, 2), days=pl.DataFrame(schema=DAYS)), AmountRefused
    )
    assert str(2**63) in error.cause
    smallest = [fact(BILL, 1, -(2**63), model="a")]
    refused(
        engine, settings, window(smallest, span(1, 2), days=pl.DataFrame(schema=DAYS)),
        AmountRefused,
    )  # fmt: skip


def test_list_amounts_are_guarded_too(engine, settings):
    rows = [fact(BILL, 1, 1, model=m, list_amount=2**62) for m in "ab"]
    assert "list_amount" in refused(
        engine, settings, window(rows, span(1, 2)), AmountRefused
    ).title  # fmt: skip


def test_a_day_outside_the_span_is_refused(engine, settings):
    frame = frame_of([fact(BILL, 3, 100)], "cost")
    data = replace(window([], span(1, 3)), frame=frame)
    error = refused(engine, settings, data)
    assert (error.code, "2026-11-03" in error.title) == ("day_outside_window", True)


def test_a_cut_of_another_protocol_is_refused(engine, settings):
    data = replace(window([fact(BILL, 1, 100)], span(1, 2)), protocol="unified")
    assert refused(engine, settings, data).code == "foreign_cut"


@pytest.mark.parametrize(
    "rows",
    [
        [fact(KEY, 1, 100), fact(WHO, 1, 99)],
        [fact(KEY, 1, 100), fact(WHO, 1, 101)],
        [fact(KEY, 1, 100), fact(KEY, 2, 5), fact(WHO, 1, 100)],
    ],
    ids=["one less", "one more", "a day without rows"],
)
def test_a_cut_that_does_not_sum_to_the_total_is_refused(engine, settings, rows):
    frame = frame_of(rows, "cost")
    totals = days_of(frame.filter(pl.col("cut") == KEY), "cost", span(1, 3))
    data = window(rows, span(1, 3), days=totals)
    error = refused(engine, settings, data)
    assert (error.code, WHO in error.title) == ("parts_differ_from_total", True)


def test_a_cut_without_rows_in_the_window_was_not_asked_for(engine, settings):
    put(engine, window([fact(KEY, 1, 100)], span(1, 2)))
    assert contents(book(engine, settings)) == {key(1, 1, KEY): (100, None)}


def test_the_control_sum_finds_a_row_that_was_not_written(engine, settings, monkeypatch):
    from core.ledger import rows as writer_rows

    real = writer_rows.many

    def losing(session, statement, frame):
        real(session, statement, frame.head(1) if "amount" in frame.columns else frame)

    monkeypatch.setattr(writer_rows, "many", losing)
    rows = [fact(BILL, 1, 100, model="a"), fact(BILL, 1, 0, model="b")]
    error = refused(engine, settings, window(rows, span(1, 2)))
    assert error.code == "control_sum_differs"


@pytest.mark.sqlite("limits its pages")
def test_a_full_disk_leaves_what_was_there_and_the_next_try_works(engine, settings):
    put(engine, window([fact(BILL, 1, 1)], span(1, 2)))
    many = window([fact(BILL, 1, n, model=f"m{n}" * 50) for n in range(1, 300)], span(1, 2))
    small = {"pages": "PRAGMA max_page_count = 40"}
    event.listen(engine, "begin", lambda c: c.exec_driver_sql(small["pages"]))
    error = refused(engine, settings, many, DatabaseUnusable)
    assert error.title == "The disk is full."
    verify(engine)
    small["pages"] = "PRAGMA max_page_count = 1000000"
    assert put(engine, many).changed == 300


def test_days_arrive_in_any_order_of_windows(engine, settings):
    for first in (5, 1, 3):
        data = window([fact(BILL, first, first)], span(first, first + 2))
        put(engine, replace(data, fetched_at=NOON + timedelta(minutes=first)))
    assert sorted(book(engine, settings).facts["amount"]) == [1, 3, 5]
