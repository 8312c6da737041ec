"""Whatever is asked of whatever ledger, the parts sum to the total, to the last digit."""

from dataclasses import replace
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAYS, SPAN, books

from core.analysis.compare import before, compare
from core.analysis.explore import BASES, DIMS, MEASURES, Query, ask
from core.analysis.overlap import classify, totals
from core.analysis.query import TIMES
from core.analysis.top import top
from core.calendar import Span
from core.ledger import cubes

BY = st.lists(st.sampled_from(DIMS), unique=True, max_size=3).map(tuple)
MEASURE = st.sampled_from(MEASURES)
BASIS = st.sampled_from(BASES)

quick = settings(max_examples=30, deadline=None)


def primary(book, query):
    """The reported total, added up without any of the code under test."""
    first = {"bill", "key", "who"}
    seen, total = {}, 0
    for row in book.facts.rows(named=True):
        title = row["cut"].rpartition("/")[2]
        kind, protocol, family, _ = row["cut"].split("/")
        if family != query.family or title not in first:
            continue
        chosen = {
            ("platform", "reports", "cost"): "bill",
            ("enterprise", "unified", family): "who",
            ("enterprise", "reports", family): "who",
        }.get((kind, protocol, family), "key")
        if title == chosen and row["day"] in query.span:
            seen[row["connection_id"]] = seen.get(row["connection_id"], 0) + 1
            total += row[query.column] or 0
    return total


@quick
@given(books(), BY, MEASURE, BASIS)
def test_every_division_sums_to_the_same_total(book, by, measure, basis):
    view = ask(book, Query(by, measure, SPAN, basis=basis))
    assert view.frame["value"].sum() == view.total
    assert view.total == ask(book, Query((), measure, SPAN, basis=basis)).total
    if basis == "reported":
        assert view.total == primary(book, view.query)


@quick
@given(books(), st.sampled_from(DIMS), MEASURE, BASIS)
def test_the_values_of_a_dimension_and_null_partition_the_total(book, dim, measure, basis):
    view = ask(book, Query((dim,), measure, SPAN, basis=basis))
    shown = [str(value) for value in view.frame[dim].unique().to_list() if value is not None]
    values = [None, *shown]
    parts = [ask(book, replace(view.query, where=((dim, value),))).total for value in values]
    assert sum(parts) == view.total
    together = tuple((dim, value) for value in values)
    assert ask(book, replace(view.query, where=together)).total == view.total


@quick
@given(books(), BY, MEASURE)
def test_platform_and_enterprise_less_what_is_counted_twice_is_counted_once(book, by, measure):
    got = totals(book, Query(by, measure, SPAN))
    assert got.platform + got.enterprise - got.counted_twice == got.counted_once


@quick
@given(books(attributed=True), BY, MEASURE, st.sampled_from(DIMS), st.data())
def test_the_identity_holds_under_any_filter_and_in_every_row(book, by, measure, dim, data):
    reported = Query(by, measure, SPAN, basis="reported")
    shown = ask(book, replace(reported, by=(dim,))).frame[dim].unique().to_list()
    value = data.draw(st.sampled_from([None, *(str(v) for v in shown if v is not None)]))
    reported = replace(reported, where=((dim, value),))
    bases = {b: rows(ask(book, replace(reported, basis=b))) for b in BASES}
    for key, amount in bases["reported"].items():
        once, twice = bases["counted_once"].get(key, 0), bases["counted_twice"].get(key, 0)
        assert amount - twice == once
    got = totals(book, reported)
    assert got.platform + got.enterprise - got.counted_twice == got.counted_once


def rows(view):
    return {row[:-2] + row[-1:]: row[-2] for row in view.frame.rows()}


@quick
@given(books(attributed=True), st.sampled_from(DIMS), BY, BASIS)
def test_a_filtered_total_does_not_depend_on_the_division(book, dim, by, basis):
    query = Query((dim,), "cost", SPAN, basis=basis)
    for value in ask(book, query).frame[dim].drop_nulls().unique().to_list()[:2]:
        where = ((dim, str(value)),)
        whole = ask(book, replace(query, by=(), where=where)).total
        assert ask(book, replace(query, by=by, where=where)).total == whole


