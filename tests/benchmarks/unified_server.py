"""Pages of the Usage and Cost Analytics API for `cost_server`: 1,000 rows of 440 bytes each."""

import json
from datetime import date, timedelta

from cost_server import MODELS, TOKEN_TYPES, UNITS

from core.sync.fetch import UNIFIED_DIMS

DIMS = (
    "api_key_id", "workspace_id", "model", "cost_type", "token_type", "actor", "product",
    "service_tier", "context_window", "inference_geo", "speed",
)  # fmt: skip
"""Every row carries all of them, null where not grouped by."""

CUTS = ("key", "who", "shape")
"""The groupings by which a Platform connection is read; each holds all the money."""


class Unified:
    """Three groupings of the same daily totals, each row with its `group` and its `cost`."""

    endpoint = "/analytics/cost"

    def __init__(self, first: date, end: date, rows: int) -> None:
        self.first, self.end, self.rows = first, end, rows
        component = ("cost_type", "token_type")
        asked = [(*UNIFIED_DIMS["platform", cut], *component) for cut in CUTS]
        self.kept = {by: self._year(by) for by in ((), *asked)}

    def answer(self, query: dict[str, list[str]]) -> bytes:
        """Return the page at the cursor, a row's number in the window."""
        by = tuple(query.get("group_by[]", []))
        start = (date.fromisoformat(query["starting_at"][0][:10]) - self.first).days
        end = (date.fromisoformat(query["ending_at"][0][:10]) - self.first).days
        each = self.rows if by else 1
        first = start * each + int(query.get("page", ["0"])[0])
        stop = min(first + 1000, end * each)
        more = stop < end * each
        data = b",".join(self.kept[by][first:stop])
        tail = {
            "has_more": more,
            "next_page": str(stop - start * each) if more else None,
            "data_refreshed_at": f"{self.end}T00:00:00Z",
        }
        return b'{"data":[' + data + b"]," + json.dumps(tail).encode()[1:]

    def _year(self, by: tuple[str, ...]) -> list[bytes]:
        found = []
        for n in range((self.end - self.first).days):
            day = self.first + timedelta(days=n)
            units = [units_of(day, number) for number in range(self.rows)]
            if by:
                found += [_row(day, number, by, u) for number, u in enumerate(units)]
            else:
                found.append(_row(day, 0, by, sum(units)))
        return found


def units_of(day: date, number: int) -> int:
    """Return a row's amount in millionths of a cent."""
    return (day.toordinal() * 7919 + number * 104729) % 10**9


def truth(first: date, end: date, rows: int) -> int:
    """Return the exact sum over all groupings, in units of 1e-8 cents."""
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return len(CUTS) * sum(units_of(day, n) * 100 for day in days for n in range(rows))


def _row(day: date, number: int, by: tuple[str, ...], units: int) -> bytes:
    rest = number // (len(TOKEN_TYPES) * len(MODELS))
    values: dict[str, object] = {
        "api_key_id": f"apikey_01Rj2N8SVvo6BePZj99N{rest:04d}",
        "workspace_id": f"wrkspc_01JwQvzr7rXLA5AGx3HK{rest % 12 if 'actor' in by else rest:04d}",
        "model": MODELS[number // len(TOKEN_TYPES) % len(MODELS)],
        "cost_type": "tokens",
        "token_type": TOKEN_TYPES[number % len(TOKEN_TYPES)],
        "actor": {"type": "user_actor", "user_id": f"user_01WCz1FkmYMm4gnmykN{rest:04d}",
                  "email_address": f"person{rest:04d}@example.com"},
        "product": "api",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "speed": "standard",
    }  # fmt: skip
    amount = f"{units // UNITS}.{units % UNITS:06d}"
    row = {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
        "group": {name: values[name] if name in by else None for name in DIMS},
        "cost": {"amount": amount, "list_amount": amount, "currency": "USD", "requests": 7},
    }
    return json.dumps(row).encode()
