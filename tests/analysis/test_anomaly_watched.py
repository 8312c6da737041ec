"""Which series are watched, what drove an anomaly, and which are one and the same cause."""

from datetime import UTC, date, datetime, timedelta

import factory as f
import polars as pl
import pytest
import worlds
from hypothesis import given, settings

from core.analysis.anomalies import told
from core.analysis.anomalies.detect import detect
from core.analysis.anomalies.driver import OTHERS, driver
from core.analysis.anomalies.events import Day, Event
from core.analysis.anomalies.keeping import anomaly_of
from core.analysis.anomalies.revisions import Revisions
from core.analysis.anomalies.watched import Series, watched
from core.analysis.explore import ask
from core.analysis.query import Query
from core.ledger.anomalies import AnomalyRow
from core.ledger.cuts import DEFAULT_WORKSPACE

USD = 10**10
FIRST = date(2026, 8, 3)
KEY = "platform/unified/cost/key"
WHO = "platform/unified/cost/who"
TOKENS = "platform/unified/usage/key"
SEATS = "enterprise/unified/cost/who"
TODAY = date(2026, 10, 2)
DAYS = 60


def on(n):
    return (FIRST + timedelta(days=n)).isoformat()


def key_rows(name, costs, workspace="w1", model="opus", price=1000):
    """Cost in dollars by day, and `price` tokens a dollar."""
    dims = {"workspace": workspace, "api_key": name, "model": model,
            "token_type": "output_tokens", "operation": "output"}  # fmt: skip
    for n, dollars in enumerate(costs):
        if dollars:
            yield f.fact(1, KEY, on(n), amount=dollars * USD, **dims)
            yield f.fact(1, TOKENS, on(n), tokens=dollars * price, **dims)


def find(book, **more):
    return detect(book, TODAY, {}, lambda *_: 0, model=lambda past: past[-7], **more)


def names(seen):
    return [(s.dimension, s.name) for s in seen.series]


def test_the_organisation_comes_first_and_what_is_the_same_is_watched_once():
    rows = [*key_rows("k1", [100] * DAYS), *key_rows("k2", [50] * DAYS, "w2")]
    seen = watched(f.book(rows, [f.platform()]), TODAY, 400)
    # The keys are all of their workspaces; all of the model is all of the organisation.
    assert names(seen) == [("", ""), ("workspace", "w1"), ("workspace", "w2")]
    assert seen.left_out == {("api_key", "same"): 2, ("model", "same"): 1}
    assert seen.series[0].values == (150 * USD,) * DAYS
    assert (seen.series[0].first, seen.series[0].spent) == (FIRST, 150 * 30 * USD)


def test_too_few_days_and_no_recent_cost_are_left_out():
    rows = [*key_rows("k1", [100] * DAYS), *key_rows("k2", [7, 0, 0] * 20),
            *key_rows("k3", [5] * 20)]  # fmt: skip
    seen = watched(f.book(rows, [f.platform()]), TODAY, 400)
    assert ("api_key", "k1") in names(seen)
    assert seen.left_out["api_key", "sparse"] == 1
    assert seen.left_out["api_key", "quiet"] == 1


def test_only_the_largest_of_a_dimension_are_watched_and_the_rest_counted():
    rows = [r for n in range(23) for r in key_rows(f"k{n:02}", [10 + n] * DAYS)]
    found = find(f.book(rows, [f.platform()]))
    keys = [r.series.name for r in found.records if r.series.dimension == "api_key"]
    assert keys == [f"k{n:02}" for n in range(22, 2, -1)]
    (said,) = found.findings
    assert "beyond the largest: 3 of API key" in said.cause
    assert said.title == "21 series are watched for anomalies; others are not."


def test_the_default_workspace_has_a_name_to_ask_by():
    rows = [*key_rows("k1", [100] * DAYS, DEFAULT_WORKSPACE), *key_rows("k2", [50] * DAYS)]
    seen = watched(f.book(rows, [f.platform()]), TODAY, 400)
    mine = next(s for s in seen.series if s.name == DEFAULT_WORKSPACE)
    assert (mine.label, mine.values[0]) == ("Default", 100 * USD)


def test_a_series_begins_where_all_its_connections_do_and_ends_where_the_first_one_does():
    seats = [f.fact(2, SEATS, on(n), amount=10 * USD, product="chat", user="u1")
             for n in range(20, DAYS)]  # fmt: skip
    rows = [*key_rows("k1", [100] * DAYS), *seats]
    states = [
        s for s in f.implied(rows) if not (s["connection_id"] == 2 and s["day"] >= f.day(on(58)))
    ]
    book = f.book(rows, [f.platform(), f.enterprise()], states)
    whole, chat = (next(s for s in watched(book, TODAY, 400).series if s.dimension == dim)
                   for dim in ("", "product"))  # fmt: skip
    assert (whole.first, len(whole.values)) == (FIRST + timedelta(days=20), 38)
    assert set(whole.values) == {110 * USD}
    assert chat.connections == (2,)
    # A connection that was taken away has ended; what it does not tell any more is no gap.
    gone = f.book(rows, [f.platform(), f.enterprise(state="disconnected")], states)
    assert len(watched(gone, TODAY, 400).series[0].values) == 40


