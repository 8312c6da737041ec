"""Levers on a page: a card each, with its switch and assumptions, which the address holds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import streamlit as st

from core.analysis import choices
from core.analysis.savings.families import published
from core.analysis.savings.plan import HUNDRED, LEVERS, Lifetime, Plan, Swap
from core.calendar import Span
from core.errors import SpendError
from core.ledger.book import Book
from core.money import from_dollars
from core.ui import findings, formats

ICONS = {
    "newest": "upgrade", "swap": "swap_horiz", "batch": "schedule_send", "cache": "cached",
    "lifetime": "timer", "fast": "speed", "geography": "public", "seats": "event_seat",
}  # fmt: skip

MOST_SWAPS = 4


@dataclass(frozen=True)
class Card:
    """Places of a lever's card that are filled once its figure is known."""

    figure: Any
    words: Any


def cards(book: Book, span: Span) -> tuple[Plan, dict[str, Card]]:
    """Show a card for each lever, its figure still open; return the plan that they say."""
    made: dict[str, Card] = {}
    values: dict[str, Any] = {}
    pulled = set()
    grid = st.grid(2, min_column_width=380)
    for name, title in LEVERS.items():
        with grid.container(border=True, height="stretch"):
            if st.toggle(
                f":material/{ICONS[name]}: **{title}**", value=True, key=f"l_{name}",
                bind="query-params",
                help="On: part of all levers together. Its own figure is shown either way.",
            ):  # fmt: skip
                pulled.add(name)
            figure = st.container()
            values |= _assumed(name, book, span)
            made[name] = Card(figure, st.container())
    return Plan(levers=frozenset(pulled), **values), made


def _assumed(name: str, book: Book, span: Span) -> dict[str, Any]:
    """Show a lever's assumptions and return them as the plan has them."""
    if name == "batch":
        return {"batch": _share("Can wait up to a day", "batch", 20)}
    if name == "cache":
        row = st.container(horizontal=True, vertical_alignment="bottom")
        with row:
            share = _share("Input that repeats", "cacheable", 20)
            rate = st.number_input(
                "Then read from the cache (%)", 0, HUNDRED, value=None, step=5, key="hit",
                bind="query-params", placeholder="your own rate", width=210,
            )  # fmt: skip
        return {"cacheable": share, "hit_rate": None if rate is None else Fraction(rate, HUNDRED)}
    if name == "lifetime":
        return _lifetime()
    if name == "newest":
        return {
            "tokens": _share("Tokens of the new model for 100 of the old", "tokens", 100, 300, 10)
        }
    if name == "swap":
        return {"swaps": tuple(_swaps(book, span))}
    return {"seat_price": _seat_price()} if name == "seats" else {}


def _share(label: str, key: str, default: int, most: int = HUNDRED, least: int = 0) -> Fraction:
    unit = " (%)" if most == HUNDRED else ""
    value = st.number_input(
        f"{label}{unit}",
        least,
        most,
        value=default,
        step=5,
        key=key,
        bind="query-params",
        width=210,
    )
    return Fraction(default if value is None else value, HUNDRED)


def _lifetime() -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen: Lifetime = st.segmented_control(
            "Cache writes become", ["5m", "1h"], default="5m", required=True, key="lifetime",
            bind="query-params",
            format_func=lambda word: {"5m": "5 minutes", "1h": "1 hour"}[word],
        )  # fmt: skip
        told = "Then written once more" if chosen == "5m" else "Repeats within the hour"
        return {"lifetime": chosen, "again": _share(told, "again", 20)}


def _seat_price() -> int:
    text = st.text_input(
        "A seat costs (USD a month)", value="", key="seat", bind="query-params", width=210,
        placeholder="0.00", help="From your contract: no Anthropic API has seat prices.",
    )  # fmt: skip
    try:
        price = from_dollars(text) if text and text.strip() else 0
        return Plan(seat_price=price).seat_price
    except SpendError as error:
        findings.show(error.finding())
        return 0


def _swaps(book: Book, span: Span) -> list[Swap]:
    """Show rows of swaps, one more than are filled, and return the filled ones."""
    used = [model for model, _ in choices.values(book, "model", span)]
    places = _places(book, span)
    made = []
    for number in range(1, MOST_SWAPS + 1):
        swap = _swap(number, used, places)
        if swap is None:
            break
        made.append(swap)
    return made


def _swap(number: int, used: Sequence[str], places: dict[str, str]) -> Swap | None:
    row = st.grid(2, min_column_width=170)
    old = row.selectbox(
        "Instead of", used, index=None, key=f"from{number}", bind="query-params",
        placeholder="a model in use",
    )  # fmt: skip
    new = row.selectbox(
        "take", published(), index=None, key=f"to{number}", bind="query-params",
        placeholder="another model",
    )  # fmt: skip
    where = row.selectbox(
        "where", list(places), format_func=lambda p: places.get(p, p), key=f"at{number}",
        bind="query-params",
    )  # fmt: skip
    dim, _, value = (where or "").partition("=")
    return Swap(old, new, dim, value) if old and new else None


def _places(book: Book, span: Span) -> dict[str, str]:
    """Return where a swap can be, with a label each; Streamlit tells options by their labels."""
    found = [
        (f"{dim}={value}", f"{formats.title(dim)} {name}")
        for dim in ("workspace", "api_key")
        for value, name in choices.values(book, dim, span)
    ]
    shared = Counter(label for _, label in found)
    told = {p: label if shared[label] == 1 else f"{label} (…{p[-4:]})" for p, label in found}
    return {"": "Everywhere", **told}
