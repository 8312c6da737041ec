"""A row of a view asked by itself: the same figure, or nothing."""

import factory as f
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SPAN, books

from core.analysis.explore import ask
from core.analysis.one_row import question_of, question_of_line
from core.analysis.overlap_lines import overlap
from core.analysis.query import BASES, DIMS, MEASURES, Query, View
from core.calendar import Span
from core.ledger.cuts import NO_KEY, NOT_ATTRIBUTED

KEY = "platform/unified/cost/key"
WHO = "enterprise/unified/cost/who"


def _book():
    rows = [
        f.fact(1, KEY, "11-02", workspace="w1", api_key="k1", amount=5),
        f.fact(1, KEY, "11-02", workspace="w1", api_key=NO_KEY, amount=7),
        f.fact(1, KEY, "11-09", workspace="w1", api_key="k1", amount=11),
        f.fact(1, KEY, "11-09", workspace=NOT_ATTRIBUTED, api_key=NOT_ATTRIBUTED, amount=2),
    ]
    return f.book(rows, [f.platform()])


def test_a_row_is_asked_by_its_values() -> None:
    book, query = _book(), Query(("workspace",), "cost", f.span("11-01", "11-30"))
    view = ask(book, query)
    assert view.frame["value"].to_list() == [23, 2]
    first = question_of(book, view, 0)
    assert first == Query((), "cost", query.span, (("workspace", "w1"),))
    assert ask(book, first).total == 23


def test_a_null_is_asked_by_what_it_stands_for() -> None:
    book, query = _book(), Query(("api_key",), "cost", f.span("11-01", "11-30"))
    view = ask(book, query)
    found = {
        (row["value"], row["line"]): question_of(book, view, n)
        for n, row in enumerate(view.frame.rows(named=True))
    }
    assert found[7, None].where == (("api_key", NO_KEY),)
    assert found[2, "not attributed"].where == (("api_key", NOT_ATTRIBUTED),)


def test_a_week_is_asked_by_its_days_within_the_view() -> None:
    book, query = _book(), Query(("week",), "cost", f.span("11-03", "11-12"))
    view = ask(book, query)
    asked = [question_of(book, view, n) for n in range(view.frame.height)]
    assert asked[-1].span == Span(f.day("11-09"), f.day("11-12"))
    assert ask(book, asked[-1]).total == 13


def test_a_filter_on_the_same_dimension_gives_way_to_the_row() -> None:
    book = _book()
    where = (("api_key", "k1"), ("api_key", None), ("workspace", "w1"))
    view = ask(book, Query(("api_key",), "cost", f.span("11-01", "11-30"), where))
    asked = question_of(book, view, 0)
    assert asked.where == (("workspace", "w1"), ("api_key", "k1"))
    assert ask(book, asked).total == view.frame["value"][0] == 16


def test_what_no_filter_can_say_has_no_question() -> None:
    frame = pl.DataFrame({"team": ["g1"], "team_name": ["Team"], "value": [25], "line": [None]})
    view = View(Query(("team",), "cost", SPAN), frame, 25)
    assert question_of(_book(), view, 0) is None


@settings(max_examples=25, deadline=None)
@given(
    books(),
    st.lists(st.sampled_from(DIMS), unique=True, min_size=1, max_size=2).map(tuple),
    st.sampled_from(MEASURES),
    st.sampled_from(BASES),
)
def test_every_rows_question_has_the_rows_figure(book, by, measure, basis) -> None:
    view = ask(book, Query(by, measure, SPAN, basis=basis))
    asked = [question_of(book, view, n) for n in range(view.frame.height)]
    totals = [None if q is None else ask(book, q).total for q in asked]
    values = view.frame["value"].to_list()
    assert [t for t in totals if t is not None] == [
        v for v, t in zip(values, totals, strict=True) if t is not None
    ]
    # One dimension's values are told apart by a filter, whatever they are.
    assert len(by) > 1 or None not in asked


@settings(max_examples=25, deadline=None)
@given(books(), st.sampled_from([(), (("workspace", None),)]))
def test_every_lines_question_has_the_lines_figure(book, where) -> None:
    query = Query((), "cost", SPAN, where)
    found = overlap(book, query)
    for line in found.lines.rows(named=True):
        asked = question_of_line(book, found.view.query, line)
        assert asked is None or ask(book, asked).total == line["value"]


def test_both_sides_of_a_proven_pair_have_their_questions() -> None:
    rows = [
        f.fact(1, KEY, "11-02", workspace="w1", api_key="k1", amount=5),
        f.fact(2, WHO, "11-02", workspace="w1", product="messages_api", amount=5),
        f.fact(2, WHO, "11-02", product="chat", user="u1", amount=3),
    ]
    book = f.book(rows, [f.platform(org="org"), f.enterprise(org="org")])
    found = overlap(book, Query((), "cost", f.span("11-01", "11-30")))
    asked = {
        line["class"]: question_of_line(book, found.view.query, line)
        for line in found.lines.rows(named=True)
    }
    assert {name: ask(book, q).total for name, q in asked.items()} == {
        "both": 5,
        "enterprise_only": 3,
    }
    assert asked["enterprise_only"].connections == ("claude",)
