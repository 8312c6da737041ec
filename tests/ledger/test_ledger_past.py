"""The ledger as it was: whatever was written since, the past stays as it was known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from databases import Ledgers
from hypothesis import given
from hypothesis import strategies as st
from ledger_factory import (
    BILL,
    HOUR,
    KEY,
    NOON,
    SEATS,
    TOKENS,
    WHO,
    Facts,
    begin,
    contents,
    day,
    fact,
    frame_of,
    key,
    put,
    span,
    window,
)
from sqlalchemy import Engine

from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, PRIMARY
from core.ledger.days import DAYS
from core.ledger.engine import connect
from core.ledger.frame import MEASURES
from core.ledger.maintenance import delete_data
from core.ledger.restatements import log
from core.ledger.snapshot import book, book_as_of
from core.ledger.writer import WindowData
from core.settings import Settings

IN_MEMORY = Settings(database_url="sqlite://")
ONCE = pytest.mark.once("many examples: `make test-postgres` tries them there")
_place = [IN_MEMORY]
"""The ledger of all examples; a property cannot take it from a fixture of the single test."""


@pytest.fixture(autouse=True, scope="module")
def place(ledgers: Ledgers) -> Iterator[None]:
    if ledgers.kind != "sqlite":
        _place[0] = Settings(database_url=ledgers.url(Path("past")))
    yield
    if _place[0] is not IN_MEMORY:
        shared(_place[0]).dispose()
        ledgers.forget({Path("past")})
    _place[0] = IN_MEMORY
    shared.cache_clear()


def test_each_moment_is_rebuilt_by_hand(engine, settings):
    put(engine, window([fact(BILL, 1, 100, model="a"), fact(BILL, 1, 7, model="b")], span(1, 2)))
    put(engine, window([fact(BILL, 1, 130, model="a")], span(1, 2), at=NOON + HOUR))
    put(engine, window([fact(BILL, 1, 90, model="a"), fact(BILL, 2, 5, model="c")], span(1, 3),
                       at=NOON + 2 * HOUR))  # fmt: skip
    a, b, c = (key(1, d, BILL, model=m) for d, m in ((1, "a"), (1, "b"), (2, "c")))
    second = timedelta(seconds=1)
    expected = [
        (NOON - second, {}),
        (NOON, {a: (100, None), b: (7, None)}),
        (NOON + HOUR - second, {a: (100, None), b: (7, None)}),
        (NOON + HOUR, {a: (130, None)}),
        (NOON + 2 * HOUR, {a: (90, None), c: (5, None)}),
        (NOON + 100 * HOUR, {a: (90, None), c: (5, None)}),
    ]
    for moment, facts in expected:
        assert contents(book_as_of(engine, moment)) == facts
    days = book_as_of(engine, NOON + HOUR).days
    assert days.select("day", "total", "window_id", "fetched_at").rows() == [
        (day(1), 130, 2, NOON + HOUR)
    ]
    now = book(engine, settings)
    assert book_as_of(engine, NOON + 2 * HOUR).days.equals(now.days)


def test_a_switch_of_protocol_is_undone(engine):
    put(engine, window([fact(BILL, 1, 100, model="m")], span(1, 2)))
    unified = [fact(KEY, 1, 101, api_key="k"), fact(WHO, 1, 101, user="u")]
    put(engine, window(unified, span(1, 2), at=NOON + HOUR))
    before = book_as_of(engine, NOON)
    assert contents(before) == {key(1, 1, BILL, model="m"): (100, None)}
    assert before.days["protocol"].to_list() == ["reports"]


def test_what_was_never_fetched_by_then_is_not_there(engine):
    put(engine, window([fact(BILL, 1, 1)], span(1, 2)))
    put(engine, window([fact(SEATS, 1, 2)], span(1, 2), connection=2, at=NOON + HOUR))
    assert contents(book_as_of(engine, NOON)) == {key(1, 1, BILL): (1, None)}


def test_a_clock_that_was_set_back_hides_nothing(engine):
    put(engine, window([fact(BILL, 1, 1)], span(1, 2), at=NOON + 1_000 * HOUR))
    put(engine, window([fact(BILL, 1, 2)], span(1, 2), at=NOON))
    put(engine, window([fact(BILL, 1, 3)], span(1, 2), at=NOON + HOUR))
    # The second window came after the first, whatever their clocks said.
    assert contents(book_as_of(engine, NOON)) == {key(1, 1, BILL): (2, None)}
    assert contents(book_as_of(engine, NOON + HOUR)) == {key(1, 1, BILL): (3, None)}


@cache
def shared(settings: Settings) -> Engine:
    """One ledger for all examples: migrating one each would take most of the time."""
    engine = connect(settings)
    begin(engine)
    return engine


def emptied() -> Engine:
    engine = shared(_place[0])
    for connection in (1, 2):
        delete_data(engine, connection)
    if engine.dialect.name == "postgresql":
        with engine.begin() as server:  # as SQLite does by itself, whose examples count from one
            server.exec_driver_sql("ALTER SEQUENCE window_id_seq RESTART")
    return engine


SOURCES = (
    (1, "cost", "reports", (BILL,)),
    (1, "cost", "unified", (KEY, WHO)),
    (1, "usage", "reports", (TOKENS,)),
    (2, "cost", "reports", (SEATS,)),
)
AMOUNTS = st.integers(-5, 5) | st.integers(-(2**55), 2**55)


@st.composite
def windows(draw: st.DrawFn) -> WindowData:
    """A window of one of the sources, on some of four days, of few series, so that they meet."""
    connection, family, protocol, cuts = draw(st.sampled_from(SOURCES))
    first = draw(st.integers(1, 4))
    where = span(first, draw(st.integers(first + 1, 5)))
    cells = draw(
        st.dictionaries(
            st.tuples(st.integers(first, where.end.day - 1), st.sampled_from("abc")),
            st.tuples(AMOUNTS, st.none() | AMOUNTS),
            max_size=5,
        )
    )
    more = MEASURES[family][1]
    rows = [
        fact(cut, when, lead, model=model, **{more: other})
        for cut in cuts
        for (when, model), (lead, other) in cells.items()
    ]
    absent = draw(st.sets(st.integers(1, 4))) - {when for when, _ in cells}
    stated = [
        (d, sum(lead for (when, _), (lead, _) in cells.items() if day(when) == d),
         draw(st.integers(0, 3)), draw(st.booleans()), True)
        for d in where if d.day not in absent
    ]  # fmt: skip
    days = pl.DataFrame(stated, schema=DAYS, orient="row")
    refreshed = draw(st.none() | st.just(NOON - HOUR))
    return window(rows, where, family=family, protocol=protocol, connection=connection,
                  days=days, refreshed=refreshed)  # fmt: skip


State = tuple[Facts, dict[tuple[int, str, Any], tuple[Any, ...]]]


def after(state: State, data: WindowData, window_id: int) -> State:
    """The model: a window replaces its source's days, and nothing else."""
    facts, days = dict(state[0]), dict(state[1])
    mine = {k for k in facts if k[0] == data.connection_id and k[1] in data.span}
    for kept in mine:
        del facts[kept]
    measures = MEASURES[data.family]
    for row in data.frame.iter_rows(named=True):
        where = (data.connection_id, row["day"], row["cut"], *(row[d] for d in DIMENSIONS))
        facts[where] = tuple(row[m] for m in measures)
    given = {row["day"]: row for row in data.days.iter_rows(named=True)}
    for d in data.span:
        at = (data.connection_id, data.family, d)
        seen = days[at][-1] if at in days else None
        stated = given.get(d)
        days[at] = (
            data.protocol, window_id, data.fetched_at, data.data_refreshed_at,
            stated is not None, bool(stated and stated["capped"]),
            stated["total"] if stated else 0, stated["not_attributed"] if stated else 0,
            seen or (data.fetched_at if stated else None),
        )  # fmt: skip
    return facts, days


