"""What one token costs in a given way, by the price book, on the days of a bill."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from core.analysis.reconcile.listprices import THOUSAND, canonical
from core.analysis.reconcile.pricebook import book_of
from core.ledger.prices import ContractPrice

TOKENS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
"""The operations that are tokens; nothing else has a lever."""

BATCH = THOUSAND // 2
US = 1100


class State(NamedTuple):
    """How a token is asked for: all that its price depends on, beside the day.

    `steep`: in a prompt beyond the size from which a model costs more, which no report shows.
    """

    model: str
    operation: str
    batch: bool = False
    fast: bool = False
    us: bool = False
    long: bool = False
    steep: bool = False


class Price(NamedTuple):
    """A row of the price book: units a million tokens, factors in thousandths."""

    price: int
    long: int
    fast: int
    stepped: int


@dataclass(frozen=True)
class Rates:
    """Prices by model, operation and epoch: days in a row of which all prices are the same.

    `epochs` gives each day's, named by its first day.
    """

    epochs: dict[date, date]
    prices: dict[tuple[str, str, date], Price]

    def rate(self, state: State, epoch: date) -> int | None:
        """Return what a token costs, in units of 1e-18 of the book's; None without a price.

        Fast mode without a published price has none. Compare rates, never add them to money.
        """
        found = self.prices.get((state.model, state.operation, epoch))
        if found is None or found.price <= 0 or (state.fast and found.fast == THOUSAND):
            return None
        factors = (
            found.stepped if state.steep else found.long if state.long else THOUSAND,
            found.fast if state.fast else THOUSAND,
            US if state.us else THOUSAND,
            BATCH if state.batch else THOUSAND,
        )
        return found.price * factors[0] * factors[1] * factors[2] * factors[3]


def rates(days: Iterable[date], models: Collection[str], prices: Sequence[ContractPrice]) -> Rates:
    """Return the price book of some models on some days; `prices` are those of the contract."""
    ordered = sorted(set(days))
    keys = ((m, o, d) for m in sorted(models) for o in TOKENS for d in ordered)
    by_day: dict[date, dict[tuple[str, str], Price]] = {day: {} for day in ordered}
    for model, operation, day, _, price, *factors in book_of(keys, prices).iter_rows():
        by_day[day][model, operation] = Price(int(price), *map(int, factors))
    epochs: dict[date, date] = {}
    first: date | None = None
    for day in ordered:
        if first is None or by_day[first] != by_day[day]:
            first = day
        epochs[day] = first
    found = {(m, o, e): p for e in set(epochs.values()) for (m, o), p in by_day[e].items()}
    return Rates(epochs, found)


def same_model(one: str, other: str) -> bool:
    """Say whether two ids mean one model, with or without its date."""
    return one == other or (canonical(one) is not None and canonical(one) == canonical(other))
