"""What an anomaly is made of: price, mix and volume, which sum to its impact to the last unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Cell:
    """One model and token type: cost (units of 1e-8 cents) and tokens, as expected and as was."""

    expected: int
    actual: int
    expected_tokens: Fraction
    actual_tokens: int


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of an impact, in units of 1e-8 cents: they sum to actual less expected, exactly.

    `volume`: more tokens, at what the expected ones cost on average. `mix`: dearer or cheaper
    models and token types among them; what was not expected at all is part of it. `price`: the
    same tokens at another price each. `untokened`: cost that comes without tokens.
    """

    volume: int
    mix: int
    price: int
    untokened: int

    @property
    def impact(self) -> int:
        """Return the sum of the parts."""
        return self.volume + self.mix + self.price + self.untokened


def split(cells: Sequence[Cell]) -> Split:
    """Return the parts of the cells' impact; a cell without tokens on both sides has its own."""
    tokened = [c for c in cells if c.expected_tokens > 0 or c.actual_tokens > 0]
    rest = [c for c in cells if not (c.expected_tokens > 0 or c.actual_tokens > 0)]
    expected, actual = sum(c.expected for c in tokened), sum(c.actual for c in tokened)
    price = sum(round(_price(cell)) for cell in tokened)
    volume = round(_volume(tokened, expected, actual - price))
    mix = actual - expected - price - volume
    return Split(volume, mix, price, sum(c.actual - c.expected for c in rest))


def _price(cell: Cell) -> Fraction:
    """Return what a cell's tokens cost more than at the expected price; 0 where there is none."""
    if not (cell.expected_tokens > 0 and cell.actual_tokens > 0):
        return Fraction(0)
    return cell.actual - Fraction(cell.expected * cell.actual_tokens) / cell.expected_tokens


def _volume(cells: Sequence[Cell], expected: int, rest: int) -> Fraction:
    """Return what the change in tokens costs at the expected average; all where none were."""
    before = sum((c.expected_tokens for c in cells), Fraction(0))
    after = sum(c.actual_tokens for c in cells)
    if before <= 0:
        return Fraction(rest - expected)
    return Fraction(expected) * after / before - expected


def shared(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Return a total divided by weights, in whole units that sum to it; all to `''` without any.

    Weights below zero count as none. Units left over go to the largest remainders, equal ones by
    name.
    """
    whole = {name: weight for name, weight in weights.items() if weight > 0}
    every = sum(whole.values())
    if not every:
        return {"": total} if total else {}
    parts = {name: divmod(abs(total) * weight, every) for name, weight in whole.items()}
    left = abs(total) - sum(part for part, _ in parts.values())
    first = sorted(parts, key=lambda name: (-parts[name][1], name))[:left]
    sign = -1 if total < 0 else 1
    return {name: sign * (part + (name in first)) for name, (part, _) in parts.items()}