def day_states(found: Book, connection: int, family: str) -> dict[Any, tuple[Any, ...]]:
    columns = ("protocol", "window_id", "fetched_at", "data_refreshed_at", "present", "capped",
               "total", "not_attributed", "first_seen_at")  # fmt: skip
    mine = found.days.filter(pl.col("connection_id") == connection, pl.col("family") == family)
    return {(row["connection_id"], row["family"], row["day"]): tuple(row[c] for c in columns)
            for row in mine.iter_rows(named=True)}  # fmt: skip


def agree(found: Book, source: tuple[int, str], state: State) -> None:
    connection, family = source
    mine = {k: v for k, v in contents(found, family).items() if k[0] == connection}
    assert mine == state[0]
    assert day_states(found, connection, family) == state[1]


@ONCE
@given(st.lists(st.tuples(windows(), st.integers(-1, 3)), max_size=9))
def test_every_past_moment_is_what_was_stored_then(steps: list[tuple[WindowData, int]]) -> None:
    engine = emptied()
    histories: dict[tuple[int, str], list[tuple[datetime, State]]] = {}
    moment, moments = NOON, {NOON - HOUR, NOON + 100 * HOUR}
    for number, (data, hours) in enumerate(steps, start=1):
        moment += hours * HOUR  # the clock stands still now and then, and is set back
        moments.add(moment)
        source = (data.connection_id, data.family)
        history = histories.setdefault(source, [])
        state = history[-1][1] if history else ({}, {})
        dated = replace(data, fetched_at=moment)
        history.append((moment, after(state, dated, number)))
        assert put(engine, dated).window_id == number
    for past in moments:
        found = book_as_of(engine, past)
        for source, history in histories.items():
            known = [state for when, state in history if when <= past]
            agree(found, source, known[-1] if known else ({}, {}))
    now = book(engine, _place[0])
    for source, history in histories.items():
        agree(now, source, history[-1][1])


