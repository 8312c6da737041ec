"""Series without a rhythm, such as one person: a day is held against their own dearest days."""

from collections.abc import Sequence
from statistics import median_low

from core.analysis.anomalies.rules import Band

ACTIVE = 14
"""Days with cost that somebody needs before a day of theirs is judged."""

_WINDOW = 180


def bands(values: Sequence[int | None], spent: int) -> list[Band | None]:
    """Return for each day the median and the 99th percentile of the active days before it.

    Exact: both are amounts of days that were. `spent` decides on the dollar floor: the cost of 30
    days of the whole organisation, because a person's own would make every new habit an anomaly.
    """
    return [
        None if value is None else _band(values[max(0, place - _WINDOW) : place], spent)
        for place, value in enumerate(values)
    ]


def _band(before: Sequence[int | None], spent: int) -> Band | None:
    active = sorted(value for value in before if value is not None and value > 0)
    if len(active) < ACTIVE:
        return None
    high = active[(99 * len(active) + 99) // 100 - 1]
    return Band(median_low(active), 0, spent, limit=high)
