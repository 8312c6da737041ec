"""Each lever as a change of how tokens are asked for; the price book does the rest.

A change turns a token's state into shares of tokens in new states. Changes are applied one after
the other to the states, and only then priced, so levers that meet are never counted twice.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from core.analysis.savings.cells import Cell
from core.analysis.savings.plan import Plan, Swap
from core.analysis.savings.rates import Rates, State, same_model

Shares = list[tuple[Fraction, State]]
Change = Callable[[State, Cell], Shares]

ONE = Fraction(1)

ORDER = ("fast", "geography", "swap", "lifetime", "cache", "batch")
"""The order in which changes apply: what is fast cannot be batch, and prices follow the model."""


def changes(
    plan: Plan, rates: Rates, hit_rate: Fraction, newest: dict[str, str],
    places: dict[Swap, frozenset[str]], *, steep: bool = False,
) -> list[Change]:  # fmt: skip
    """Return a plan's changes in ORDER; `places` are the ids that a swap is for.

    `steep`: at every new model, all prompts are so long that they cost the most.
    """
    swaps = plan.swaps if "swap" in plan.levers else ()
    upgrades = newest if "newest" in plan.levers else {}
    made: dict[str, Change] = {
        "fast": _fast,
        "geography": _global,
        "swap": _swapped(plan, rates, swaps, upgrades, places, steep),
        "lifetime": _to_hour(plan.again) if plan.lifetime == "1h" else _to_minutes(plan.again),
        "cache": _cached(plan.cacheable, hit_rate),
        "batch": _batched(plan.batch),
    }
    wanted = plan.levers | ({"swap"} if "newest" in plan.levers else set())
    return [made[name] for name in ORDER if name in wanted]


def factor(cell: Cell, made: Sequence[Change], rates: Rates) -> Fraction:
    """Return what a cell costs after the changes, as a share of what it costs now; exact."""
    if cell.state is None:
        return ONE
    shares: Shares = [(ONE, cell.state)]
    for change in made:
        shares = [
            (share * part, state)
            for share, before in shares
            for part, state in _priced(change(before, cell), before, cell, rates)
        ]
    now = rates.rate(cell.state, cell.epoch) or 1
    return sum((w * (rates.rate(s, cell.epoch) or 0) for w, s in shares), Fraction(0)) / now


def _priced(shares: Shares, before: State, cell: Cell, rates: Rates) -> Shares:
    """Return a change's shares, or no change where a new state has no price."""
    known = all(rates.rate(state, cell.epoch) is not None for _, state in shares)
    return shares if known else [(ONE, before)]


def _fast(state: State, _: Cell) -> Shares:
    return [(ONE, state._replace(fast=False))]


def _global(state: State, _: Cell) -> Shares:
    return [(ONE, state._replace(us=False))]


def _batched(share: Fraction) -> Change:
    def change(state: State, cell: Cell) -> Shares:
        if not cell.api or not cell.open or state.batch or state.fast:
            return [(ONE, state)]
        return [(ONE - share, state), (share, state._replace(batch=True))]

    return change


def _cached(share: Fraction, hit_rate: Fraction) -> Change:
    def change(state: State, cell: Cell) -> Shares:
        if not cell.api or state.operation != "input":
            return [(ONE, state)]
        return [
            (ONE - share, state),
            (share * (ONE - hit_rate), state._replace(operation="cache_write_5m")),
            (share * hit_rate, state._replace(operation="cache_read")),
        ]

    return change


def _to_minutes(again: Fraction) -> Change:
    """Return the change of 1-hour writes to 5 minutes: some reads become writes once more."""

    def change(state: State, cell: Cell) -> Shares:
        if not cell.api or state.operation != "cache_write_1h":
            return [(ONE, state)]
        return [
            (ONE + again, state._replace(operation="cache_write_5m")),
            (-again, state._replace(operation="cache_read")),
        ]

    return change


def _to_hour(again: Fraction) -> Change:
    """Return the change of 5-minute writes to an hour: those that repeat become reads."""

    def change(state: State, cell: Cell) -> Shares:
        if not cell.api or state.operation != "cache_write_5m":
            return [(ONE, state)]
        return [
            (ONE - again, state._replace(operation="cache_write_1h")),
            (again, state._replace(operation="cache_read")),
        ]

    return change


def _swapped(
    plan: Plan, rates: Rates, swaps: Sequence[Swap], upgrades: dict[str, str],
    places: dict[Swap, frozenset[str]], steep: bool,
) -> Change:  # fmt: skip
    """Return the change of models: a swap of the user's own first, else the family's newest."""

    def change(state: State, cell: Cell) -> Shares:
        mine = (s for s in reversed(swaps) if _meant(s, state, cell, places))
        swap = next(mine, None)
        target = swap.new if swap else _cheaper(state, cell, upgrades, rates)
        if target is None:
            return [(ONE, state)]
        return [(plan.tokens, _moved(state, target, cell, rates)._replace(steep=steep))]

    return change


def _moved(state: State, model: str, cell: Cell, rates: Rates) -> State:
    """Return a state with another model, at standard speed where that one has no fast mode."""
    moved = state._replace(model=model)
    if state.fast and rates.rate(moved, cell.epoch) is None:
        return moved._replace(fast=False)
    return moved


def _meant(swap: Swap, state: State, cell: Cell, places: dict[Swap, frozenset[str]]) -> bool:
    if not same_model(swap.old, state.model):
        return False
    return not swap.dim or getattr(cell, swap.dim) in places[swap]


def _cheaper(state: State, cell: Cell, upgrades: dict[str, str], rates: Rates) -> str | None:
    """Return the model that a state's family has come to, unless a token of it costs more."""
    target = upgrades.get(state.model)
    if target is None:
        return None
    now = rates.rate(state, cell.epoch)
    then = rates.rate(_moved(state, target, cell, rates), cell.epoch)
    return target if now and then and then <= now else None
