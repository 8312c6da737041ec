"""Overlap: the sum as cards and bars, the rules that decided, the lines, and what is empty."""

from collections.abc import Callable
from datetime import timedelta

from small_company import ENTERPRISE
from ui_desk import Dashboard

from core import demo
from core.analysis.overlap_lines import overlap as between
from core.analysis.query import Query
from core.analysis.receipt import receipt
from core.analysis.receipt_text import as_text
from core.analysis.replay import replay
from core.calendar import Span, now
from core.connections import store
from core.ledger.snapshot import book
from core.ui import context, formats, overlap

LAST = now().date() - timedelta(days=1)
TEN = {"d": [(LAST - timedelta(days=9)).isoformat(), LAST.isoformat()]}
SPAN = Span(LAST - timedelta(days=9), LAST + timedelta(days=1))


def test_the_cards_are_the_sum(filled: Dashboard, company: demo.Organisation) -> None:
    at = filled.open("overlap", **TEN)
    platform = company.truth("platform", span=SPAN)["amount"].item()
    enterprise = company.truth("enterprise", span=SPAN, overlap=1.0)["amount"].item()
    shown = {card.label: card.value for card in at.metric}
    assert shown["Platform"] == formats.short(platform)
    assert shown["+ Enterprise"] == formats.short(enterprise)
    once = int(company.truth("enterprise", span=SPAN)["amount"].item()) + int(platform)
    assert shown["= Counted once"] == formats.short(once)
    assert any(formats.plain(formats.exact(once)) in caption.value for caption in at.caption)


def test_the_bars_and_lines_are_the_totals(filled: Dashboard) -> None:
    held = book(filled.engine, filled.settings)
    found = between(held, Query((), "cost", SPAN))
    parts: dict[str, int] = {}
    for bar, _, units, _ in overlap._parts(found):
        parts[bar] = parts.get(bar, 0) + units
    sums = found.totals
    assert parts == {
        "Platform": sums.platform,
        "Enterprise": sums.enterprise,
        "Counted twice": sums.counted_twice,
        "Counted once": sums.counted_once,
    }
    at = filled.open("overlap", **TEN)
    assert len(at.dataframe[0].value) == found.lines.height


def test_each_total_has_a_receipt_that_gives_it(filled: Dashboard) -> None:
    held = book(filled.engine, filled.settings)
    query = Query((), "cost", SPAN)
    sums = between(held, query).totals
    assert sums.counted_twice
    asked = overlap.behind(query)
    assert {title: receipt(held, one).total for title, one in asked.items()} == {
        "Platform": sums.platform,
        "Enterprise": sums.enterprise,
        "Counted twice": sums.counted_twice,
        "Counted once": sums.counted_once,
    }
    for one in asked.values():
        assert replay(held, as_text(receipt(held, one))).same


def test_a_source_that_is_not_connected_is_no_zero(filled: Dashboard) -> None:
    store.disconnect(filled.engine, ENTERPRISE, delete_data=True)
    context.forget_version()
    at = filled.open("overlap", **TEN)
    shown = {card.label: card.value for card in at.metric}
    assert shown["+ Enterprise"] == "not connected"
    assert shown["= Counted once"] == shown["Platform"] != "$0.00"
    assert "Only one of the two sources is connected" in at.info[0].value


def test_an_empty_ledger_leads_to_connections(start: Callable[..., Dashboard]) -> None:
    at = start().open("overlap")
    assert not at.exception
    assert "first sync" in at.info[0].value
