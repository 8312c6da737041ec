"""Tokens by type, the cache's share, and people's work with its cost."""

from fractions import Fraction

import factory as f
import polars as pl
import pytest

from core.analysis.activity import (
    METRICS,
    CacheShare,
    Count,
    cache_share,
    code_by_day,
    counted,
    people,
    share,
    tokens_by_type,
)  # fmt: skip
from core.errors import UnknownName
from core.ledger.names import NameRow

E_WHO = "enterprise/unified/cost/who"
E_USAGE = "enterprise/unified/usage/who"
BILL = "platform/reports/cost/bill"
NOV = f.span("11-01", "12-01")


def done(*rows):
    """(connection, day, actor, surface, metric, value)"""
    return pl.DataFrame(
        [(c, f.day(d), a, s, "", m, v) for c, d, a, s, m, v in rows],
        schema={
            "connection_id": pl.Int64, "day": pl.Date, "actor": pl.String, "surface": pl.String,
            "detail": pl.String, "metric": pl.String, "value": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


@pytest.fixture
def usage():
    kinds = {
        "uncached_input_tokens": 100, "cache_read_input_tokens": 600, "output_tokens": 50,
        "cache_creation.ephemeral_5m_input_tokens": 200,
        "cache_creation.ephemeral_1h_input_tokens": 60,
    }  # fmt: skip
    rows = [f.fact(2, E_USAGE, "11-01", user="u", token_type=k, tokens=n) for k, n in kinds.items()]
    rows.append(f.rest(2, E_USAGE, "11-02", token_type="cache_read_input_tokens", tokens=40))
    return f.book(rows, [f.enterprise()])


def test_the_cache_share_is_exact_and_leaves_output_out(usage):
    got = cache_share(usage, NOV)
    assert got == CacheShare(640, 1000)
    assert got.fraction == Fraction(16, 25)
    assert cache_share(usage, f.span("11-05", "11-06")).fraction is None
    assert share(1, 3) == Fraction(1, 3)
    assert share(0, 0) is None


def test_tokens_by_type_and_day(usage):
    frame = tokens_by_type(usage, NOV).frame
    assert frame["value"].sum() == 1050
    assert frame.filter(frame["day"] == f.day("11-02")).select("token_type", "value").rows() == [
        ("cache_read_input_tokens", 40)
    ]
    assert tokens_by_type(usage, NOV, grain="month").frame.height == 5


@pytest.fixture
def team():
    return f.book(
        [
            f.fact(2, E_WHO, "11-01", user="user_a", product="chat", amount=500),
            f.fact(2, E_WHO, "11-01", user="user_q", product="chat", amount=900),
            f.fact(2, E_WHO, "11-01", product="other", amount=77),
            f.fact(1, BILL, "11-01", workspace="w1", amount=1000),
        ],
        [f.platform(), f.enterprise()],
        names=[
            (2, "user", NameRow("user_a", "Ada", "ada@x.com")),
            (1, "user", NameRow("user_p", "Pat", "Pat@x.com")),
        ],
        activity=done(
            (2, "11-01", "user_a", "claude_code", "sessions", 2),
            (2, "11-02", "user_a", "claude_code", "sessions", 3),
            (2, "11-02", "user_a", "claude_code", "lines_added", 10),
            (2, "11-02", "user_a", "chat", "message_count", 4),
            (2, "11-02", "user_a", "cowork", "message_count", 5),
            (2, "11-02", "user_a", "cowork", "sessions", 1000),
            (2, "10-31", "user_a", "chat", "message_count", 99),
            (2, "11-02", "user_gone", "chat", "message_count", 1),
            (1, "11-01", "PAT@x.com", "claude_code", "accepted", 3),
            (1, "11-01", "pat@x.com", "claude_code", "rejected", 1),
            (1, "11-01", "ci-key", "claude_code", "commits", 8),
        ),
    )


def test_people_with_their_work_and_their_cost(team):
    got = people(team, NOV)
    assert got.frame.columns == ["user", "user_name", "cost", *METRICS]
    shown = got.frame.select(
        "user", "user_name", "cost", "sessions", "lines_added", "commits", "accepted", "rejected",
        "messages",
    )  # fmt: skip
    assert shown.rows() == [
        ("user_q", None, 900, None, None, None, None, None, None),
        ("user_a", "Ada", 500, 5, 10, None, None, None, 9),
        ("user_gone", None, None, None, None, None, None, None, 1),
        ("user_p", "Pat", None, None, None, None, 3, 1, None),
        (None, "ci-key", None, None, None, 8, None, None, None),
    ]
    (finding,) = got.findings
    assert finding.title == "The Admin API's cost report does not say which user."


def test_people_of_one_connection(team):
    assert people(team, NOV, connections=("console",)).frame["user_name"].to_list() == [
        "Pat", "ci-key",
    ]  # fmt: skip


def test_a_ledger_without_activity_still_knows_costs():
    book = f.book([f.fact(2, E_WHO, "11-01", user="u", amount=1)], [f.enterprise()])
    assert people(book, NOV).frame.select("user", "cost", "sessions").rows() == [("u", 1, None)]
    assert code_by_day(book, NOV).is_empty()


def test_claude_code_by_day(team):
    frame = code_by_day(team, NOV)
    assert frame.select("day", "sessions", "commits", "accepted").rows() == [
        (f.day("11-01"), 2, 8, 3), (f.day("11-02"), 3, None, None),
    ]  # fmt: skip


def test_a_count_is_the_sum_that_the_people_show(team):
    frame = people(team, NOV).frame
    for metric in METRICS:
        assert counted(team, Count(metric, NOV))["value"].sum() == frame[metric].sum()
        for person in frame.rows(named=True):
            who = (person["user"], person["user_name"])
            rows = counted(team, Count(metric, NOV, person=who))
            assert rows["value"].sum() == (person[metric] or 0)
    assert counted(team, Count("messages", NOV, ("console",))).is_empty()


def test_an_unknown_metric_is_refused_with_the_known_ones():
    with pytest.raises(UnknownName, match="keystrokes"):
        Count("keystrokes", NOV)
