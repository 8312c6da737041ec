"""One question, one exact answer: worked out by hand."""

import factory as f
import polars as pl
import pytest

from core.analysis.explore import Query, ask
from core.errors import AmountRefused, BadValue, UnknownName
from core.ledger.cuts import DEFAULT_WORKSPACE, NO_KEY
from core.ledger.names import NameRow

BILL = "platform/reports/cost/bill"
KEY_USAGE = "platform/reports/usage/key"
WHO_USAGE = "platform/reports/usage/who"
U_KEY = "platform/unified/cost/key"
U_WHO = "platform/unified/cost/who"
E_WHO = "enterprise/unified/cost/who"
R_WHO = "enterprise/reports/cost/who"
R_USAGE = "enterprise/reports/usage/who"

NOV = f.span("11-01", "12-01")
FIRST = f.span("11-01", "11-02")


def rows(view, *columns):
    return view.frame.select(*columns, "value").rows()


@pytest.fixture
def console():
    """Two workspaces and the default one, three days, a completing row."""
    return f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", model="opus", amount=100),
            f.fact(1, BILL, "11-01", workspace="w2", model="opus", amount=30),
            f.fact(1, BILL, "11-02", workspace="w1", model="haiku", amount=7),
            f.fact(1, BILL, "11-02", workspace=DEFAULT_WORKSPACE, model="opus", amount=5),
            f.rest(1, BILL, "11-03", amount=-2),
        ],
        [f.platform()],
        names=[(1, "workspace", NameRow("w1", "Research")), (1, "user", NameRow("w2", "No"))],
    )


def test_a_dimension_divides_the_total_and_names_stand_beside_ids(console):
    view = ask(console, Query(("workspace",), "cost", NOV))
    assert view.frame.columns == ["workspace", "workspace_name", "value", "line"]
    assert view.frame.rows() == [
        ("w1", "Research", 107, None),
        ("w2", None, 30, None),
        (None, "Default", 5, None),
        (None, "not attributed", -2, "not attributed"),
    ]
    assert view.total == 140
    assert view.cuts == (BILL,)


def test_no_dimension_gives_one_row(console):
    view = ask(console, Query((), "cost", NOV))
    assert view.frame.rows() == [(140, None)]


def test_two_dimensions_are_ordered_by_time_and_then_by_size(console):
    view = ask(console, Query(("model", "day"), "cost", NOV))
    assert rows(view, "model", "day") == [
        ("opus", f.day("11-01"), 130),
        ("haiku", f.day("11-02"), 7),
        ("opus", f.day("11-02"), 5),
        (None, f.day("11-03"), -2),
    ]


def test_weeks_begin_on_monday_and_months_on_the_first():
    book = f.book(
        [f.fact(1, BILL, d, amount=n) for d, n in
         (("2026-10-31", 1), ("2026-11-01", 2), ("2026-11-02", 4), ("2026-11-09", 8))],
        [f.platform()],
    )  # fmt: skip
    span = f.span("10-01", "12-01")
    assert rows(ask(book, Query(("week",), "cost", span)), "week") == [
        (f.day("10-26"), 3), (f.day("11-02"), 4), (f.day("11-09"), 8),
    ]  # fmt: skip
    assert rows(ask(book, Query(("month",), "cost", span)), "month") == [
        (f.day("10-01"), 1), (f.day("11-01"), 14),
    ]  # fmt: skip
    assert rows(ask(book, Query(("month", "week"), "cost", span)), "month", "week") == [
        (f.day("10-01"), f.day("10-26"), 1), (f.day("11-01"), f.day("10-26"), 2),
        (f.day("11-01"), f.day("11-02"), 4), (f.day("11-01"), f.day("11-09"), 8),
    ]  # fmt: skip


def test_the_span_leaves_its_end_out(console):
    assert ask(console, Query((), "cost", f.span("11-01", "11-02"))).total == 130
    assert ask(console, Query((), "cost", f.span("11-01", "11-01"))).total == 0


