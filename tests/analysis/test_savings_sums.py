"""Savings of generated bills: what is one figure in two ways, and what a lever can never do."""

from fractions import Fraction

import factory as f
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.savings.answer import Savings, savings
from core.analysis.savings.plan import LEVERS, Plan, Swap
from core.analysis.savings.portions import portions
from core.ledger.book import Book

CUTS = tuple(f"platform/unified/cost/{name}" for name in ("key", "who", "shape"))
NOV = f.span("11-01", "12-01")
SHARES = st.integers(0, 100).map(lambda n: Fraction(n, 100))
FALLING = ("fast", "geography", "batch", "newest")
"""Levers that can only lower a price."""


@st.composite
def bills(draw) -> Book:
    """A bill of the Platform in which every answer knows the same truth."""
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        batch = draw(st.booleans())
        row = {
            "amount": draw(st.integers(0, 10**14)),
            "workspace": draw(st.sampled_from(["w1", "w2"])),
            "api_key": draw(st.sampled_from(["", "k1", "k2"])),
            "product": "message_batches_api" if batch
            else draw(st.sampled_from(["messages_api", "claude_code"])),
            "model": draw(st.sampled_from(["claude-opus-5", "claude-sonnet-4-5", "claude-x"])),
            "operation": draw(st.sampled_from(
                ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h",
                 "web_search"])),
            "service_tier": "batch" if batch else "standard",
            "context_window": "0-200k",
            "inference_geo": draw(st.sampled_from(["global", "us"])),
            "speed": "standard" if batch else draw(st.sampled_from(["standard", "fast"])),
        }  # fmt: skip
        day = f"11-0{draw(st.integers(1, 3))}"
        for cut in CUTS:
            mine = {k: v for k, v in row.items() if k in f.BY_NAME[cut].dims}
            rows.append(f.fact(1, cut, day, **mine | {"amount": row["amount"]}))
    return f.book(rows, [f.platform()])


@st.composite
def plans(draw, levers=tuple(LEVERS)) -> Plan:
    swaps = draw(st.sampled_from([(), (Swap("claude-opus-5", "claude-sonnet-5-5"),)]))
    return Plan(
        draw(st.frozensets(st.sampled_from(levers))), swaps,
        draw(SHARES), draw(SHARES), draw(st.one_of(st.none(), SHARES)),
        draw(st.sampled_from(["5m", "1h"])), draw(SHARES),
    )  # fmt: skip


def asked(book: Book, plan: Plan, basis: str = "counted_once") -> Savings:
    return savings(book, Query((), "cost", NOV, basis=basis), plan)


@settings(max_examples=30, deadline=None)
@given(worlds.books(), st.sampled_from(["counted_once", "reported"]), plans())
def test_portions_and_lines_sum_to_the_bill(book, basis, plan):
    query = Query((), "cost", worlds.SPAN, basis=basis)
    total = ask(book, query).total
    assert int(portions(book, query)["amount"].sum()) == total
    found = savings(book, query, plan)
    assert sum(before for before, _ in found.lines.values()) == found.before == total
    assert found.saving == found.before - found.after


@settings(max_examples=15, deadline=None)
@given(bills(), plans())
def test_no_lever_is_no_change_and_one_lever_is_itself(book, plan):
    assert asked(book, Plan(levers=frozenset())).saving == 0
    found = asked(book, plan)
    for lever in found.levers:
        alone = asked(book, Plan(frozenset({lever.name}), *_rest(plan)))
        assert alone.saving == alone.alone == lever.saving
        assert sum(place.saving for place in lever.places) == lever.saving


@settings(max_examples=30, deadline=None)
@given(bills(), plans(FALLING), SHARES)
def test_levers_that_only_lower_prices(book, plan, share):
    found = asked(book, plan)
    assert 0 <= found.after <= found.before
    cells = 200
    for lever in found.levers:
        assert 0 <= lever.saving <= lever.reach
        # Another lever beside it never takes away what it saves; cells are rounded one by one.
        assert found.saving >= lever.saving - cells
    # Standard speed makes usage fit for batches; all others only meet, and meeting is counted once.
    if not {"fast", "batch"} <= plan.levers:
        assert found.saving <= found.alone + cells
    more = Plan(plan.levers, plan.swaps, max(plan.batch, share))
    assert asked(book, more).saving >= found.saving - cells


@settings(max_examples=30, deadline=None)
@given(bills(), plans())
def test_what_no_lever_reaches_stays(book, plan):
    found = asked(book, plan)
    for name in ("charges", "unpriced", "not_attributed"):
        before, after = found.lines[name]
        assert before == after


def _rest(plan: Plan) -> tuple[object, ...]:
    return (plan.swaps, plan.batch, plan.cacheable, plan.hit_rate, plan.lifetime, plan.again)
