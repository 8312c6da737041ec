"""Explorer's own widgets: filters in the address, and drilling down by a click."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from core.analysis import choices
from core.analysis.query import View
from core.analysis.top import OTHER
from core.calendar import Span
from core.ledger.book import Book
from core.ui import formats, series

FILTERED = "f"
"""The address's parameter that names the dimensions with a filter."""

NULL = "(none)"


def address(by: str, basis: str = "counted_once") -> dict[str, str]:
    """Return the parameters of Explorer's address that divide by a dimension, in these books.

    Streamlit keeps what an option is called in the address, not the option.
    """
    books = {} if basis == "counted_once" else {"basis": formats.title(basis)}
    return {"a": formats.title(by), **books}


def last_days(held: Span, today: date, count: int = 30) -> tuple[date, date]:
    """Return the first and last of the newest days that are over, as far as the ledger has them."""
    newest = held.end - timedelta(days=1)
    last = max(held.start, min(newest, today - timedelta(days=1)))
    return max(held.start, last - timedelta(days=count - 1)), last


def span_of(chosen: Any, default: tuple[date, date]) -> Span:
    """Return the days of a date input, which may be half filled, as a span."""
    days = [d for d in (chosen if isinstance(chosen, Sequence) else (chosen,)) if d]
    first, last = (days[0], days[-1]) if days else default
    return Span(first, last + timedelta(days=1))


def filters(
    book: Book, held: Span, measure: str, dims: Sequence[str]
) -> list[tuple[str, str | None]]:
    """Show the filters and return them as pairs of `where`."""
    chosen = st.multiselect(
        "Filter by", dims, format_func=formats.title, key=FILTERED, bind="query-params",
        placeholder="Add a filter: connection, workspace, model …",
    )  # fmt: skip
    if not chosen:
        return []
    pairs: list[tuple[str, str | None]] = []
    row = st.grid(3, min_column_width=240)
    for dim in chosen:
        labels = _labels(dim, choices.values(book, dim, held, measure))
        values = row.multiselect(
            formats.title(dim), list(labels), key=f"f_{dim}", bind="query-params",
            format_func=_namer(labels), placeholder="all",
        )  # fmt: skip
        pairs += [(dim, None if value == NULL else value) for value in values]
    return pairs


def _labels(dim: str, known: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what each value is called, and null with them; no two are called alike.

    Streamlit tells options apart by their labels, so ids of one name end with their own ends.
    """
    words = {value: formats.value(dim, name) for value, name in known}
    shared = Counter([*words.values(), "none"])
    told = {v: word if shared[word] == 1 else f"{word} (…{v[-4:]})" for v, word in words.items()}
    return {**told, NULL: "none"}


def _namer(labels: dict[str, str]) -> Callable[[str], str]:
    return lambda value: labels.get(value, value)


def drill(
    picked: Any, view: View, dim: str, further: Sequence[str], book: Book, held: Span
) -> None:
    """Offer to look into the bar that was clicked: filter by it and divide by another dimension."""
    label = _picked(picked)
    if label is None or label == OTHER:
        return
    frame = series.labelled(view, dim)
    ids = frame.filter(pl.col("label") == label)[dim].unique().to_list()
    if not ids:
        return
    value = NULL if ids[0] is None else ids[0]
    told = _labels(dim, choices.values(book, dim, held, view.query.measure)).get(value, value)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{formats.plain(label)}**")
        for target in [d for d in ("workspace", "api_key", "user", "product", "model", "operation")
                       if d in further][:4]:  # fmt: skip
            st.button(
                f"by {formats.title(target).lower()}", key=f"drill-{target}",
                icon=":material/zoom_in:", on_click=_drill, args=(dim, value, told, target),
            )  # fmt: skip


def _picked(event: Any) -> str | None:
    selection = event["selection"] if isinstance(event, Mapping) else {}
    points = selection.get("pick") or []
    return str(points[0]["label"]) if points else None


def _drill(dim: str, value: str, told: str, target: str) -> None:
    """Filter by what was clicked and divide by another dimension; runs before the widgets do."""
    state, own = st.session_state, f"f_{dim}"
    named = list(state.get(FILTERED) or [])
    if dim not in named:
        state[FILTERED] = [*named, dim]
        # The value that a new widget begins with is not put into the address by Streamlit.
        st.query_params[own] = [told]
    state[own] = [value]
    state["a"] = target
