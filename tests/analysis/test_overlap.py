"""Each dollar once: every rule by a book small enough to check by eye."""

import factory as f
import pytest

from core.analysis.explore import Query, ask
from core.analysis.overlap import RULES, classify, totals
from core.ledger.cuts import DEFAULT_WORKSPACE
from core.ledger.names import NameRow

BILL = "platform/reports/cost/bill"
U_KEY = "platform/unified/cost/key"
E_WHO = "enterprise/unified/cost/who"
E_SHAPE = "enterprise/unified/cost/shape"
R_WHO = "enterprise/reports/cost/who"
E_USAGE = "enterprise/unified/usage/who"
E_USAGE_SHAPE = "enterprise/unified/usage/shape"

NOV = f.span("11-01", "12-01")
COST = Query((), "cost", NOV)


def figures(book, query=COST):
    got = totals(book, query)
    return got.platform, got.enterprise, got.counted_twice, got.counted_once


def decided(book):
    frame = classify(book, COST).sort("connection_id", "day", "value")
    return frame.select("connection_id", "value", "rule", "class", "partner_id", "counted").rows()


def test_an_enterprise_row_of_a_connected_workspace_is_counted_on_the_platform_side():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=100),
            f.fact(1, BILL, "11-01", workspace="w9", amount=11),
            f.fact(2, E_WHO, "11-01", workspace="w1", product="messages_api", amount=90),
            f.fact(2, E_WHO, "11-01", user="u1", product="claude_code", amount=7),
            f.rest(2, E_WHO, "11-01", amount=1),
        ],
        [f.platform(), f.enterprise()],
    )
    assert figures(book) == (111, 98, 90, 119)
    assert decided(book) == [
        (1, 11, "platform", "platform_only", None, True),
        (1, 100, "workspace", "both", 2, True),
        (2, 1, "not_attributed", "enterprise_only", None, True),
        (2, 7, "enterprise", "enterprise_only", None, True),
        (2, 90, "workspace", "both", 1, False),
    ]


def test_a_workspace_that_only_the_directory_knows_is_known():
    rows = [f.fact(2, E_WHO, "11-01", workspace="w1", amount=90),
            f.fact(1, BILL, "11-01", workspace="w2", amount=3)]  # fmt: skip
    both = [f.platform(), f.enterprise()]
    assert figures(f.book(rows, both)) == (3, 90, 0, 93)
    named = f.book(rows, both, names=[(1, "workspace", NameRow("w1", "Default"))])
    assert figures(named) == (3, 90, 90, 3)


def test_a_day_that_the_platform_side_lacks_stays_counted_on_the_enterprise_side():
    rows = [
        f.fact(1, BILL, "11-01", workspace="w1", amount=100),
        f.fact(2, E_WHO, "11-01", workspace="w1", amount=100),
        f.fact(2, E_WHO, "11-02", workspace="w1", amount=50),
    ]
    states = [
        f.state(1, BILL, "11-01"), f.state(1, BILL, "11-02", present=False),
        f.state(2, E_WHO, "11-01"), f.state(2, E_WHO, "11-02"),
    ]  # fmt: skip
    book = f.book(rows, [f.platform(), f.enterprise()], states)
    assert figures(book) == (100, 150, 100, 150)
    assert (2, 50, "platform_day_missing", "enterprise_only", 1, True) in decided(book)


def test_one_organization_on_both_sides_shares_all_platform_usage():
    rows = [
        f.fact(1, BILL, "11-01", workspace=DEFAULT_WORKSPACE, amount=100),
        f.fact(2, E_WHO, "11-01", workspace="w-default", product="messages_api", amount=98),
        f.fact(2, E_WHO, "11-01", product="message_batches_api", amount=5),
        f.fact(2, E_WHO, "11-01", product="chat", amount=8),
    ]
    same = f.book(rows, [f.platform(org="x"), f.enterprise(org="x")])
    assert figures(same) == (100, 111, 103, 108)
    assert decided(same) == [
        (1, 100, "same_organization", "both", 2, True),
        (2, 5, "same_organization", "both", 1, False),
        (2, 8, "enterprise", "enterprise_only", None, True),
        (2, 98, "same_organization", "both", 1, False),
    ]
    # In different organizations nothing proves it, and nothing is taken away.
    other = f.book(rows, [f.platform(org="x"), f.enterprise(org="y")])
    assert figures(other) == (100, 111, 0, 211)
    assert decided(other) == [
        (1, 100, "platform", "platform_only", None, True),
        (2, 5, "platform_product", "unmatched", None, True),
        (2, 8, "enterprise", "enterprise_only", None, True),
        (2, 98, "default_workspace", "unmatched", 1, True),
    ]


