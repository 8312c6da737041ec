"""Generated ledgers: some connections, some days, every cut a partition of the same truth."""

from collections.abc import Callable
from datetime import timedelta
from math import prod
from typing import Any

import factory as f
from hypothesis import strategies as st

from core.calendar import Span
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import (
    DEFAULT_WORKSPACE,
    DIMENSIONS,
    NO_KEY,
    NOT_ATTRIBUTED,
    Cut,
    cuts_of,
)  # fmt: skip
from core.ledger.words import WORDS, PairRow

DAYS = [f.day("11-01") + timedelta(days=n) for n in range(3)]
SPAN = Span(DAYS[0], DAYS[-1] + timedelta(days=1))

_VALUES = {
    "workspace": ("", "w1", "w2", "w3"),
    "api_key": ("", "k1", "k2"),
    "user": ("", "u1", "u2"),
    "service_account": ("", "s1"),
    "actor_type": ("", "user_actor"),
    "product": ("", "chat", "messages_api", "claude_code"),
    "model": ("", "opus", "haiku"),
    "cost_type": ("tokens", "web_search"),
    "service_tier": ("", "standard"),
    "context_window": ("", "0-200k"),
    "inference_geo": ("", "us"),
    "speed": ("", "fast"),
    "description": ("", "text (Fast Mode)"),
}
_COMPONENTS = (("input", "uncached_input_tokens"), ("output", "output_tokens"))

_COMBINATIONS = prod(len(values) for values in (*_VALUES.values(), _COMPONENTS))

AMOUNTS = st.integers(-(10**12), 10**15)


@st.composite
def books(draw: Callable[..., Any], attributed: bool = False, words: bool = True) -> Book:
    """A book of one to four connections, and perhaps the user's words on them.

    Every cut of a connection's day sums to the same total; unless `attributed`, each cut may
    leave another part of it to completing rows. Sides may hold the same usage, or some of it.
    """
    kinds = draw(st.lists(st.sampled_from(["platform", "enterprise"]), min_size=1, max_size=4))
    rows, states, connections = [], [], []
    known: dict[Any, list[dict[str, Any]]] = {}
    for number, kind in enumerate(kinds, 1):
        org = draw(st.sampled_from(["", "x", "y"]))
        state = draw(st.sampled_from(["ok", "ok", "disconnected"]))
        connections.append(ConnectionRow(number, f"c{number}", kind, state, organization_id=org))
        for family in ("cost", "usage"):
            for day in draw(st.lists(st.sampled_from(DAYS), unique=True)):
                protocol = draw(st.sampled_from(["unified", "reports"]))
                truth = draw(st.lists(_truth(family), max_size=4))
                others = known.setdefault((family, day), [])
                if others and draw(st.booleans()):
                    truth += draw(st.lists(st.sampled_from(others), min_size=1, max_size=4))
                others += truth
                cuts = cuts_of(kind, protocol, family)
                present = bool(truth) or draw(st.booleans())
                states.append(f.state(number, cuts[0].name, day.isoformat(), present=present))
                for cut in cuts:
                    lost = 0 if attributed else draw(st.integers(0, len(truth)))
                    rows += _projected(number, cut, day.isoformat(), truth, lost)
    book = f.book(rows, connections, states)
    return book.with_words(draw(_words(connections))) if words else book


@st.composite
def _words(draw: Callable[..., Any], connections: list[ConnectionRow]) -> tuple[PairRow, ...]:
    ids = {k: [c.id for c in connections if c.kind == k] for k in ("platform", "enterprise")}
    pairs = [(p, e) for p in ids["platform"] for e in ids["enterprise"]]
    said = [(pair, draw(st.sampled_from([None, *WORDS]))) for pair in pairs]
    return tuple(draw(st.permutations([PairRow(*pair, word) for pair, word in said if word])))


@st.composite
def _truth(draw: Callable[..., Any], family: str) -> dict[str, Any]:
    # One draw for all dimensions: a draw each takes most of a run's time.
    number, row = draw(st.integers(0, _COMBINATIONS - 1)), {}
    for dim, values in _VALUES.items():
        number, index = divmod(number, len(values))
        row[dim] = values[index]
    row["operation"], row["token_type"] = _COMPONENTS[number]
    if family == "cost":
        listed = draw(st.one_of(st.none(), AMOUNTS))
        return row | {"amount": draw(AMOUNTS), "list_amount": listed}
    if draw(st.booleans()):
        return row | {"tokens": draw(st.integers(0, 10**12))}
    return row | {"operation": "", "token_type": "", "requests": draw(st.integers(1, 10**6))}


def _projected(
    connection: int, cut: Cut, day: str, truth: list[dict[str, Any]], lost: int
) -> list[dict[str, Any]]:
    return [
        f.fact(connection, cut.name, day, **_seen(cut, row, n < lost))
        for n, row in enumerate(truth)
    ]  # fmt: skip


def _seen(cut: Cut, row: dict[str, Any], lost: bool) -> dict[str, Any]:
    kept = ("operation", "token_type") if cut.family == "usage" else ()
    nulls = {"workspace": DEFAULT_WORKSPACE, "api_key": NO_KEY} if cut.kind == "platform" else {}
    seen = dict(row)
    for dim in DIMENSIONS:
        if lost and dim not in kept:
            seen[dim] = NOT_ATTRIBUTED
        elif dim not in cut.dims | cut.also:
            seen[dim] = ""
        elif not row[dim]:
            seen[dim] = nulls.get(dim, "")
    return seen
