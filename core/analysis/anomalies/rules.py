"""When a day stands out: by how many dollars, by which share, and against how much noise."""

from dataclasses import dataclass

from core.money import UNITS_PER_DOLLAR

TIMES = {"sensitive": 3, "normal": 4, "quiet": 5}
"""How many times its own noise a day must be off, by the setting's word."""

SHARE = 5
"""A day must be off by a fifth (1 / SHARE) of what was expected: 20 %."""

_SCANT = 4

_FLOORS = (
    (100, 5),
    (1_000, 10),
    (10_000, 25),
    (50_000, 75),
    (250_000, 100),
    (1_000_000, 150),
    (5_000_000, 250),
)
"""Up to this many dollars in 30 days, an anomaly has at least so many."""

_LARGEST_FLOOR = 500


@dataclass(frozen=True, slots=True)
class Band:
    """What was expected of a day, in units of 1e-8 cents, from the days before it alone.

    `scale`: the series' own noise, 0 while it is not known yet: such a day is not judged. `spent`:
    what decides on the dollar floor, cost of the 30 days before. `limit`: for a series without a
    rhythm, the cost that it must exceed instead; its `scale` is 0.
    """

    expected: int
    scale: int
    spent: int
    limit: int | None = None

    @property
    def judges(self) -> bool:
        """Say whether a day can be held against this."""
        return self.scale > 0 or self.limit is not None


def floor(spent: int) -> int:
    """Return the least excess that is worth a look, by the cost of 30 days; in its units."""
    for most, dollars in _FLOORS:
        if spent <= most * UNITS_PER_DOLLAR:
            return dollars * UNITS_PER_DOLLAR
    return _LARGEST_FLOOR * UNITS_PER_DOLLAR


def ceiling(band: Band, times: int) -> int:
    """Return the cost above which a day stands out."""
    least = floor(band.spent)
    if band.limit is not None:
        return band.limit + max(least, band.limit // SHARE)
    return band.expected + max(least, band.expected // SHARE, times * band.scale)


def bottom(band: Band, times: int) -> int:
    """Return the cost below which a day looks as if data were missing; 0 where no day can.

    A day with less than a quarter of what was expected needs half the noise to look so.
    """
    if band.limit is not None:
        return 0
    least = max(floor(band.spent), band.expected // SHARE)
    far = band.expected - max(least, times * band.scale)
    near = band.expected - max(least, times * band.scale // 2)
    return max(0, far, min(near, band.expected // _SCANT))


def over(actual: int, band: Band, times: int) -> bool:
    """Say whether a day's cost stands out."""
    return band.judges and actual > ceiling(band, times)


def under(actual: int, band: Band, times: int) -> bool:
    """Say whether a day's cost is so low that data may be missing."""
    return band.judges and actual < bottom(band, times)


def noisy(actual: int, band: Band) -> int:
    """Return 1 or -1 for a day that no model should learn from, above or below; else 0.

    The same at every sensitivity, so that what is expected does not hang on it.
    """
    if band.limit is not None or not band.judges:
        return 0
    off = actual - band.expected
    scant = actual * _SCANT < band.expected and -off > 2 * band.scale
    if abs(off) <= 4 * band.scale and not scant:
        return 0
    return 1 if off > 0 else -1