def test_unknown_organizations_are_not_the_same_organization():
    rows = [
        f.fact(1, BILL, "11-01", workspace="w1", amount=1),
        f.fact(2, E_WHO, "11-01", product="messages_api", amount=2),
    ]
    assert figures(f.book(rows, [f.platform(org=""), f.enterprise(org="")])) == (1, 2, 0, 3)


def test_a_workspace_of_an_organization_that_is_not_connected_stays_counted():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=10),
            f.fact(2, E_WHO, "11-01", workspace="w2", amount=20),
        ],
        [f.platform(), f.enterprise()],
    )
    assert figures(book) == (10, 20, 0, 30)
    assert decided(book)[1] == (2, 20, "elsewhere", "enterprise_only", None, True)


def test_claude_code_by_seat_login_is_no_double_booking():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w-claude-code", amount=10),
            f.fact(2, E_WHO, "11-01", product="claude_code", user="u", amount=20),
        ],
        [f.platform(org="x"), f.enterprise(org="x")],
    )
    assert figures(book) == (10, 20, 0, 30)


def test_of_two_connections_to_the_same_books_one_is_counted_each_day():
    rows = [
        f.fact(1, BILL, "11-01", workspace="w1", amount=10),
        f.fact(3, U_KEY, "11-01", workspace="w1", amount=10),
        f.fact(3, U_KEY, "11-02", workspace="w1", amount=4),
    ]
    states = [f.state(1, BILL, "11-01"), f.state(3, U_KEY, "11-01"), f.state(3, U_KEY, "11-02")]
    book = f.book(rows, [f.platform(), f.platform(3, "console two")], states)
    assert figures(book) == (24, 0, 10, 14)
    view = ask(book, Query(("connection",), "cost", NOV))
    assert view.frame.select("connection", "value").rows() == [("console", 10), ("console two", 4)]
    # The connection in use is counted, the disconnected one fills in.
    book = f.book(rows, [f.platform(state="disconnected"), f.platform(3, "new")], states)
    view = ask(book, Query(("connection",), "cost", NOV))
    assert view.frame.select("connection", "value").rows() == [("new", 14)]


def test_two_organizations_that_share_nothing_are_added():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=10),
            f.fact(3, BILL, "11-01", workspace="w1", amount=10),
        ],
        [f.platform(), f.platform(3, "other", org="org-q")],
    )
    assert figures(book) == (20, 0, 0, 20)


def test_the_reports_protocol_states_no_workspace_and_stays_counted():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=10),
            f.fact(2, R_WHO, "11-01", product="other", amount=10),
            f.rest(2, R_WHO, "11-01", amount=2),
        ],
        [f.platform(), f.enterprise()],
    )
    assert figures(book) == (10, 12, 0, 22)
    assert [row[2] for row in decided(book)] == ["platform", "not_attributed", "enterprise"]


