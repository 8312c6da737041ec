"""Which source for which question: the recommended source's own books, or no answer."""

from fractions import Fraction

import factory as f
import polars as pl
import pytest
import worlds
from hypothesis import given, settings

from core.analysis.allocation import BILL, KEYS
from core.analysis.explore import Query, ask
from core.analysis.questions.answers import answer
from core.analysis.questions.catalogue import QUESTIONS, question
from core.analysis.questions.matrix import matrix
from core.analysis.questions.possible import able, possible
from core.errors import UnknownName
from core.ledger.names import NameRow
from core.money import UNITS_PER_DOLLAR

NOV = f.span("11-01", "12-01")
SEATS, SEATS_USAGE = "enterprise/unified/cost/who", "enterprise/unified/usage/who"
P_KEY, P_WHO, P_SHAPE = (f"platform/unified/cost/{cut}" for cut in ("key", "who", "shape"))
E_REPORTS = "enterprise/reports/cost/who"
FOUNDING = ["invoice", "per-user", "per-product", "per-workspace", "per-api-key"]
USD = UNITS_PER_DOLLAR


def seat(user, product, dollars, **more):
    return f.fact(2, SEATS, "11-02", user=user, product=product, amount=dollars * USD, **more)


def key(name, workspace, dollars, connection=1, **more):
    """The same money in each of the Platform's cuts."""
    amount = {"amount": dollars * USD, "workspace": workspace}
    return [
        f.fact(connection, P_KEY, "11-02", api_key=name, **amount, **more),
        f.fact(connection, P_WHO, "11-02", api_key=name, product="messages_api", **amount),
        f.fact(connection, P_SHAPE, "11-02", **amount),
    ]


@pytest.fixture
def both():
    """Two organizations that share nothing: $37 on seats, $53 in the Console."""
    return f.book(
        [
            seat("u1", "chat", 20), seat("u2", "claude_code", 10), seat("", "claude_tag", 5),
            seat("", "", 2),
            *key("k1", "w1", 40), *key("k2", "w2", 13),
        ],
        [f.platform(), f.enterprise()],
    )  # fmt: skip


def rows(said):
    return said.view.frame.select(said.question.by[0], "value").rows()


def test_the_founding_questions_are_there_with_the_sources_of_the_founding_table():
    assert [q.id for q in QUESTIONS if q.founding] == FOUNDING
    assert [q.source for q in QUESTIONS if q.founding] == ["enterprise"] * 3 + ["platform"] * 2
    assert len({q.id for q in QUESTIONS}) == len(QUESTIONS)


def test_each_question_is_answered_from_its_own_source(both):
    per_user = answer(both, "per-user", NOV)
    assert (per_user.answered_by, per_user.connections) == ("enterprise", ("claude",))
    assert rows(per_user) == [("u1", 20 * USD), ("u2", 10 * USD), (None, 7 * USD)]
    per_key = answer(both, "per-api-key", NOV)
    assert (per_key.answered_by, per_key.connections) == ("platform", ("console",))
    assert rows(per_key) == [("k1", 40 * USD), ("k2", 13 * USD)]
    assert answer(both, "invoice", NOV).view.total == 37 * USD
    assert rows(answer(both, "per-product", NOV))[0] == ("chat", 20 * USD)
    assert rows(answer(both, "per-workspace", NOV)) == [("w1", 40 * USD), ("w2", 13 * USD)]
    assert rows(answer(both, "claude-code-per-user", NOV)) == [("u2", 10 * USD)]


def test_the_other_source_differs_by_dollars_that_are_told(both):
    said = answer(both, "per-user", NOV).other
    assert (said.kind, said.total, said.difference) == ("platform", 53 * USD, 16 * USD)
    assert (said.left_out, said.added, said.unassigned) == (37 * USD, 53 * USD, 53 * USD)
    text = " ".join(said.why)
    assert "The Platform would have said $53.00: $16.00 more." in text
    assert "It leaves out $37.00 that only Enterprise reports." in text
    assert "It holds $53.00 that Enterprise does not report." in text
    assert "$53.00 of it belongs to no user." in text
    caveats = " ".join(answer(both, "per-user", NOV).caveats)
    assert "$7.00 of it belongs to no user (Code Review" in caveats
    assert "seat fees" in caveats


def test_usage_in_both_books_is_shared_not_left_out():
    # The Enterprise key reports the Console's $40 too: identity proves it by the organization.
    book = f.book(
        [
            seat("u1", "chat", 20), seat("", "messages_api", 40, workspace="w1"),
            *key("k1", "w1", 40),
        ],
        [f.platform(org="same"), f.enterprise(org="same")],
    )  # fmt: skip
    invoice = answer(book, "invoice", NOV)
    assert invoice.view.total == 60 * USD
    assert "$40.00 of it is usage of the Claude Platform" in invoice.caveats[1]
    assert "the plan's own usage is $20.00" in invoice.caveats[1]
    assert (invoice.other.total, invoice.other.left_out, invoice.other.added) == (
        40 * USD, 20 * USD, 0,
    )  # fmt: skip
    assert not invoice.other.able