def test_a_day_that_is_not_read_in_full_is_not_known():
    rows = list(key_rows("k1", [100] * DAYS))
    early = datetime(2026, 9, 10, 6, tzinfo=UTC)
    states = [s | ({"fetched_at": early} if s["day"] == date(2026, 9, 10) else {})
              for s in f.implied(rows)]  # fmt: skip
    (whole,) = watched(f.book(rows, [f.platform()], states), TODAY, 400).series
    assert [n for n, v in enumerate(whole.values) if v is None] == [38]


def test_a_report_that_does_not_say_how_far_it_goes_is_given_six_hours():
    rows = list(key_rows("k1", [100] * DAYS))
    last = f.day(on(DAYS - 1)) + timedelta(days=1)
    midnight = datetime(last.year, last.month, last.day, tzinfo=UTC)
    for hours, said, days in ((5, False, 59), (6, False, 60), (1, True, 60)):
        at = midnight + timedelta(hours=hours)
        new = {"fetched_at": at, "data_refreshed_at": at if said else None}
        states = [
            s | (new if s["day"] == last - timedelta(days=1) else {}) for s in f.implied(rows)
        ]
        (whole,) = watched(f.book(rows, [f.platform()], states), TODAY, 400).series
        assert len(whole.values) == days


def test_people_are_watched_without_a_rhythm():
    rows = [f.fact(2, SEATS, on(n), amount=(2 + 300 * (n == 55)) * USD, product="chat", user="u1")
            for n in range(DAYS)]  # fmt: skip
    found = find(f.book(rows, [f.enterprise()]))
    person = next(r for r in found.records if r.series.dimension == "user")
    assert person.method == "ceiling"
    mine = [e for e in found.events if e.series.dimension == "user"]
    assert [(e.first, e.impact) for e in mine] == [(FIRST + timedelta(days=55), 300 * USD)]


def test_nothing_to_watch():
    assert find(f.book([], [f.platform()])).findings == ()


# ── what drove it ────────────────────────────────────────────────────────────────────────────


def event(values, dimension="", name="", expected=None, connections=(1,)):
    last = len(values) - 1
    units = tuple(v * USD for v in values)
    series = Series(dimension, name, name, FIRST, units, connections)
    before = values[0] if expected is None else expected
    return Event(series, FIRST + timedelta(days=last), (Day(FIRST + timedelta(days=last),
                 units[-1], before * USD),))  # fmt: skip


def spike(n=45):
    """Two keys of $100 and $50 a day; on the last day the first costs $400."""
    rows = [*key_rows("k1", [100] * n + [400]), *key_rows("k2", [50] * (n + 1), "w2", "haiku", 100)]
    return f.book(rows, [f.platform()]), event([150] * n + [450])


def test_the_children_sum_to_the_impact_and_name_the_key():
    book, what = spike()
    body = driver(book, what)
    assert body["children"]["api_key"] == [
        ["k1", "k1", 100 * USD, 400 * USD], ["k2", "k2", 50 * USD, 50 * USD],
    ]  # fmt: skip
    assert set(body["children"]) == {"api_key", "model", "workspace"}
    assert body["cells"] == [
        ["opus", "output_tokens", 100 * USD, 400 * USD],
        ["haiku", "output_tokens", 50 * USD, 50 * USD],
    ]
    # 105,000 tokens at 150 dollars were expected; it was 405,000: 300,000 more at 1/700 each.
    volume = round(150 * USD * 300_000 / 105_000)
    assert body["split"] == {"volume": volume, "mix": 300 * USD - volume, "price": 0,
                             "untokened": 0}  # fmt: skip
    row = anomaly_of(what, body)
    assert [(c.dimension, c.name) for c in told.culprits(row)] == [
        ("api_key", "k1"), ("model", "opus"), ("workspace", "w1"),
    ]  # fmt: skip
    assert {sum(c.impact for c in part) for part in told.children(row).values()} == {row.impact}
    assert sum(told.parts(row).values()) == row.impact


def test_a_key_says_more_than_a_workspace_of_about_its_part():
    what = AnomalyRow("", "", FIRST, FIRST, "over", "found", "", 0, 100, body={"children": {
        "api_key": [["k1", "robot", 0, 85], ["k2", "other", 0, 15]],
        "user": [["", "not attributed", 0, 60], ["u1", "Ana", 0, 40]],
        "model": [["opus", "opus", 0, 30]],
        "product": [["chat", "chat", 0, 50]],
        "workspace": [["w1", "Web", 0, 100]],
    }})  # fmt: skip
    # Nobody named has most of the users' part, and 30 is less than a third.
    assert [c.label for c in told.culprits(what)] == ["robot", "Web", "chat"]


