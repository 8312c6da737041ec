"""Parts of a forecast that sum to it, day by day, to the last unit."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from core.analysis.split import largest_remainder

Path = dict[date, int]

_SCHEMA = {"group": pl.Date, "key": pl.String, "amount": pl.Int64, "weight": pl.Int64}


def coherent(
    total: Mapping[date, int], parts: Mapping[str, Mapping[date, int]], recent: Mapping[str, int]
) -> dict[str, Path]:
    """Return the parts' days scaled so that each day's sum to the total's; amounts as given.

    Where no part expects anything of a day, it is divided by what the parts cost lately
    (`recent`), and where they cost nothing either, evenly. No amount is below zero.
    """
    rows = [
        (day, key, amount, weight)
        for day, amount in total.items()
        for key, weight in _weights(day, parts, recent).items()
        if amount and weight > 0
    ]
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    found: dict[str, Path] = {key: {} for key in parts}
    if frame.height:
        for day, key, part in (
            largest_remainder(frame, "key").select("group", "key", "part").iter_rows()
        ):
            found[key][day] = part
    return found


def _weights(
    day: date, parts: Mapping[str, Mapping[date, int]], recent: Mapping[str, int]
) -> dict[str, int]:
    expected = {key: path.get(day, 0) for key, path in parts.items()}
    if any(weight > 0 for weight in expected.values()):
        return expected
    spent = {key: max(0, recent.get(key, 0)) for key in parts}
    return spent if any(spent.values()) else dict.fromkeys(parts, 1)