def primary_totals(found: Book) -> dict[Any, int]:
    rows = found.facts.filter(pl.col("family") == "cost", pl.col("cut").is_in(list(PRIMARY)))
    grouped = rows.group_by("connection_id", "day").agg(pl.col("amount").sum())
    return {row[:2]: row[2] for row in grouped.rows()}


@ONCE
@given(st.lists(windows(), min_size=1, max_size=9))
def test_the_log_is_what_moved_between_readings_in_one_protocol(steps: list[WindowData]) -> None:
    engine = emptied()
    last: dict[tuple[int, Any], int] = {}
    spoken: dict[tuple[int, Any], str] = {}
    expected: dict[tuple[int, Any], int] = {}
    told = 0
    for number, data in enumerate(steps):
        known = set(last)
        result = put(engine, replace(data, fetched_at=NOON + number * HOUR))
        told += result.restated_delta
        logged = log(engine, since=NOON + number * HOUR - HOUR)
        assert logged.height == result.restated_rows
        assert {(r["connection_id"], r["day"]) for r in logged.iter_rows(named=True)} <= known
        if data.family != "cost":
            continue
        now = primary_totals(book(engine, _place[0]))
        present = set(data.days["day"])
        for d in data.span:
            place = (data.connection_id, d)
            value = now.get(place, 0)
            if place in last and spoken.get(place) == data.protocol:
                expected[place] = expected.get(place, 0) + value - last[place]
            if place in last or d in present:
                last[place] = value
            spoken[place] = data.protocol
    logged = log(engine)
    deltas = logged.group_by("connection_id", "day").agg(pl.col("delta").cast(pl.Int128).sum())
    moved = {row[:2]: row[2] for row in deltas.rows() if row[2]}
    assert moved == {place: delta for place, delta in expected.items() if delta}
    assert told == sum(moved.values())


@ONCE
@given(windows())
def test_once_is_as_good_as_twice_and_back_is_the_original(data: WindowData) -> None:
    engine = emptied()
    put(engine, data)
    original = book(engine, _place[0])
    assert put(engine, replace(data, fetched_at=NOON + HOUR)).changed == 0
    other = replace(data, frame=data.frame.clear(), fetched_at=NOON + 2 * HOUR,
                    days=data.days.with_columns(total=pl.lit(0, pl.Int64)))  # fmt: skip
    there = put(engine, other)
    back = put(engine, replace(data, fetched_at=NOON + 3 * HOUR))
    assert there.changed == back.changed == data.frame.height
    assert there.restated_delta == -back.restated_delta
    assert contents(book(engine, _place[0]), data.family) == contents(original, data.family)


@ONCE
@given(windows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_split_do_not_matter(data: WindowData, random: Any) -> None:
    engine = emptied()
    put(engine, data)
    order = list(range(data.frame.height))
    random.shuffle(order)
    assert put(engine, replace(data, frame=data.frame[order])).changed == 0


def test_a_span_may_reach_over_the_change_of_year(engine, settings):
    rows = [fact(BILL, 1, 100) | {"day": d} for d in (day(30), day(1).replace(month=12, day=31))]
    where = Span(day(30), day(1).replace(year=2027, month=1))
    frame = frame_of(rows, "cost")
    days = frame.group_by("day").agg(pl.col("amount").sum().alias("total")).with_columns(
        not_attributed=pl.lit(0, pl.Int64), capped=pl.lit(value=False), present=pl.lit(value=True)
    ).select(*DAYS)  # fmt: skip
    put(engine, window(rows, where, days=days))
    assert book(engine, settings).facts["day"].to_list() == [row["day"] for row in rows]
