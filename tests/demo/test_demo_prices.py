"""Prices worked out by hand: 1e-8 cents are 1e-10 dollars."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from core.demo.naming import title
from core.demo.prices import with_amounts, with_prices
from core.demo.shape import COUNTERS, TOKEN_TYPES

ROW: dict[str, Any] = {
    "day": date(2026, 11, 1), "side": "platform", "model": "claude-opus-5-5", "billed": True,
    "service_tier": "standard", "context_window": "0-200k", "inference_geo": "global",
    "speed": "standard", **dict.fromkeys(COUNTERS, 0),
}  # fmt: skip
DOLLAR = 10**10


def _priced(**other: Any) -> dict[str, Any]:
    row = pl.DataFrame([ROW | other], schema_overrides={"model": pl.String})
    return with_amounts(with_prices(row)).row(0, named=True)


@pytest.mark.parametrize(
    ("other", "token_type", "dollars"),
    [
        ({}, "uncached_input_tokens", 4),
        ({}, "output_tokens", 20),
        ({}, "cache_creation.ephemeral_5m_input_tokens", 5),
        ({}, "cache_creation.ephemeral_1h_input_tokens", 8),
        ({"service_tier": "batch"}, "output_tokens", 10),
        ({"inference_geo": "us"}, "output_tokens", 22),
        ({"inference_geo": "us", "service_tier": "batch"}, "output_tokens", 11),
        ({"speed": "fast"}, "output_tokens", 40),
        ({"inference_geo": None}, "output_tokens", 20),
        ({"context_window": "200k-1M"}, "output_tokens", 20),
        ({"model": "claude-sonnet-4-5-20250929"}, "output_tokens", 15),
        ({"service_tier": "priority", "billed": False}, "output_tokens", 0),
    ],
)
def test_a_million_tokens_cost_the_published_price(
    other: dict[str, Any], token_type: str, dollars: int
) -> None:
    priced = _priced(**other, **{token_type: 1_000_000})
    assert priced[f"list:{token_type}"] == dollars * DOLLAR
    assert priced["list_amount"] == dollars * DOLLAR


def test_long_context_cost_more_until_the_premium_ended() -> None:
    long = {"model": "claude-sonnet-4-6", "context_window": "200k-1M"}
    tokens = {"uncached_input_tokens": 1_000_000, "output_tokens": 1_000_000}
    before = _priced(day=date(2026, 3, 12), **long, **tokens)
    after = _priced(day=date(2026, 3, 13), **long, **tokens)
    assert before["list:uncached_input_tokens"] == 6 * DOLLAR
    assert before["list:output_tokens"] == 22.5 * DOLLAR
    assert after["list_amount"] == 18 * DOLLAR


def test_a_price_holds_from_its_day() -> None:
    read = {"model": "claude-sonnet-5-5", "cache_read_input_tokens": 10_000_000}
    assert _priced(day=date(2026, 10, 6), **read)["list_amount"] == 2 * DOLLAR
    assert _priced(day=date(2026, 10, 7), **read)["list_amount"] == 1 * DOLLAR


def test_searches_and_minutes_have_their_price() -> None:
    priced = _priced(model=None, web_search_requests=3, code_minutes=90, session_minutes=30)
    assert priced["list:web_search"] == 3 * DOLLAR // 100
    assert priced["list:code_execution"] == 75 * DOLLAR // 1000
    assert priced["list:session_usage"] == 4 * DOLLAR // 100
    assert sum(priced[f"list:{name}"] for name in TOKEN_TYPES) == 0


def test_amounts_are_rounded_to_a_millionth_of_a_cent() -> None:
    # 1 cache read of haiku 5.5 in a US batch: $0.01 / 1e6 x 0.5 x 1.1 = 5.5e-9 $ = 55 units
    one = {"model": "claude-haiku-5-5", "service_tier": "batch", "inference_geo": "us"}
    assert _priced(**one, cache_read_input_tokens=1)["list_amount"] == 100
    assert _priced(**one, cache_read_input_tokens=3)["list_amount"] == 200  # 165 units


@pytest.mark.parametrize(
    ("side", "day", "percent"),
    [
        ("platform", date(2026, 6, 30), 92),
        ("platform", date(2026, 7, 1), 86),
        ("enterprise", date(2026, 9, 30), 88),
        ("enterprise", date(2026, 10, 1), 82),
    ],
)
def test_the_discount_is_the_contracts(side: str, day: date, percent: int) -> None:
    priced = _priced(side=side, day=day, model="claude-sonnet-5-5", output_tokens=1_000_000)
    assert priced["list_amount"] == 10 * DOLLAR
    assert priced["amount"] == percent * DOLLAR // 10


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"),
        ("claude-opus-5-5", "Claude Opus 5.5"),
        ("claude-3-5-haiku-20241022", "Claude Haiku 3.5"),
        ("claude-fable-5", "Claude Fable 5"),
    ],
)
def test_models_have_names_for_people(model: str, name: str) -> None:
    assert title(model) == name