@pytest.mark.parametrize("name", [q.id for q in QUESTIONS])
def test_a_source_that_is_not_connected_gives_no_answer_in_disguise(both, name):
    asked = question(name)
    there = [c for c in both.connections if c.kind != asked.source]
    alone = f.book(both.facts.filter(pl.col("connection_id") == there[0].id).to_dicts(), there)
    said = answer(alone, name, NOV)
    assert (said.answered_by, said.view, said.connections, said.unbilled) == (None, None, (), ())
    assert f"claude-spend connect {asked.source}" in said.why
    assert said.other.total is None


def test_several_connections_of_a_kind_are_added_and_the_same_books_counted_once():
    rows_ = [*key("k1", "w1", 40), *key("k9", "w9", 2, 3), *key("k1", "w1", 40, 4)]
    connections = [f.platform(), f.platform(3, "second", "org-2"), f.platform(4, "again")]
    said = answer(f.book(rows_, connections), "per-workspace", NOV)
    assert said.connections == ("console", "second", "again")
    assert said.view.total == 42 * USD
    assert rows(said) == [("w1", 40 * USD), ("w9", 2 * USD)]


def test_on_the_older_reports_a_key_is_allocated_and_its_price_is_told():
    cell = {"workspace": "w1", "model": "opus", "operation": "input"}
    book = f.book(
        [
            f.fact(1, BILL.name, "11-02", **cell, inference_geo="us", amount=9 * USD),
            f.fact(1, BILL.name, "11-02", operation="code_execution", amount=USD),
            f.fact(1, KEYS.name, "11-02", **cell, inference_geo="us", api_key="k1", tokens=1),
            f.fact(1, KEYS.name, "11-02", **cell, inference_geo="us", api_key="k2", tokens=2),
            f.fact(1, KEYS.name, "11-03", **cell, inference_geo="global", api_key="k2",
                   service_tier="priority", tokens=70),
        ],
        [f.platform()],
    )  # fmt: skip
    said = answer(book, "per-api-key", NOV)
    assert rows(said) == [("k2", 6 * USD), ("k1", 3 * USD), (None, USD)]
    assert said.view.frame["line"].to_list() == [None, None, "code execution"]
    assert said.unbilled == (("Priority Tier", 70),)
    text = " ".join(said.caveats)
    assert "$10.00 of it is allocated, not billed" in text
    assert "1 more request whenever" in text


def test_an_invoice_is_for_whole_months(both):
    assert not any("whole calendar" in c for c in answer(both, "invoice", NOV).caveats)
    part = answer(both, "invoice", f.span("11-01", "11-20")).caveats
    assert any("2026-11-01 up to and without 2026-11-20, are not whole" in c for c in part)
    assert not any("whole calendar" in c for c in answer(both, "per-user", NOV).caveats)


def test_provisional_days_are_told_with_their_size(both):
    late = [s for s in f.implied(both.facts.to_dicts()) if s["day"] != f.day("11-02")]
    soon = f.datetime(2026, 11, 3, 12, tzinfo=f.UTC)
    states = [f.state(2, SEATS, "11-02", fetched=soon, refreshed=soon)]
    book = f.book(both.facts.to_dicts(), both.connections, [*late, *states])
    text = " ".join(answer(book, "invoice", f.span("11-02", "11-03")).caveats)
    assert "Provisional from 2026-11-02 on: Anthropic may still revise $37.00" in text


def test_a_source_that_cannot_filter_has_no_figure_to_compare():
    book = f.book(
        [seat("u1", "claude_code", 5), f.fact(1, BILL.name, "11-02", amount=9 * USD)],
        [f.platform(), f.enterprise()],
    )
    said = answer(book, "claude-code-per-user", NOV)
    assert said.view.total == 5 * USD
    assert (said.other.connected, said.other.able, said.other.total) == (True, False, None)
    assert "The Admin API's cost report does not say which product." in said.other.why


def test_a_pull_request_costs_all_of_claude_code_over_those_that_were_made(both):
    activity = pl.DataFrame(
        [(2, f.day("11-02"), user, "claude_code", "", "pull_requests", n)
         for user, n in (("u2", 3), ("u1", 1))],
        schema=["connection_id", "day", "actor", "surface", "detail", "metric", "value"],
        orient="row",
    )  # fmt: skip
    names = [(2, "user", NameRow(user)) for user in ("u1", "u2")]
    book = f.book(both.facts.to_dicts(), both.connections, names=names, activity=activity)
    said = answer(book, "pull-request", NOV)
    assert (said.figure.part, said.figure.whole) == (10 * USD, 4)
    assert said.figure.value == Fraction(10 * USD, 4)
    assert sorted(said.extra.rows()) == [("u1", 1), ("u2", 3)]
    assert answer(both, "pull-request", NOV).figure.value is None