def test_a_filter_has_alternatives_within_a_dimension_and_conditions_across(console):
    both = Query((), "cost", NOV, (("workspace", "w1"), ("workspace", "w2")))
    assert ask(console, both).total == 137
    one = Query((), "cost", NOV, (("workspace", "w1"), ("model", "opus")))
    assert ask(console, one).total == 100


@pytest.mark.parametrize("null", [None, ""])
def test_null_matches_everything_that_is_shown_as_null(console, null):
    assert ask(console, Query((), "cost", NOV, (("workspace", null),))).total == 3


def test_a_name_matches_where_no_id_does(console):
    assert ask(console, Query((), "cost", NOV, (("workspace", "Research"),))).total == 107
    assert ask(console, Query((), "cost", NOV, (("workspace", "Default"),))).total == 5
    assert ask(console, Query((), "cost", NOV, (("workspace", "not attributed"),))).total == -2


def test_times_can_be_filtered(console):
    assert ask(console, Query((), "cost", NOV, (("day", "2026-11-02"),))).total == 12
    assert ask(console, Query((), "cost", NOV, (("week", "2026-10-26"),))).total == 130
    assert ask(console, Query((), "cost", NOV, (("month", "2026-11"),))).total == 140
    assert ask(console, Query((), "cost", NOV, (("month", "2026-10"),))).total == 0
    assert ask(console, Query((), "cost", NOV, (("day", None),))).total == 0


@pytest.mark.parametrize(
    ("dim", "value"), [("day", "yesterday"), ("month", "2026-13"), ("week", "2026-W45")]
)
def test_a_time_that_cannot_be_read_is_refused(console, dim, value):
    with pytest.raises(BadValue):
        ask(console, Query((), "cost", NOV, ((dim, value),)))


def test_words_that_nobody_knows_are_refused_with_those_that_are(console):
    with pytest.raises(UnknownName, match="console"):
        ask(console, Query((), "cost", NOV, connections=("consol",)))
    with pytest.raises(UnknownName, match="opus"):
        ask(console, Query((), "cost", NOV, (("model", "opsu"),)))
    with pytest.raises(UnknownName, match="console"):
        ask(console, Query((), "cost", NOV, (("connection", "x"),)))
    with pytest.raises(UnknownName, match="platform"):
        ask(console, Query((), "cost", NOV, (("source", "bedrock"),)))
    with pytest.raises(UnknownName, match="workspace"):
        Query(("workspaces",), "cost", NOV)
    with pytest.raises(UnknownName, match="list_cost"):
        Query((), "costs", NOV)
    with pytest.raises(UnknownName, match="counted_once"):
        Query((), "cost", NOV, basis="twice")
    with pytest.raises(BadValue):
        Query(("day", "day"), "cost", NOV)
    with pytest.raises(BadValue):
        Query((), "cost", f.span("11-02", "11-01"))


def test_a_period_of_no_days_is_empty_at_any_grain(console):
    view = ask(console, Query(("week", "month", "day"), "cost", f.span("11-01", "11-01")))
    assert (view.total, view.frame.height) == (0, 0)


def test_a_filter_chooses_the_cut_before_a_division():
    """A filter on a dimension that the cut lacks would match nothing."""
    shape = "platform/unified/cost/shape"
    book = f.book(
        [
            f.fact(1, U_KEY, "11-01", api_key="k1", workspace="w1", amount=5),
            f.fact(1, shape, "11-01", speed="fast", workspace="w1", amount=5),
        ],
        [f.platform()],
    )
    view = ask(book, Query(("api_key",), "cost", FIRST, (("speed", "fast"),)))
    assert (view.total, view.cuts) == (5, (shape,))


def test_a_name_in_the_directory_without_figures_is_no_error(console):
    assert ask(console, Query((), "cost", NOV, (("user", "w2"),))).total == 0


