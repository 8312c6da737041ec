"""Computed against billed: each part worked out by hand, and all of them the whole difference.

Prices by hand, in units of 1e-8 cents: $1 for a million tokens is 10,000 units a token.
"""

from datetime import UTC, date, datetime

import factory as f
import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.explore import Query, ask
from core.analysis.reconcile.computed import AMOUNTS, PARTS, compare
from core.analysis.reconcile.listprices import canonical, edition, list_price
from core.analysis.reconcile.pricebook import deciding
from core.ledger.prices import ContractPrice

COST, USED, SHAPE = (f"platform/unified/{name}" for name in ("cost/key", "usage/key",
                                                              "usage/shape"))  # fmt: skip
BILL, BILLED_USE = "platform/reports/cost/bill", "platform/reports/usage/key"
SEATS, SEAT_USE = "enterprise/unified/cost/who", "enterprise/unified/usage/who"
OPUS = "claude-opus-5"  # $5 in, $25 out
DATED = "claude-opus-5-20260728"
NOV = f.span("11-01", "12-01")
DOLLAR = 10**10
MIO = 10**6


def both(cut, day, tokens, operation="input", model=OPUS, **dims):
    """Usage in the first cut and, by the same words, in the one that knows geography and speed."""
    shape = {"inference_geo": "global", "speed": "standard"}
    way = {name: dims.pop(name, word) for name, word in shape.items()}
    first = {"service_tier": "standard", "context_window": "0-200k", **dims}
    second = {k: v for k, v in first.items() if k != "service_tier"} | way
    common = {"model": model, "operation": operation, "tokens": tokens}
    return [f.fact(1, cut, day, **common, **first), f.fact(1, SHAPE, day, **common, **second)]


def billed(day, amount, listed=None, operation="input", model=OPUS, **dims):
    return f.fact(1, COST, day, model=model, operation=operation, amount=amount,
                  list_amount=listed, **dims)  # fmt: skip


def parts(rows, *prices, states=None, connections=None, **options):
    book = f.book(rows, connections or [f.platform()], states)
    found = compare(book, NOV, prices, **options)
    whole = {name: value for name, value in found.totals.items() if value}
    named = sum(found.totals[name] for name in PARTS)
    assert found.totals["billed"] - found.totals["computed"] == named
    return whole, found


def test_tokens_at_list_price_are_the_bill():
    rows = [*both(USED, "11-01", 2 * MIO), *both(USED, "11-01", MIO, "output"),
            billed("11-01", 10 * DOLLAR, 10 * DOLLAR),
            billed("11-01", 25 * DOLLAR, 25 * DOLLAR, "output")]  # fmt: skip
    whole, found = parts(rows)
    assert whole == {"list": 35 * DOLLAR, "computed": 35 * DOLLAR, "billed": 35 * DOLLAR}
    assert (found.explained, found.gross, found.findings) == (10_000, 0, [])


@pytest.mark.parametrize(
    ("operation", "dollars"),
    [("input", "5"), ("output", "25"), ("cache_read", "0.5"), ("cache_write_5m", "6.25"),
     ("cache_write_1h", "10")],
)  # fmt: skip
def test_each_token_type_has_its_price(operation, dollars):
    whole, _ = parts([*both(USED, "11-01", 4 * MIO, operation), billed("11-01", 0, 0, operation)])
    assert whole["list"] == int(float(dollars) * 4) * DOLLAR


def test_a_web_search_is_a_cent_whichever_model_asks():
    rows = [f.fact(1, USED, "11-01", model=OPUS, operation="web_search", web_searches=300,
                   service_tier="batch"),
            billed("11-01", 3 * DOLLAR, 3 * DOLLAR, "web_search", "")]  # fmt: skip
    assert parts(rows)[0] == {"list": 3 * DOLLAR, "computed": 3 * DOLLAR, "billed": 3 * DOLLAR}


