"""Published list prices, by day: genai-prices as it was released, and what it does not date.

genai-prices is data in a package; nothing is asked of the network.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from core.money import UNITS_PER_DOLLAR

RELEASED = {"0.2.3": date(2026, 11, 10)}
"""When a release of genai-prices was published: its prices are of that day or older."""

KEYS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "web_search": "web_searches_kcount",
}
"""The ledger's operations and genai-prices' names for their prices."""

LONG = 200_000
"""A prompt of more tokens than this is of the context window `200k-1M`."""

THOUSAND = 1000
"""Factors are whole thousandths: batch 500, US inference 1100, fast mode 2000."""

_EARLIER: dict[tuple[str, str], tuple[tuple[date, Decimal], ...]] = {
    ("claude-sonnet-5-5", "cache_read"): ((date(2026, 10, 7), Decimal("0.20")),),
}
"""Prices until a day that genai-prices shows without their past, from Anthropic's release notes."""

_LONG_ENDED = {"claude-sonnet-4-5": date(2026, 4, 30)}
"""Long prompts were charged more until this day; genai-prices keeps that price without its end."""

_SEARCH = "claude-sonnet-4-5"
"""Web searches cost the same whichever model asks, and some reports do not name it."""


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What a million tokens (or requests) cost on a day, in units of 1e-8 cents.

    `long` and `fast` are what prompts beyond 200,000 tokens and fast mode multiply it with, in
    thousandths; `stepped` is what prompts of a size that the reports do not show may multiply it
    with.
    """

    price: int
    long: int = THOUSAND
    fast: int = THOUSAND
    stepped: int = THOUSAND


@dataclass(frozen=True, slots=True)
class Edition:
    """Which prices these are: the release of genai-prices, and its day where it is known."""

    release: str
    published: date | None


def edition() -> Edition:
    """Return which release of genai-prices is read."""
    release = version("genai-prices")
    return Edition(release, RELEASED.get(release))


def canonical(model: str) -> str | None:
    """Return genai-prices' own id of a model that the API names; None for one it does not know."""
    found = _model(model)
    return None if found is None else str(found.id)


@lru_cache(maxsize=100_000)
def list_price(model: str, operation: str, day: date) -> ListPrice | None:
    """Return the list price of a model's operation on a day; None where none is published.

    `model` is the API's id; web searches need none.
    """
    found = _model(_SEARCH if operation == "web_search" else model)
    if found is None or operation not in KEYS:
        return None
    key, when = KEYS[operation], datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    stated = getattr(found.get_prices(when), key, None)
    if stated is None:
        return None
    base, above = _tiers(stated)
    for end, price in _EARLIER.get((found.id, operation), ()):
        base = price if day < end else base
    fast = getattr(found.get_prices(when, {"speed": "fast"}), key, None)
    ended = _LONG_ENDED.get(found.id)
    long = above.get("long", base) if ended is None or day < ended else base
    return ListPrice(
        _units(base, operation),
        _factor(long, base),
        _factor(_tiers(fast)[0], _tiers(stated)[0]),
        _factor(above.get("stepped", base), base),
    )


@lru_cache(maxsize=1000)
def _model(model: str) -> Any:
    from genai_prices.data_snapshot import get_snapshot

    if not model:
        return None
    try:
        return get_snapshot().find_provider_model(model, None, "anthropic", None)[1]
    except LookupError:
        return None


def _tiers(stated: Any) -> tuple[Decimal, dict[str, Decimal]]:
    """Return a price's base, what it is beyond 200,000 tokens, and what from a lower step on."""
    if isinstance(stated, Decimal):
        return stated, {}
    above: dict[str, Decimal] = {}
    for tier in stated.tiers:
        if tier.start <= LONG:
            above["long"] = tier.price
        if tier.start < LONG:
            above["stepped"] = tier.price
    return stated.base, above


def _units(price: Decimal, operation: str) -> int:
    """Return dollars for a million (web search: for a thousand) as units for a million."""
    scale = THOUSAND if operation == "web_search" else 1
    exact = price * scale * UNITS_PER_DOLLAR
    return int(exact.to_integral_value(ROUND_HALF_UP))


def _factor(price: Decimal, base: Decimal) -> int:
    if not base:
        return THOUSAND
    return int((price / base * THOUSAND).to_integral_value(ROUND_HALF_UP))