def test_a_cut_is_chosen_that_knows_the_dimensions_and_its_rows_are_the_same_money():
    book = f.book(
        [
            f.fact(1, U_KEY, "11-01", api_key="k1", workspace="w1", amount=60),
            f.fact(1, U_KEY, "11-01", api_key=NO_KEY, workspace="w1", amount=40),
            f.fact(1, U_WHO, "11-01", user="u1", api_key="k1", workspace="w1", amount=90),
            f.rest(1, U_WHO, "11-01", amount=10),
        ],
        [f.platform()],
        names=[(1, "user", NameRow("u1", "", "ada@example.com"))],
    )
    keys = ask(book, Query(("api_key",), "cost", NOV))
    assert keys.frame.rows() == [("k1", None, 60, None), (None, "no key", 40, None)]
    assert keys.cuts == (U_KEY,)
    users = ask(book, Query(("user",), "cost", NOV))
    assert users.frame.rows() == [
        ("u1", "ada@example.com", 90, None), (None, "not attributed", 10, "not attributed"),
    ]  # fmt: skip
    assert users.cuts == (U_WHO,)
    assert keys.total == users.total == 100


def test_what_a_report_does_not_say_is_null_by_name_and_a_finding(console):
    view = ask(console, Query(("user",), "cost", f.span("11-01", "11-04")))
    assert view.frame.rows() == [(None, None, 140, "not available")]
    (finding,) = view.findings
    assert finding.code == "dimension_not_available"
    assert finding.severity == "info"
    assert finding.title == "The Admin API's cost report does not say which user."
    assert "console" in finding.cause
    # A filter asks for the dimension as well.
    assert ask(console, Query((), "cost", NOV, (("user", None),))).total == 140
    assert ask(console, Query((), "cost", NOV, (("user", "No"),))).total == 0


def test_dimensions_that_no_single_cut_combines_are_named():
    book = f.book(
        [
            f.fact(1, KEY_USAGE, "11-01", api_key="k", token_type="output_tokens", tokens=5),
            f.fact(1, WHO_USAGE, "11-01", user="u", token_type="output_tokens", tokens=5),
        ],
        [f.platform()],
    )
    view = ask(book, Query(("api_key", "user"), "tokens", NOV))
    assert view.frame.rows() == [("k", None, None, None, 5, "not available")]
    assert view.findings[0].title == (
        "The Admin API's usage report does not combine user with API key."
    )


@pytest.fixture
def two():
    """Both sources, different organizations."""
    return f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", model="opus", amount=100),
            f.fact(2, R_WHO, "11-01", user="u1", product="chat", model="opus",
                   amount=40, list_amount=50),
            f.fact(2, R_WHO, "11-01", product="claude_code", model="opus",
                   amount=6, list_amount=6),
        ],
        [f.platform(organization_name="Acme API"), f.enterprise(organization_name="")],
        names=[(2, "user", NameRow("u1", "Ada"))],
    )  # fmt: skip


def test_sources_are_added_on_the_dimensions_that_they_share(two):
    assert rows(ask(two, Query(("model",), "cost", NOV)), "model") == [("opus", 146)]
    users = ask(two, Query(("user",), "cost", NOV))
    assert users.frame.rows() == [
        (None, None, 100, "not available"),
        ("u1", "Ada", 40, None),
        (None, "not attributed", 6, None),
    ]
    workspaces = ask(two, Query(("workspace",), "cost", NOV))
    assert workspaces.frame.rows() == [
        ("w1", None, 100, None), (None, None, 46, "not available"),
    ]  # fmt: skip
    assert workspaces.total == 146


