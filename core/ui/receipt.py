"""The receipt of a figure, behind a small button: worked out only when it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.analysis.activity import Count
from core.analysis.count_receipt import as_text as count_as_text
from core.analysis.one_row import question_of
from core.analysis.query import Query, View
from core.analysis.questions.sides import side as side_of
from core.analysis.receipt import receipt
from core.analysis.receipt_sum import Term
from core.analysis.receipt_sum import as_text as sum_as_text
from core.analysis.receipt_text import as_text
from core.errors import SpendError
from core.ledger import versions
from core.ledger.cuts import Kind
from core.ui import context, findings, formats
from core.ui.part import part


@dataclass(frozen=True, slots=True)
class Part:
    """A term of a figure that is a sum: what is asked, of which source's own books."""

    sign: int
    title: str
    query: Query
    side: Kind | None = None


Asked = Query | Count | tuple[Part, ...]
"""What a figure is the answer to: a question, a count of activity, or a sum of several."""

HELP = "Where this figure comes from, as text to keep: `claude-spend replay` asks it again."


def text(asked: Asked, side: Kind | None = None) -> str:
    """Return the receipt of a figure of the ledger that the pages show; raises what `ask` does."""
    if isinstance(asked, Query):
        return _text(asked, side)
    if isinstance(asked, Count):
        place = context.place()
        return count_as_text(context.book(place), asked, ledger=versions.identity(place.engine))
    return sum_as_text([Term(p.sign, p.title, _text(p.query, p.side)) for p in asked])


def _text(query: Query, side: Kind | None) -> str:
    place = context.place()
    book = context.book(place)
    return as_text(receipt(book, query, ledger=versions.identity(place.engine), side=side))


@part
def receipt_button(asked: Query | Mapping[str, Asked], key: str, side: Kind | None = None) -> None:
    """Show a button that opens the receipt of a figure, or of one of several, by their titles.

    `key` tells the page's buttons apart; `side`: the figure is of this source's own books. Never
    inside another popover: Streamlit refuses that.
    """
    queries: dict[str, Asked] = {"": asked} if isinstance(asked, Query) else dict(asked)
    label = "Receipt" if len(queries) == 1 else "Receipts"
    with st.popover(
        label, type="tertiary", icon=":material/receipt_long:", key=f"receipt-{key}",
        on_change="rerun",
    ) as opened:  # fmt: skip
        # A closed popover runs as well; its receipt would cost every visitor's every click.
        if opened.open:
            _show(queries, key, side)


def of_row(view: View, row: int, side: Kind | None = None) -> None:
    """Show the receipt of one row of a view; `side`: it is of this source's own books."""
    book = context.book(context.place())
    of(question_of(side_of(book, side) if side else book, view, row), side)


def of(asked: Asked | None, side: Kind | None = None) -> None:
    """Show a figure's receipt, or that no question asks for it alone."""
    if asked is None:
        st.info("No filter asks for this row alone: the receipt of the whole table holds it.",
                icon=":material/receipt_long:")  # fmt: skip
    else:
        _paper(asked, side)


def _show(queries: Mapping[str, Asked], key: str, side: Kind | None) -> None:
    title = next(iter(queries))
    if len(queries) > 1:
        title = st.selectbox("Figure", list(queries), key=f"receipt-of-{key}")
    _paper(queries[title], side)


def _paper(asked: Asked, side: Kind | None) -> None:
    try:
        shown = text(asked, side)
    except SpendError as error:
        findings.show(error.finding())
        return
    st.markdown(f"**{formats.plain(shown.partition(chr(10))[0])}**")
    st.caption(HELP)
    st.code(shown, language=None, height=340, wrap_lines=True)