def test_the_discount_is_billed_less_list():
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", 86 * DOLLAR // 10, 10 * DOLLAR)]
    whole, _ = parts(rows)
    assert whole == {"list": 10 * DOLLAR, "computed": 10 * DOLLAR, "discount": -14 * DOLLAR // 10,
                     "billed": 86 * DOLLAR // 10}  # fmt: skip


def test_batch_is_half_and_priority_costs_nothing():
    rows = [*both(USED, "11-01", 2 * MIO, service_tier="batch"),
            *both(USED, "11-01", MIO, service_tier="priority"),
            *both(USED, "11-01", MIO),
            billed("11-01", 10 * DOLLAR, 10 * DOLLAR)]  # fmt: skip
    whole, _ = parts(rows)
    assert whole == {"list": 20 * DOLLAR, "computed": 20 * DOLLAR, "batch": -5 * DOLLAR,
                     "priority": -5 * DOLLAR, "billed": 10 * DOLLAR}  # fmt: skip


def test_fast_mode_is_twice_and_the_us_a_tenth_more():
    rows = [*both(USED, "11-01", MIO, speed="fast"),
            *both(USED, "11-01", 2 * MIO, workspace="w2", inference_geo="us"),
            *both(USED, "11-01", 2 * MIO, workspace="w3", inference_geo="us", speed="fast"),
            billed("11-01", 10 * DOLLAR, 10 * DOLLAR, workspace="w1"),
            billed("11-01", 11 * DOLLAR, 11 * DOLLAR, workspace="w2"),
            billed("11-01", 22 * DOLLAR, 22 * DOLLAR, workspace="w3")]  # fmt: skip
    whole, _ = parts(rows)
    assert whole == {"list": 25 * DOLLAR, "computed": 25 * DOLLAR, "fast": 15 * DOLLAR,
                     "geography": 3 * DOLLAR, "billed": 43 * DOLLAR}  # fmt: skip


def test_a_batch_in_the_us_is_a_tenth_more_of_its_half():
    rows = [*both(USED, "11-01", 4 * MIO, service_tier="batch", inference_geo="us"),
            billed("11-01", 11 * DOLLAR, 11 * DOLLAR)]  # fmt: skip
    whole, _ = parts(rows)
    assert (whole["batch"], whole["geography"]) == (-10 * DOLLAR, DOLLAR)
    assert "unexplained" not in whole


def test_long_prompts_cost_more_until_the_day_they_no_longer_do():
    span = f.span("03-01", "04-01")
    rows = [f.fact(1, USED, day, model="claude-opus-4-6", operation=operation, tokens=MIO,
                   service_tier="standard", context_window="200k-1M")
            for day in ("03-12", "03-13") for operation in ("input", "output")]  # fmt: skip
    found = compare(f.book(rows, [f.platform()]), span)
    days = dict(found.frame.group_by("day").agg(f.pl.col("long_context").sum()).iter_rows())
    assert days == {date(2026, 3, 12): (5 * DOLLAR) + 125 * DOLLAR // 10, date(2026, 3, 13): 0}


def test_a_step_that_no_report_shows_explains_up_to_its_price():
    rows = [*both(USED, "11-01", 10 * MIO, model="claude-haiku-5-5"),
            billed("11-01", 3 * DOLLAR, 3 * DOLLAR, model="claude-haiku-5-5")]  # fmt: skip
    assert parts(rows)[0]["long_context"] == 2 * DOLLAR  # between $1 and $5
    rows[-1] = billed("11-01", 7 * DOLLAR, 7 * DOLLAR, model="claude-haiku-5-5")
    whole, _ = parts(rows)
    assert (whole["long_context"], whole["unexplained"]) == (4 * DOLLAR, 2 * DOLLAR)


def test_what_is_billed_by_time_has_no_tokens():
    whole, _ = parts([billed("11-01", 7, 7, "code_execution", ""), billed("11-01", 5, 5, "other")])
    assert whole == {"other_charges": 12, "billed": 12}


def test_a_model_without_a_price_is_named():
    rows = [*both(USED, "11-01", MIO, model="claude-next"),
            billed("11-01", 9 * DOLLAR, 9 * DOLLAR, model="claude-next")]  # fmt: skip
    whole, found = parts(rows)
    assert whole == {"unpriced": 9 * DOLLAR, "billed": 9 * DOLLAR}
    assert [(x.code, x.severity) for x in found.findings] == [("model_unpriced", "warning")]
    assert "claude-next" in found.findings[0].title
    rule = ContractPrice(f.day("11-01"), model="claude-next", operation="input", price=9 * DOLLAR)
    assert parts(rows, rule)[0] == {"list": 9 * DOLLAR, "computed": 9 * DOLLAR,
                                    "billed": 9 * DOLLAR}  # fmt: skip


def test_not_attributed_cost_is_a_part():
    assert parts([f.rest(1, COST, "11-01", amount=4)])[0] == {"not_attributed": 4, "billed": 4}


def test_usage_on_a_billed_day_that_cost_nothing_is_not_billed():
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", 5, 5, model="claude-opus-5-5")]
    whole, _ = parts(rows)
    assert (whole["not_billed"], whole["unexplained"]) == (-10 * DOLLAR, 5)


def test_a_day_that_may_be_revised_holds_its_difference_apart():
    soon = datetime(2026, 11, 3, 12, tzinfo=UTC)
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", 9 * DOLLAR, 9 * DOLLAR),
            *both(USED, "11-02", 2 * MIO)]  # fmt: skip
    states = [f.state(1, cut, day, soon) for cut in (COST, USED) for day in ("11-01", "11-02")]
    states[1]["present"] = False  # no costs of the second day yet
    whole, found = parts(rows, states=states)
    assert whole["not_final"] == -11 * DOLLAR
    assert "unexplained" not in whole
    assert not found.frame["final"].any()


def test_a_difference_without_a_name_is_unexplained_and_counted_without_signs():
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", 9 * DOLLAR, 9 * DOLLAR),
            *both(USED, "11-02", 2 * MIO), billed("11-02", 11 * DOLLAR, 11 * DOLLAR)]  # fmt: skip
    _, found = parts(rows)
    assert (found.totals["unexplained"], found.gross) == (0, 2 * DOLLAR)
    assert found.explained == 9_000  # 18 of 20 dollars