@quick
@given(books(), BY, MEASURE, BASIS)
def test_cubes_answer_as_the_facts_do(book, by, measure, basis):
    with patch.object(cubes, "MANY", 0), patch.object(cubes, "WORTH", 9):
        quicker = replace(book, cubes=cubes.build(book.facts))
    query = Query(by, measure, SPAN, basis=basis)
    plain, cubed = ask(book, query), ask(quicker, query)
    assert cubed.frame.equals(plain.frame)
    assert [f.code for f in cubed.findings] == [f.code for f in plain.findings]


@quick
@given(books(), MEASURE)
def test_the_classes_hold_every_reported_row_once(book, measure):
    query = Query((), measure, SPAN)
    frame, got = classify(book, query), totals(book, query)
    if frame.is_empty():
        assert got.counted_once == 0
        return
    assert frame["value"].sum() == got.platform + got.enterprise
    assert frame.filter("counted")["value"].sum() == got.counted_once
    assert frame.filter(~frame["counted"])["class"].unique().to_list() in ([], ["both"])


TELLING = {
    "platform": ("/bill", "/key"),
    "enterprise": ("unified/cost/who", "unified/usage/who"),
}
"""The cuts whose workspaces count as mentioned: the primary ones, where nothing is left out."""


@quick
@given(books(words=False), BASIS)
def test_what_is_excluded_is_what_the_rules_say(book, basis):
    """The rules once more, row by row in plain Python."""
    held = {c.id: {r["day"] for r in book.days.rows(named=True)
                   if (r["connection_id"], r["family"], r["present"]) == (c.id, "cost", True)}
            for c in book.connections}  # fmt: skip
    seen = {c.id: {r["workspace"] for r in book.facts.rows(named=True)
                   if r["connection_id"] == c.id and r["workspace"].startswith("w")
                   and r["cut"].endswith(TELLING[c.kind])} for c in book.connections}  # fmt: skip
    rank = sorted(book.connections, key=lambda c: (c.state == "disconnected", c.id))
    total = 0
    for row in book.facts.rows(named=True):
        mine = next(c for c in book.connections if c.id == row["connection_id"])
        if row["cut"] not in {
            "platform/reports/cost/bill",
            "platform/unified/cost/key",
            "enterprise/unified/cost/who",
            "enterprise/reports/cost/who",
        }:
            continue  # fmt: skip
        twice = any(
            other.kind == mine.kind and other.organization_id == mine.organization_id != ""
            and row["day"] in held[other.id] for other in rank[: rank.index(mine)]
        )  # fmt: skip
        for other in book.connections:
            if mine.kind == "enterprise" and other.kind == "platform":
                same = other.organization_id == mine.organization_id != ""
                real = row["workspace"].startswith("w")
                shared = row["workspace"] in seen[other.id] if not same else real
                shared |= same and row["product"] == "messages_api"
                twice |= shared and row["day"] in held[other.id]
        wanted = {"reported": True, "counted_once": not twice, "counted_twice": twice}[basis]
        total += row["amount"] if wanted else 0
    assert ask(book, Query((), "cost", SPAN, basis=basis)).total == total


@quick
@given(books(), BY, st.integers(0, 4), st.data())
def test_top_and_other_sum_to_the_total(book, by, n, data):
    view = ask(book, Query(by, "cost", SPAN))
    for dim in by:
        if dim in TIMES:
            continue
        short = top(view, dim, n)
        assert short.frame["value"].sum() == short.total == view.total
        assert short.frame.columns == view.frame.columns
        others = [d for d in by if d != dim]
        if others:
            assert (short.frame.group_by(others).agg("value").height
                    == view.frame.group_by(others).agg("value").height)  # fmt: skip
        kept = short.frame.filter(short.frame["line"].ne_missing("other"))
        assert kept.join(view.frame, on=kept.columns, nulls_equal=True).height == kept.height


@quick
@given(books(), BY, st.integers(0, 2), st.integers(1, 3))
def test_two_periods_side_by_side_sum_to_both_totals(book, by, start, length):
    span = Span(DAYS[start], min(SPAN.end, DAYS[start] + length * (DAYS[1] - DAYS[0])))
    got = compare(book, Query(by, "cost", span))
    assert got.earlier.query.span == before(span)
    assert got.frame["value"].sum() == got.now.total
    assert got.frame["before"].sum() == got.earlier.total
    assert got.frame["change"].sum() == got.change
    both = Span(before(span).start, span.end)
    assert ask(book, Query((), "cost", both)).total == got.now.total + got.earlier.total