def test_scopes_divide_and_filter(two):
    scopes = ("source", "connection", "protocol", "organization", "basis")
    view = ask(two, Query(scopes, "cost", NOV))
    assert view.frame.rows() == [
        ("platform", "console", "reports", "org-p", "Acme API", "billed", 100, None),
        ("enterprise", "claude", "reports", "org-e", None, "billed", 46, None),
    ]
    for where, total in (
        (("source", "enterprise"), 46), (("connection", "console"), 100),
        (("organization", "org-p"), 100), (("organization", "Acme API"), 100),
        (("organization", None), 0), (("protocol", "unified"), 0), (("protocol", "reports"), 146),
        (("basis", "billed"), 146), (("basis", "estimated"), 0), (("source", None), 0),
    ):  # fmt: skip
        assert ask(two, Query((), "cost", NOV, (where,))).total == total, where
    assert ask(two, Query((), "cost", NOV, connections=("claude",))).total == 46
    both = (("source", "platform"), ("source", "enterprise"))
    assert ask(two, Query((), "cost", NOV, both)).total == 146


def test_list_cost_is_left_out_where_the_source_does_not_give_it(two):
    view = ask(two, Query(("source",), "list_cost", FIRST))
    assert rows(view, "source") == [("enterprise", 56)]
    (finding,) = view.findings
    assert finding.code == "list_cost_not_available"
    assert "$0.00" in finding.title
    assert "console" in finding.title


def test_requests_that_nobody_counted_are_unknown():
    book = f.book(
        [
            f.fact(1, KEY_USAGE, "11-01", model="opus", token_type="output_tokens", tokens=1234),
            f.fact(2, R_USAGE, "11-01", model="opus", token_type="output_tokens", tokens=9),
            f.fact(2, R_USAGE, "11-01", model="opus", requests=3),
        ],
        [f.platform(), f.enterprise()],
    )
    view = ask(book, Query(("source", "model"), "requests", FIRST))
    assert rows(view, "source", "model") == [("enterprise", "opus", 3)]
    (finding,) = view.findings
    assert finding.code == "requests_not_available"
    assert "1,234 tokens of console" in finding.title
    assert ask(book, Query((), "tokens", NOV)).total == 1243


def test_an_empty_book_answers_nothing():
    book = f.book([], [])
    view = ask(book, Query(("day", "user"), "cost", NOV))
    assert view.frame.is_empty()
    assert view.frame.columns == ["day", "user", "user_name", "value", "line"]
    assert (view.total, view.provisional_from, view.cuts) == (0, None, ())
    assert [finding.code for finding in view.findings] == ["no_connections"]
    assert view.frame.schema["value"] == pl.Int64


def test_a_sum_beyond_64_bits_is_refused_and_a_large_one_is_exact():
    large = 2**62
    fits = f.book(
        [f.fact(1, BILL, "11-01", amount=large), f.fact(1, BILL, "11-02", amount=large - 1)],
        [f.platform()],
    )
    assert ask(fits, Query((), "cost", NOV)).total == 2**63 - 1
    beyond = f.book(
        [f.fact(1, BILL, "11-01", amount=large), f.fact(1, BILL, "11-02", amount=large)],
        [f.platform()],
    )
    with pytest.raises(AmountRefused):
        ask(beyond, Query((), "cost", NOV))


def test_a_platform_history_of_two_protocols_is_one_history():
    book = f.book(
        [
            f.fact(1, BILL, "2025-12-31", workspace="w1", description="x", amount=1),
            f.fact(1, U_KEY, "2026-01-01", workspace="w1", api_key="k", amount=2),
        ],
        [f.platform()],
        [
            f.state(1, BILL, "2025-12-31"),
            f.state(1, U_KEY, "2026-01-01"),
        ],
    )
    span = f.span("2025-12-01", "2026-02-01")
    view = ask(book, Query(("workspace",), "cost", span))
    assert rows(view, "workspace") == [("w1", 3)]
    assert set(view.cuts) == {BILL, U_KEY}
    assert rows(ask(book, Query(("protocol",), "cost", span)), "protocol") == [
        ("unified", 2), ("reports", 1),
    ]  # fmt: skip
