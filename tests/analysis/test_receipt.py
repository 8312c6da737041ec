"""A receipt says where a figure comes from, and asked again it gives the same figure."""

from dataclasses import replace
from datetime import UTC, datetime

import factory as f
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SPAN, books

from core.analysis.explore import BASES, DIMS, MEASURES, Query, ask
from core.analysis.receipt import Receipt, receipt
from core.analysis.receipt_text import as_text, read
from core.analysis.replay import replay
from core.errors import BadValue, UnknownName
from core.ledger.cuts import CUTS

BY = st.lists(st.sampled_from(DIMS), unique=True, max_size=3).map(tuple)
FIVE = 5 * 10**10
READ = datetime(2026, 12, 24, 8, 30, tzinfo=UTC)
DATA = datetime(2026, 12, 24, 4, 0, tzinfo=UTC)
BILL = "platform/reports/cost/bill"
WHO = "enterprise/unified/cost/who"

quick = settings(max_examples=25, deadline=None)


def company(name="console"):
    """Two connections of one organization: $5 and $7 on the Platform, $5 of it in both books."""
    facts = [
        f.fact(1, BILL, "11-01", workspace="w1", model="opus", amount=FIVE),
        f.fact(1, BILL, "11-02", workspace="w2", model="opus", amount=7 * 10**10),
        f.fact(2, WHO, "11-01", workspace="w1", product="messages_api", amount=FIVE),
        f.fact(2, WHO, "11-01", product="chat", user="u1", amount=3 * 10**10 + 1),
    ]
    states = [
        f.state(1, BILL, "11-01", READ) | {"window_id": 4, "run_id": 2},
        f.state(1, BILL, "11-02", READ) | {"window_id": 4, "run_id": 2},
        f.state(2, WHO, "11-01", READ, DATA) | {"window_id": 5, "run_id": 2},
        f.state(2, WHO, "11-02", READ, DATA, present=False) | {"window_id": 5, "run_id": 2},
    ]
    connections = (
        f.platform(name=name, org="org", organization_name="Acme"),
        f.enterprise(org="org"),
    )
    return f.book(facts, connections, states)


def cost(**more):
    return Query((), "cost", f.span("11-01", "11-03"), **more)


def made(book=None, query=None, **more) -> Receipt:
    return receipt(book or company(), query or cost(), **more)


def test_a_receipt_tells_all_that_a_figure_is_made_of():
    got = made(ledger="db", as_of=READ)
    # 5 + 7 + 3.0000000001: the 5 in both books is counted on the Platform side.
    assert got.total == 15 * 10**10 + 1
    assert [(p.cut, p.rows, p.total) for p in got.parts] == [
        (BILL, 2, 12 * 10**10),
        (WHO, 1, 3 * 10**10 + 1),
    ]
    assert got.rows == 3
    assert [(e.rule, e.connection, e.total) for e in got.excluded] == [
        ("same_organization", "claude", FIVE)
    ]
    console, claude = got.books
    assert (console.present, console.missing, claude.present, claude.missing) == (2, 0, 1, 1)
    assert claude.provisional_from == f.day("11-02")
    assert [(w.window, w.run, w.days) for w in console.windows] == [(4, 2, 2)]
    assert got.refreshed == (DATA, DATA)
    assert (got.window, got.read_at, got.as_of) == (5, READ, READ)


def test_the_text_is_for_people_and_exact():
    text = as_text(made(ledger="db"))
    lines = text.splitlines()
    assert lines[0] == "Receipt: $15.0000000001"
    assert "Measure: cost, each dollar counted once" in lines
    assert "Days: 2026-11-01 to 2026-11-02, 2 (UTC)" in lines
    assert f"  {WHO}: $3.0000000001, 1 rows, billed" in lines
    assert "Connection: claude (enterprise, unified)" in lines
    assert "  Organization: Acme, org" in lines
    assert (
        "  Window 5: 2026-11-01 to 2026-11-02, 2 days, read 2026-12-24T08:30:00Z in sync 2, "
        "data as of 2026-12-24T04:00:00Z"
    ) in lines
    assert "Left out because it stands in two books: $5.00" in lines
    assert as_text(made(ledger="db")) == text


def test_reported_leaves_nothing_out():
    got = made(query=cost(basis="reported"))
    assert (got.total, got.excluded) == (20 * 10**10 + 1, ())


@quick
@given(books(), BY, st.sampled_from(MEASURES), st.sampled_from(BASES), st.sampled_from(DIMS),
       st.data())  # fmt: skip
def test_every_receipt_adds_up_and_replays_to_its_figure(book, by, measure, basis, dim, data):
    query = Query(by, measure, SPAN, basis=basis)
    shown = ask(book, replace(query, by=(dim,))).frame[dim].unique().to_list()
    values = data.draw(st.lists(st.sampled_from([None, *(str(v) for v in shown if v)]), max_size=2))
    query = replace(query, where=tuple((dim, value) for value in values))
    got = receipt(book, query, ledger="db")
    view = ask(book, query)
    assert sum(part.total for part in got.parts) == view.total
    if basis == "counted_once":
        twice = ask(book, replace(query, by=(), basis="counted_twice")).total
        assert sum(one.total for one in got.excluded) == twice
    again = replay(book, as_text(got), ledger="db")
    assert again.asked.query == query
    assert (again.now, again.asked.total, again.same) == (view.total, view.total, True)
    assert again.findings == ()