def test_the_cache_share_is_of_input_tokens_of_the_platform_alone():
    name = "platform/unified/usage/key"
    book = f.book(
        [
            f.fact(1, name, "11-02", token_type="cache_read_input_tokens", tokens=30),
            f.fact(1, name, "11-02", token_type="uncached_input_tokens", tokens=10),
            f.fact(1, name, "11-02", token_type="output_tokens", tokens=7),
            f.fact(2, SEATS_USAGE, "11-02", token_type="uncached_input_tokens", tokens=900),
        ],
        [f.platform(), f.enterprise()],
    )
    said = answer(book, "cache-share", NOV)
    assert said.figure.value == Fraction(3, 4)
    assert said.view.total == 47


def test_a_product_that_the_ledger_has_never_seen_costs_nothing():
    book = f.book([seat("u1", "chat", 20)], [f.enterprise()])
    said = answer(book, "claude-code-per-user", NOV)
    assert (said.answered_by, said.view.total, said.view.frame.height) == ("enterprise", 0, 0)


def test_an_unknown_question_is_refused_with_close_matches():
    with pytest.raises(UnknownName) as refused:
        question("per-api-keys")
    assert refused.value.code == "unknown_name"
    assert refused.value.cause.startswith("Perhaps you mean: per-api-key")
    assert question("Per_User").id == "per-user"


# ── the matrix and the refusals ───────────────────────────────────────────────────────────────


def test_the_matrix_judges_a_source_by_the_reports_that_it_was_read_with(both):
    def verdicts(book, kind):
        return {c.question.id: c.verdict for c in matrix(book, NOV) if c.kind == kind}

    newer = verdicts(both, "platform")
    assert [newer[name] for name in FOUNDING] == [
        "cannot", "can", "can", "recommended", "recommended",
    ]  # fmt: skip
    older = f.book(
        [f.fact(1, BILL.name, "11-02", amount=1), f.fact(2, E_REPORTS, "11-02", amount=1)],
        [f.platform(), f.enterprise()],
    )
    assert verdicts(older, "platform")["per-user"] == "cannot"
    assert verdicts(older, "enterprise")["per-workspace"] == "cannot"
    assert verdicts(both, "enterprise")["per-workspace"] == "can"
    assert verdicts(both, "enterprise")["per-api-key"] == "cannot"
    cells = {(c.question.id, c.kind): c for c in matrix(older, NOV)}
    assert "The Admin API's cost report does not say which user." in (
        cells["per-user", "platform"].why
    )
    assert len(cells) == 2 * len(QUESTIONS)


def test_without_connections_the_matrix_tells_what_each_source_would_answer():
    cells = matrix(f.book([], []), NOV)
    assert {c.connected for c in cells} == {False}
    verdicts = [c.verdict for c in cells]
    assert verdicts.count("recommended") == len(QUESTIONS)
    assert "cannot" in verdicts


def test_user_with_workspace_is_refused_exactly_on_the_older_reports():
    book = f.book(
        [f.fact(1, BILL.name, "11-02", amount=1), f.fact(2, E_REPORTS, "11-02", amount=1)],
        [f.platform(), f.enterprise()],
    )
    refused = possible(book, ("user", "workspace"), NOV)
    assert refused.code == "combination_not_available"
    assert refused.title == "No connected source gives cost by user and workspace."
    assert refused.cause == (
        "The Admin API's cost report knows workspace, without user. "
        "The Enterprise Analytics cost report knows user, without workspace."
    )
    assert "Platform's Usage and Cost Analytics API would know them together" in refused.fix
    assert possible(book, ("api_key", "workspace"), NOV) is None
    assert possible(book, ("day", "connection"), NOV) is None
    assert possible(book, ("user", "product"), NOV) is None
    assert able(book, ("user", "product"), NOV) == ["enterprise"]
    assert able(book, ("api_key", "workspace"), NOV) == ["platform"]
    assert able(book, ("model",), NOV) == ["enterprise", "platform"]
    assert able(book, ("user", "workspace"), NOV) == []


def test_what_one_source_never_knows_is_refused_for_that_source(both):
    refused = possible(both, ("api_key",), NOV, source="enterprise")
    assert refused.title == "No report of the connected Enterprise gives cost by API key."
    assert refused.cause.endswith("knows none of them.")
    both_ends = possible(both, ("user", "service_tier"), NOV)
    assert both_ends.fix == (
        "No report of Anthropic's knows them together: ask for one of them at a time."
    )


# ── over generated books ──────────────────────────────────────────────────────────────────────


@given(worlds.books())
@settings(max_examples=25, deadline=None)
def test_every_answer_sums_to_its_source_and_the_other_differs_by_what_is_told(book):
    for asked in QUESTIONS:
        said = answer(book, asked.id, worlds.SPAN)
        if said.view is None:
            # No generated group has members.
            assert asked.id == "per-team" or asked.source not in {c.kind for c in book.connections}
            continue
        assert int(said.view.frame["value"].sum()) == said.view.total
        gap = said.other
        if gap.total is not None:
            assert gap.total == said.view.total - gap.left_out + gap.added
            assert gap.difference == gap.total - said.view.total
        if not asked.where and len([c for c in book.connections if c.kind == asked.source]) == 1:
            plain = Query((), asked.measure, worlds.SPAN, (("source", asked.source),),
                          basis="reported")  # fmt: skip
            assert said.view.total == ask(book, plain).total
