"""From where on a cache pays: hit rates at which a lever neither saves nor costs, by model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.analysis.savings.cells import Cell
from core.analysis.savings.rates import Rates, State

_WRITES = ("cache_write_5m", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What a cache must reach to pay for a model, and what it reaches; exact shares of one.

    `five`, `hour`: hit rates from which caching for five minutes, or an hour, is cheaper than no
    cache. `again`: share of tokens written for an hour that may be written again before five
    minutes cost more. `repeat`: share of 5-minute writes that must repeat within the hour before
    an hour is cheaper. `hit_rate`: as measured, None without cached input. `uncached`: what
    uncached input costs, in units of 1e-8 cents.
    """

    model: str
    five: Fraction
    hour: Fraction
    again: Fraction
    repeat: Fraction
    hit_rate: Fraction | None
    uncached: int


def hit_rate(cells: Iterable[Cell], rates: Rates) -> Fraction | None:
    """Return the share of cached input that was read rather than written; API usage only.

    Tokens are taken from the amounts at the price book's prices, so a discount plays no part.
    None where nothing was cached.
    """
    read, written = Fraction(0), Fraction(0)
    for cell in cells:
        if cell.api and cell.state is not None:
            rate = rates.rate(cell.state, cell.epoch) or 1
            tokens = Fraction(cell.amount, rate)
            read += tokens if cell.state.operation == "cache_read" else 0
            written += tokens if cell.state.operation in _WRITES else 0
    return read / (read + written) if read >= 0 and written >= 0 and read + written else None


def break_evens(cells: Sequence[Cell], rates: Rates) -> list[BreakEven]:
    """Return the break-evens of every model of the API's own usage, the most uncached input first.

    Prices are those of each model's last days in the bill.
    """
    by_model: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.api and cell.state is not None:
            by_model.setdefault(cell.state.model, []).append(cell)
    found = [row for model, own in by_model.items() if (row := _row(model, own, rates))]
    return sorted(found, key=lambda row: (-row.uncached, row.model))


def _row(model: str, cells: Sequence[Cell], rates: Rates) -> BreakEven | None:
    last = max(cell.epoch for cell in cells)
    wanted = ("input", "cache_read", *_WRITES)
    prices = [rates.rate(State(model, operation), last) for operation in wanted]
    if any(price is None for price in prices):
        return None
    plain, read, five, hour = (price or 0 for price in prices)
    if not read < plain <= five <= hour:
        return None
    return BreakEven(
        model,
        Fraction(five - plain, five - read),
        Fraction(hour - plain, hour - read),
        Fraction(hour - five, five - read),
        Fraction(hour - five, hour - read),
        hit_rate(cells, rates),
        sum(c.amount for c in cells if c.state and c.state.operation == "input"),
    )