def test_every_cut_excludes_the_same_money():
    """`shape` attributes less than `who`; a settling row keeps the total what it was."""
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=100),
            f.fact(2, E_WHO, "11-01", workspace="w1", user="u", amount=90),
            f.fact(2, E_WHO, "11-01", product="chat", user="u", amount=10),
            f.fact(2, E_SHAPE, "11-01", workspace="w1", speed="fast", amount=70),
            f.fact(2, E_SHAPE, "11-01", product="chat", speed="fast", amount=10),
            f.rest(2, E_SHAPE, "11-01", amount=20),
        ],
        [f.platform(), f.enterprise()],
    )
    once = ask(book, Query(("speed",), "cost", NOV, (("source", "enterprise"),)))
    assert once.cuts == (E_SHAPE,)
    assert once.frame.rows() == [("fast", 10, None), (None, 0, "not attributed")]
    assert once.total == ask(book, Query(("user",), "cost", NOV, (("source", "enterprise"),))).total
    twice = ask(book, Query(("speed",), "cost", NOV, basis="counted_twice"))
    assert twice.frame.rows() == [("fast", 70, None), (None, 20, "not attributed")]
    assert figures(book, Query(("speed",), "cost", NOV)) == (100, 100, 90, 110)


def test_settling_rows_are_filtered_and_dated_like_all_rows():
    book = f.book(
        [
            f.fact(1, BILL, "11-01", workspace="w1", amount=100),
            f.fact(2, E_WHO, "11-01", workspace="w1", amount=90),
            f.fact(2, E_SHAPE, "11-01", workspace="w1", speed="fast", amount=70),
            f.fact(2, E_SHAPE, "11-01", product="chat", speed="fast", amount=3),
            f.rest(2, E_SHAPE, "11-01", amount=17),
            f.fact(2, E_WHO, "11-02", product="chat", amount=1),
            f.fact(2, E_SHAPE, "11-02", product="chat", speed="fast", amount=1),
        ],
        [f.platform(), f.enterprise()],
    )
    side = ("source", "enterprise")
    fast = Query((), "cost", NOV, (side, ("speed", "fast")))
    assert ask(book, fast).total == 4
    # 17 less the 20 that `who` proves to be Platform usage and `shape` does not attribute.
    assert ask(book, Query((), "cost", NOV, (side, ("speed", None)))).total == -3
    later = Query(("speed",), "cost", f.span("11-02", "12-01"), (side,))
    assert ask(book, later).frame.rows() == [("fast", 1, None)]


def test_usage_is_settled_by_token_type():
    def use(cut, tokens, make=f.fact, **dims):
        return make(2, cut, "11-01", tokens=tokens, **dims)

    out = {"operation": "output", "token_type": "output_tokens"}
    book = f.book(
        [
            f.fact(1, "platform/reports/usage/key", "11-01", workspace="w1", tokens=8, **out),
            f.fact(1, "platform/reports/usage/who", "11-01", workspace="w1", tokens=8, **out),
            f.fact(1, "platform/reports/usage/shape", "11-01", workspace="w1", tokens=8, **out),
            use(E_USAGE, 8, workspace="w1", **out),
            use(E_USAGE, 3, product="chat", **out),
            use(E_USAGE_SHAPE, 5, workspace="w1", **out),
            use(E_USAGE_SHAPE, 3, product="chat", **out),
            use(E_USAGE_SHAPE, 3, f.rest, **out),
        ],
        [f.platform(), f.enterprise()],
    )
    for by in ((), ("token_type",), ("speed",), ("speed", "token_type"), ("user",)):
        assert ask(book, Query(by, "tokens", NOV)).total == 11, by
    types = ask(book, Query(("speed", "token_type"), "tokens", NOV, (("source", "enterprise"),)))
    assert types.frame.rows() == [
        (None, "output_tokens", 3, None), (None, "output_tokens", 0, "not attributed"),
    ]  # fmt: skip


def test_every_rule_has_a_class_and_a_reason():
    assert {kind for kind, _ in RULES.values()} == {
        "platform_only", "enterprise_only", "both", "unmatched",
    }  # fmt: skip
    assert all(why.endswith(".") for _, why in RULES.values())


@pytest.mark.parametrize("basis", ["reported", "counted_once", "counted_twice"])
def test_one_connection_is_never_double(basis):
    book = f.book([f.fact(1, BILL, "11-01", workspace="w1", amount=10)], [f.platform()])
    total = ask(book, Query((), "cost", NOV, basis=basis)).total
    assert total == (0 if basis == "counted_twice" else 10)
