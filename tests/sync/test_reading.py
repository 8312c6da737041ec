"""What one request answered counts once: pages, days and totals that come twice are refused."""

from dataclasses import dataclass, field
from datetime import date

import pytest

from core.anthropic.payloads import Cost, CostBucket, CostRow, Group, UnifiedCostRow
from core.calendar import Span
from core.errors import PaginationBroken
from core.sync.reading import Reading

SPAN = Span(date(2026, 11, 1), date(2026, 11, 3))


@dataclass
class Page:
    data: list[object] = field(default_factory=list)
    data_refreshed_at: None = None


def row(amount: str, day: int = 1, model: str = "a") -> UnifiedCostRow:
    return UnifiedCostRow(f"2026-11-0{day}T00:00:00Z", Group(model=model), Cost(amount, "USD"))


def test_a_page_that_comes_again_is_refused():
    first, second = Page([row("1"), row("2", model="b")]), Page([row("3", model="c")])
    assert len(Reading(SPAN).take([first, second])) == 3
    with pytest.raises(PaginationBroken, match=r"A page of rows .* 2026-11-01\.\.2026-11-03"):
        Reading(SPAN).take([first, second, first])


def test_a_total_that_comes_again_is_refused_and_another_of_its_day_is_not():
    assert len(Reading(SPAN).total_rows([row("1"), row("2"), row("1", day=2)]).rows) == 3
    with pytest.raises(PaginationBroken, match="A day's total"):
        Reading(SPAN).total_rows([row("1"), row("2"), row("1")])


def test_a_day_with_two_buckets_is_refused():
    cost = CostRow(amount="1", currency="USD")
    one = CostBucket("2026-11-01T00:00:00Z", [cost, cost])
    other = CostBucket("2026-11-02T00:00:00Z", [])
    assert len(Reading(SPAN).bucket_rows([one, other]).rows) == 2
    with pytest.raises(PaginationBroken, match="A day came again"):
        Reading(SPAN).bucket_rows([one, other, one])
