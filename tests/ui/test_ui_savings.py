"""Savings, the page: the largest lever first, switches in the address, and sums that hold."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

from ui_desk import Dashboard, words

from core.analysis.query import Query
from core.analysis.savings.answer import Savings, savings
from core.analysis.savings.plan import LEVERS, Plan, Swap
from core.calendar import Span, now
from core.ledger import snapshot
from core.ui import context, formats
from core.ui.savings import command

LAST = now().date() - timedelta(days=1)
WEEK = Span(LAST - timedelta(days=6), LAST + timedelta(days=1))
DAYS = {"d": [WEEK.start.isoformat(), LAST.isoformat()]}


def said(dashboard: Dashboard, plan: Plan, **values: tuple[tuple[str, str], ...]) -> Savings:
    book = snapshot.book(dashboard.engine, dashboard.settings)
    return savings(book, Query((), "cost", WEEK, **values), plan)


def figure(found: Savings, units: int) -> str:
    return formats.plain(formats.figure(found.month(units)))


def test_the_largest_lever_and_all_of_them_are_said_first(filled: Dashboard) -> None:
    at = filled.open("savings", **DAYS)
    found = said(filled, Plan())
    best = found.levers[0]
    text = words(at)
    assert best.saving > 0
    assert f"The largest lever: **{formats.plain(best.title)}**" in text
    assert f"## :green[{figure(found, best.saving)} a month]" in text
    assert f"## :green[{figure(found, found.saving)} a month]" in text
    for lever in found.levers:
        assert figure(found, abs(lever.saving)) in text


def test_the_tables_sum_to_the_bill_as_the_answer_does(filled: Dashboard) -> None:
    at = filled.open("savings", **DAYS)
    found = said(filled, Plan())
    tables = [frame.value for frame in at.dataframe]
    together = next(table for table in tables if "amount" in table)
    lines = next(table for table in tables if "after" in table)
    assert together["amount"].iloc[0] == formats.exact(found.before)
    assert together["amount"].iloc[-1] == formats.exact(found.after)
    assert formats.exact(found.lines["api"][1]) in list(lines["after"])


def test_a_switch_that_is_off_leaves_the_bill_but_keeps_its_figure(filled: Dashboard) -> None:
    at = filled.open("savings", l_batch="false", **DAYS)
    found = said(filled, Plan(levers=frozenset(LEVERS) - {"batch"}))
    assert f"## :green[{figure(found, found.saving)} a month]" in words(at)
    batch = next(lever for lever in found.resting if lever.name == "batch")
    assert figure(found, batch.saving) in words(at)
    at = next(t for t in at.toggle if t.key == "l_batch").set_value(True).run()
    assert figure(said(filled, Plan()), said(filled, Plan()).saving) in words(at)


def test_every_switch_off_saves_nothing(filled: Dashboard) -> None:
    at = filled.open("savings", **{f"l_{name}": "false" for name in LEVERS}, **DAYS)
    assert "Nothing saved" in words(at)


def test_a_swap_and_a_share_come_from_the_address(filled: Dashboard) -> None:
    model = "claude-opus-5-5"
    at = filled.open("savings", batch="50", from1=model, to1="claude-haiku-4-5", **DAYS)
    assert {n.key: n.value for n in at.number_input}["batch"] == 50
    plan = Plan(batch=Fraction(1, 2), swaps=(Swap(model, "claude-haiku-4-5"),))
    found = said(filled, plan)
    swap = next(lever for lever in found.levers if lever.name == "swap")
    assert swap.saving > 0
    assert figure(found, swap.saving) in words(at)
    assert {s.key for s in at.selectbox} >= {"from1", "to1", "at1", "from2"}


def test_a_filter_narrows_the_bill(filled: Dashboard) -> None:
    at = filled.open("savings", f="Source", f_source="Platform", **DAYS)
    found = said(filled, Plan(), where=(("source", "platform"),))
    assert found.lines["apps"][0] < said(filled, Plan()).lines["apps"][0]
    assert formats.plain(formats.exact(found.before)) in words(at)


def test_a_seat_price_that_is_no_amount_is_a_finding(filled: Dashboard) -> None:
    at = filled.open("savings", seat="forty", **DAYS)
    assert "cannot be kept exactly" in at.error[0].value
    assert formats.plain("Write it as in 1204.50") in at.error[0].value


def test_the_command_line_says_the_same(filled: Dashboard) -> None:
    at = filled.open("savings", seat="40", **DAYS)
    plan = Plan(seat_price=40 * 10**10)
    line = command(plan, WEEK, (), "counted_once")
    assert line in [code.value for code in at.code]
    assert f"--from {WEEK.start} --to {WEEK.end}" in line
    part = Plan(frozenset({"swap"}), (Swap("a", "b", "workspace", "Two words"),))
    line = command(part, WEEK, (("user", None),), "reported")
    assert "--where user= --basis reported --lever swap" in line
    assert "--swap 'a=b@workspace=Two words'" in line


def test_an_empty_ledger_leads_to_connections(start: Callable[..., Dashboard]) -> None:
    at = start().open("savings")
    assert "first sync" in at.info[0].value
    assert context.now().date() >= LAST