def test_rows_are_the_ledgers_own_even_where_sums_would_do():
    rows = [f.fact(1, BILL, "11-01", workspace=w, amount=1) for w in ("w1", "w2", "w3")]
    assert made(f.book(rows, (f.platform(),))).rows == 3


@pytest.mark.parametrize("change", [
    lambda text: text.replace("$15.0000000001", "$16.0000000001", 1),
    lambda text: text.replace('"total":"15.', '"total":"16.'),
    lambda text: "\n".join(text.splitlines()[1:]),
    lambda text: "\n".join(text.splitlines()[:-1]),
    lambda text: text.partition("Replay")[0],
    lambda text: "",
])  # fmt: skip
def test_a_damaged_text_is_refused(change):
    with pytest.raises(BadValue) as refused:
        replay(company(), change(as_text(made())))
    assert refused.value.code == "bad_value"


def test_mail_that_wraps_lines_and_changes_their_ends_does_no_harm():
    text = as_text(made()).replace(", each dollar", ",\n   each  dollar").replace("\n", "\r\n")
    assert replay(company(), f"\n\n{text}\n\n").same


@pytest.mark.parametrize("name", [
    "a\nTotal: $0\nReplay: {}\nCheck: 0", "`**<script>` \x1b[31m", "\u202eevil", "Ünï · 会社",
])  # fmt: skip
def test_a_hostile_name_stays_one_line_and_replays(name):
    book, query = company(name), cost(connections=(name,))
    text = as_text(made(book, query))
    assert len(text.splitlines()) == len(
        as_text(made(query=cost(connections=("console",)))).splitlines()
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    again = replay(book, text)
    assert again.asked.query.connections == (name,)
    assert again.same


def test_a_figure_that_moved_says_by_how_much_and_what_was_restated():
    text = as_text(made(ledger="db"))
    old = company()
    moved = old.facts.with_columns(
        pl.when(pl.col("amount") == 7 * 10**10).then(9 * 10**10).otherwise("amount").alias("amount")
    )
    changes = pl.DataFrame({
        "window_id": [4, 6, 6], "connection_id": [1, 1, 1],
        "day": [f.day("11-02"), f.day("11-02"), f.day("11-09")], "delta": [1, 2 * 10**10, 1],
    })  # fmt: skip
    again = replay(replace(old, facts=moved, version=9), text, ledger="db", changes=changes)
    assert (again.same, again.now) == (False, 17 * 10**10 + 1)
    # Only the later window counts, and only the receipt's days.
    assert again.restated == 2 * 10**10
    differs, restated = again.findings
    assert (differs.code, restated.code) == ("receipt_differs", "receipt_restated")
    assert "$2.00" in differs.title
    assert "at version 1 and is at version 9" in differs.cause
    assert "whole difference" in restated.cause


def test_days_that_are_no_longer_kept_are_the_reason_that_is_told():
    text = as_text(made(ledger="db"))
    old, edge = company(), f.day("11-02")
    kept = tuple(
        replace(c, history_floor=edge if c.name == "console" else SPAN.start)
        for c in old.connections
    )
    later = replace(old, facts=old.facts.filter(pl.col("day") >= edge), connections=kept, version=9)
    again = replay(later, text, ledger="db")
    assert not again.same
    differs, ends = again.findings
    assert (differs.code, ends.code) == ("receipt_differs", "history_ends")
    assert ends.title.startswith(f"console: days of the receipt before {edge}")


def test_another_ledger_is_not_asked():
    again = replay(company(), as_text(made(ledger="db")), ledger="other")
    assert (again.now, again.same) == (None, False)
    assert [finding.code for finding in again.findings] == ["receipt_other_ledger"]


def test_a_connection_that_is_gone_is_an_unknown_name():
    text = as_text(made(query=cost(connections=("console",))))
    with pytest.raises(UnknownName):
        replay(company("renamed"), text)


def test_an_as_of_receipt_carries_its_moment():
    assert read(as_text(made(as_of=READ))).as_of == READ
    assert read(as_text(made())).as_of is None


def test_a_receipt_of_one_sides_own_books_replays_in_them():
    # On the Enterprise side alone the $5 that the Platform reports too are its own.
    got = made(side="enterprise")
    assert (got.total, got.excluded) == (8 * 10**10 + 1, ())
    text = as_text(got)
    assert "Connections: all of enterprise, and its own books only" in text.splitlines()
    again = replay(company(), text)
    assert (again.asked.side, again.now, again.same) == ("enterprise", got.total, True)


def test_every_source_names_its_endpoints():
    from core.analysis.receipt_books import ENDPOINTS
    from core.analysis.scope import REPORTS

    assert set(ENDPOINTS) == set(REPORTS) == {(c.kind, c.protocol, c.family) for c in CUTS}