def test_what_was_expected_otherwise_than_before_is_shared_as_before():
    book, what = spike()
    grown = Event(what.series, what.first, (Day(what.first, 450 * USD, 300 * USD),))
    body = driver(book, grown)
    assert [row[2] // USD for row in body["children"]["api_key"]] == [200, 100]


def test_a_series_is_asked_about_alone():
    book, _ = spike()
    what = event([100] * 45 + [400], "workspace", "w1")
    body = driver(book, what)
    assert body["split"]["volume"] == 300 * USD
    assert "workspace" not in body["children"]
    assert body["children"]["api_key"] == [["k1", "k1", 100 * USD, 400 * USD]]


def test_more_than_five_are_told_as_one():
    rows = [r for n in range(8) for r in key_rows(f"k{n}", [10] * 45 + [10 + n])]
    book = f.book(rows, [f.platform()])
    children = driver(book, event([80] * 45 + [108]))["children"]["api_key"]
    assert [row[0] for row in children] == ["k7", "k6", "k5", "k4", "k3", OTHERS]
    assert children[-1][1:] == ["3 others", 30 * USD, 33 * USD]


def test_cost_that_another_report_leaves_open_is_a_line_too():
    rows = [f.fact(1, KEY, on(n), amount=100 * USD, api_key="k1", model="opus") for n in range(46)]
    rows += [f.fact(1, WHO, on(n), amount=60 * USD, api_key="k1", product="messages_api",
                    model="opus") for n in range(46)]  # fmt: skip
    rows += [f.rest(1, WHO, on(n), amount=40 * USD) for n in range(46)]
    body = driver(f.book(rows, [f.platform()]), event([100] * 46, "api_key", "k1", 50))
    assert sum(row[3] - row[2] for row in body["children"]["product"]) == 50 * USD
    assert body["split"] == {"volume": 0, "mix": 0, "price": 0, "untokened": 50 * USD}


def test_where_nothing_was_before_all_of_it_has_no_name():
    rows = list(key_rows("k1", [0] * 45 + [400]))
    body = driver(f.book(rows, [f.platform()]), event([0] * 45 + [400], expected=7))
    assert body["children"]["api_key"] == [
        ["k1", "k1", 0, 400 * USD], ["", "", 7 * USD, 0],
    ]  # fmt: skip
    assert body["split"]["volume"] + body["split"]["untokened"] == 393 * USD


@settings(max_examples=20, deadline=None)
@given(worlds.books())
def test_every_table_of_an_anomaly_sums_to_it_whatever_the_reports_know(book):
    days = ask(book, Query(("day",), "cost", worlds.SPAN)).frame
    for day, value in days.select("day", "value").iter_rows():
        for expected in (0, value // 3):
            series = Series("", "", "", worlds.DAYS[0], (), tuple(c.id for c in book.connections))
            event = Event(series, day, (Day(day, value, expected),))
            body = driver(book, event)
            tables = [*body["children"].values(), body["cells"]]
            assert sum(body["split"].values()) == event.impact
            for table in tables:
                assert sum(row[2] for row in table) == expected
                assert sum(row[3] - row[2] for row in table) == event.impact


# ── one cause, told once ─────────────────────────────────────────────────────────────────────


def test_one_cause_in_many_series_is_one_anomaly():
    rows = [*key_rows("k1", [100] * 55 + [400] + [100] * 4), *key_rows("k2", [50] * DAYS, "w2"),
            *key_rows("k3", [30] * DAYS, "w1")]  # fmt: skip
    book = f.book(rows, [f.platform()])
    found = find(book)
    rows = told.grouped([anomaly_of(e, driver(book, e)) for e in found.events])
    by = {(r.dimension, r.name): r for r in rows}
    assert set(by) == {("", ""), ("workspace", "w1"), ("api_key", "k1")}
    root = by["", ""]
    assert root.part_of is None
    assert {r.part_of for r in rows if r is not root} == {root.key}
    assert len(told.along(root, rows)) == 2
    # Without the organisation's, the broader of two equal ones tells the other.
    rest = told.grouped([r for r in rows if r is not root])
    space = next(r for r in rest if r.dimension == "workspace")
    assert [(r.dimension, r.part_of) for r in rest if r is not space] == [("api_key", space.key)]
    assert space.part_of is None


# ── whose money a restatement was ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("dimension", "name", "expected"),
    [("", "", 9), ("workspace", "w1", 5), ("workspace", "w2", 4), ("product", "chat", 9)],
)
def test_a_restatement_is_told_by_whose_money_it_was(dimension, name, expected):
    changes = pl.DataFrame(
        {
            "day": [FIRST] * 3, "connection_id": [1, 1, 2], "cut": [KEY, KEY, SEATS],
            "workspace": ["w1", "w2", ""], "product": ["", "", "chat"], "delta": [5, 4, 70],
        }
    )  # fmt: skip
    series = Series(dimension, name, name, FIRST, (), (1,))
    revised = Revisions(changes)
    assert revised(series, FIRST) == expected
    assert revised(series, FIRST + timedelta(days=1)) == 0
    assert Revisions(pl.DataFrame())(series, FIRST) == 0
