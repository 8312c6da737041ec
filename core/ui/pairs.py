"""Two connections on the page Overlap: what proves it, what confirms it, and the user's word."""

from typing import Literal

import polars as pl
import streamlit as st

from core.access.roles import Role
from core.analysis import counting
from core.analysis import pairs as analysis
from core.analysis.claims import Pair as Ids
from core.analysis.evidence import CELL
from core.analysis.pairs import CAUSES, Pair
from core.analysis.query import Query
from core.ledger import words
from core.ledger.book import Book
from core.ledger.words import PairRow, Word
from core.ui import charts, context, formats
from core.ui.context import Place
from core.ui.grid import grid

_PROOFS = {
    "same_organization": "Both connections report the same organization, so Platform usage by its "
    "workspace, product or API key is the same usage.",
    "workspace": "{} of the Platform's workspaces stand in the Enterprise report: the same "
    "workspace is the same usage.",
}
_BY_AMOUNTS = "No identity says so, but on {} days every amount equals the Platform's."
_NOTHING = (
    "Nothing that both report was found: no common organization, no common workspace, and no "
    "equal amounts. The two are simply added."
)

FOUND = "found"

CHOICES: dict[str, tuple[str, str]] = {
    FOUND: ("As found", "What identity or equal amounts prove is counted on the Platform side."),
    "count_platform": (
        "Count Platform",
        "The same, and usage that the Enterprise side names no product or known workspace for.",
    ),
    "count_enterprise": (
        "Count Enterprise",
        "What both report is counted on the Enterprise side, at its amounts.",
    ),
    "match": ("Match", "Only what is equal in both books, cell by cell, is counted once."),
    "independent": ("Independent", "They report nothing in common; both are added."),
}
"""The user's words, and no word, each with what it does."""

_SHOWN = 500

_Colour = Literal["green", "blue", "orange", "gray"]


def show(place: Place, book: Book, pair: Pair, query: Query) -> None:
    """Show one pair of connections as a card."""
    with st.container(border=True, key=f"pair-{pair.platform.id}-{pair.enterprise.id}"):
        badge, colour = _state(pair)
        with st.container(horizontal=True, vertical_alignment="center"):
            names = [formats.plain(side.name) for side in (pair.platform, pair.enterprise)]
            st.markdown(f"**{names[0]}** and **{names[1]}**", width="content")
            st.badge(badge, color=colour)
        st.markdown(f"{_proof(pair)} {_evidence(pair)}")
        if pair.differing.height:
            _differing(pair)
        _word(place, book, pair, query)


def _state(pair: Pair) -> tuple[str, _Colour]:
    if pair.word:
        return f"Your word: {CHOICES[pair.word][0]}", "blue"
    if pair.rule:
        return "Proven by identity", "green"
    if pair.proven_days:
        return "Equal amounts", "green"
    return ("Close, not equal", "orange") if pair.cells else ("Nothing in common", "gray")


def _proof(pair: Pair) -> str:
    if pair.rule:
        return _PROOFS[pair.rule].format(pair.workspaces)
    return _BY_AMOUNTS.format(pair.proven_days) if pair.proven_days else ""


def _evidence(pair: Pair) -> str:
    if not pair.cells:
        return "" if pair.rule else _NOTHING
    figures = [formats.plain(formats.figure(n)) for n in (pair.equal_amount, pair.amount)]
    told = (
        f"Cell by cell (day, model, operation), {pair.equal:,} of {pair.cells:,} amounts are equal "
        f"in both books to the last digit: {figures[0]} of {figures[1]}."
    )
    return told if pair.differing.height else f"{told} No cell differs."


def _differing(pair: Pair) -> None:
    cells = pair.differing
    title = "1 cell differs" if cells.height == 1 else f"{cells.height:,} cells differ"
    whole = formats.plain(formats.figure(int(cells["delta"].sum())))
    with st.expander(f"{title}, Platform less Enterprise {whole}", icon=":material/difference:"):
        grid(
            _table(cells.head(_SHOWN)),
            hide_index=True,
            height=min(420, 38 * (cells.height + 1)),
            column_config={
                **{d: st.column_config.TextColumn(formats.title(d)) for d in CELL},
                "day": st.column_config.DateColumn("Day", format="YYYY-MM-DD"),
                "enterprise": st.column_config.NumberColumn("Enterprise", format="dollar"),
                "platform": st.column_config.NumberColumn("Platform", format="dollar"),
                "delta": st.column_config.NumberColumn("Difference", format="dollar"),
                "cause": st.column_config.TextColumn("Likely cause", width="large"),
            },
        )
        if cells.height > _SHOWN:
            st.caption(f"The {_SHOWN} largest of {cells.height:,}.")


def _table(cells: pl.DataFrame) -> pl.DataFrame:
    amounts = [
        charts.marks(pl.col(name), "cost").alias(name)
        for name in ("platform", "enterprise", "delta")
    ]
    told = pl.col("cause").replace_strict(CAUSES, return_dtype=pl.String)
    return cells.with_columns(*amounts, told)


def _word(place: Place, book: Book, pair: Pair, query: Query) -> None:
    if not context.may(Role.ANALYST):
        st.caption(f"Counted: {CHOICES[pair.word or FOUND][0]}.")
        return
    ids = (pair.platform.id, pair.enterprise.id)
    key = f"word-{ids[0]}-{ids[1]}"
    options = list(CHOICES)
    chosen = st.radio(
        "How to count what both report",
        options,
        index=options.index(pair.word or FOUND),
        format_func=lambda word: CHOICES[word][0],
        captions=[about for _, about in CHOICES.values()],
        key=key,
    )
    if chosen == (pair.word or FOUND):
        return
    said = next((word for word in words.WORDS if word == chosen), None)
    effect = analysis.effect(book, *ids, said, query)
    now, then = (formats.figure(s.counted_once) for s in (effect.before, effect.after))
    change = formats.figure(effect.change)
    st.info(
        f"**{CHOICES[chosen][0]}** would make these days' total {formats.plain(then)} instead of "
        f"{formats.plain(now)} (change: {formats.plain(change)}). Nothing is changed until you "
        "apply it; it can be taken back at any time.",
        icon=":material/preview:",
    )
    note = st.text_input("Why (optional)", key=f"{key}-note", max_chars=200)
    st.button(
        "Apply to all figures", key=f"{key}-apply", type="primary", icon=":material/check:",
        on_click=_apply, args=(place, counting.companions(book, ids), ids, said, note),
    )  # fmt: skip


def _apply(place: Place, all_of_them: list[Ids], ids: Ids, word: Word | None, note: str) -> None:
    """Keep or take back a word; runs before the page does."""
    if word is None:
        for other in all_of_them:
            words.take_back(place.engine, *other)
    else:
        words.give(place.engine, PairRow(*ids, word, note))
    context.forget_version()