# ── contract prices ───────────────────────────────────────────────────────────────────────────


def test_a_contract_discount_explains_what_the_reports_do_not_list():
    rows = [f.fact(1, BILLED_USE, "11-01", model=OPUS, operation="input", tokens=2 * MIO,
                   service_tier="batch", context_window="0-200k", inference_geo="us"),
            f.fact(1, BILL, "11-01", model=OPUS, operation="input",
                   amount=506 * DOLLAR // 100)]  # fmt: skip
    whole, found = parts(rows)
    assert whole["unexplained"] == -44 * DOLLAR // 100  # 5.50 at list
    assert [x.code for x in found.findings] == ["discount_likely"]
    assert "8.0 %" in found.findings[0].title
    whole, found = parts(rows, ContractPrice(f.day("11-01"), discount=80_000))
    assert whole == {"list": 10 * DOLLAR, "computed": 92 * DOLLAR // 10,
                     "batch": -46 * DOLLAR // 10, "geography": 46 * DOLLAR // 100,
                     "billed": 506 * DOLLAR // 100}  # fmt: skip
    assert found.findings == []


def test_a_reported_discount_is_not_taken_twice():
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", 9 * DOLLAR, 10 * DOLLAR)]
    same = ContractPrice(f.day("11-01"), discount=100_000)
    assert parts(rows, same)[0] == {"list": 10 * DOLLAR, "computed": 9 * DOLLAR,
                                    "billed": 9 * DOLLAR}  # fmt: skip
    whole, found = parts(rows, ContractPrice(f.day("11-01"), discount=200_000))
    assert (whole["computed"], whole["discount"]) == (8 * DOLLAR, DOLLAR)
    assert [x.code for x in found.findings] == ["contract_differs"]
    assert "$1.00 less" in found.findings[0].title


def test_the_most_specific_contract_price_of_the_day_decides():
    day, rules = f.day("11-10"), [
        ContractPrice(f.day("11-01"), discount=1, id=1),
        ContractPrice(f.day("11-01"), model=OPUS, discount=2, id=2),
        ContractPrice(f.day("11-01"), operation="input", discount=3, id=3),
        ContractPrice(f.day("11-05"), f.day("11-10"), OPUS, "input", discount=4, id=4),
        ContractPrice(f.day("11-06"), model=DATED, operation="input", discount=5, id=5),
        ContractPrice(f.day("11-11"), model=OPUS, operation="input", discount=6, id=6),
    ]  # fmt: skip
    said = lambda model, operation: deciding(rules, model, operation, day).discount  # noqa: E731
    assert said(OPUS, "input") == 5  # the same model by its dated name; the fourth has ended
    assert said(OPUS, "output") == 2
    assert said("claude-opus-5-5", "input") == 3
    assert said("claude-opus-5-5", "output") == 1
    assert deciding(rules, OPUS, "input", f.day("10-31")) is None


# ── unit errors ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("factor", "word"), [(100, "100 times"), (0.01, "0.01 times")])
def test_cents_taken_for_dollars_are_an_error(factor, word):
    amount = int(10 * DOLLAR * factor)
    rows = [*both(USED, "11-01", 2 * MIO), billed("11-01", amount, amount)]
    _, found = parts(rows)
    assert [(x.code, x.severity) for x in found.findings] == [("unit_mismatch", "error")]
    assert found.findings[0].title.startswith(f"console: billed is {word}")


def test_one_price_in_another_unit_is_found_among_right_ones():
    rows = [*both(USED, "11-01", 100 * MIO, "output"), *both(USED, "11-01", MIO),
            billed("11-01", 2500 * DOLLAR, 2500 * DOLLAR, "output"),
            billed("11-01", 5 * DOLLAR, 5 * DOLLAR)]  # fmt: skip
    wrong = ContractPrice(f.day("11-01"), model=OPUS, operation="input", price=5 * DOLLAR // 100)
    _, found = parts(rows, wrong)
    assert found.findings[0].code == "unit_mismatch"
    assert f"{OPUS} · input" in found.findings[0].title


@pytest.mark.parametrize("amount", [3 * DOLLAR, 30 * DOLLAR])
def test_a_third_or_three_times_is_no_unit_error(amount):
    _, found = parts([*both(USED, "11-01", 2 * MIO), billed("11-01", amount, amount)])
    assert "unit_mismatch" not in [x.code for x in found.findings]


# ── two sources, and all there is ─────────────────────────────────────────────────────────────


def test_what_two_books_hold_is_compared_once():
    usage = {"model": OPUS, "operation": "input", "tokens": 2 * MIO, "workspace": "w1",
             "context_window": "0-200k"}  # fmt: skip
    money = {"model": OPUS, "operation": "input", "amount": 10 * DOLLAR,
             "list_amount": 10 * DOLLAR, "workspace": "w1"}  # fmt: skip
    rows = [f.fact(1, USED, "11-01", **usage), f.fact(1, COST, "11-01", **money),
            f.fact(2, SEAT_USE, "11-01", **usage, product="messages_api"),
            f.fact(2, SEATS, "11-01", **money, product="messages_api")]  # fmt: skip
    connections = [f.platform(org="same"), f.enterprise(org="same")]
    whole, _ = parts(rows, connections=connections)
    assert whole == {"list": 10 * DOLLAR, "computed": 10 * DOLLAR, "billed": 10 * DOLLAR}
    whole, _ = parts(rows, connections=connections, names=("claude",), basis="reported")
    assert whole["billed"] == 10 * DOLLAR


def test_an_empty_ledger_has_nothing_to_explain():
    whole, found = parts([])
    assert (whole, found.explained, found.frame.height) == ({}, 10_000, 0)


@given(worlds.books(), st.sampled_from(["counted_once", "reported"]))
@settings(max_examples=25, deadline=None)
def test_the_parts_are_the_difference_in_every_row(book, basis):
    found = compare(book, worlds.SPAN, basis=basis)
    left = f.pl.col("billed") - f.pl.col("computed") - f.pl.sum_horizontal(list(PARTS))
    assert not found.frame.filter(left != 0).height
    assert found.totals["billed"] == ask(book, Query((), "cost", worlds.SPAN, basis=basis)).total
    assert set(found.totals) == set(AMOUNTS)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 900_000))
@settings(max_examples=20, deadline=None)
def test_a_truthful_bill_leaves_nothing_unexplained(plain, batch, discount):
    """A bill made from tokens, prices and a discount, each cell rounded as its price is."""
    rows, price = [], 50_000
    for tokens, tier, half in ((plain, "standard", 1), (batch, "batch", 2)):
        listed = (tokens * price + half // 2) // half
        amount = listed * (10**6 - discount) // 10**6
        if tokens:
            rows += [*both(USED, "11-01", tokens, service_tier=tier),
                     billed("11-01", amount, listed, service_tier=tier)]  # fmt: skip
    whole, _ = parts(rows)
    assert whole.get("unexplained", 0) == whole.get("not_final", 0) == 0


# ── the price list ────────────────────────────────────────────────────────────────────────────


def test_a_price_that_fell_has_its_past():
    read = [list_price("claude-sonnet-5-5", "cache_read", date(2026, 10, d)) for d in (6, 7)]
    assert [found.price for found in read] == [2 * DOLLAR // 10, DOLLAR // 10]


def test_unknown_models_and_operations_have_no_price():
    day = f.day("11-01")
    assert list_price("gpt-4o", "input", day) is None
    assert list_price("", "input", day) is None
    assert list_price(OPUS, "session", day) is None
    assert canonical("claude-sonnet-4-5-20250929") == "claude-sonnet-4-5"


def test_the_day_of_the_prices_is_known_of_the_release_in_use():
    assert edition().published is not None
