"""The line under a figure: which source, which days, and from which day on it can still change."""

from collections.abc import Mapping
from hashlib import blake2b

import streamlit as st

from core.analysis.query import View
from core.ledger.cuts import Kind
from core.ui import formats, receipt

_REPORTS = {
    "platform/reports/cost": "Admin API cost report",
    "platform/reports/usage": "Admin API usage report",
    "platform/unified/cost": "Usage and Cost Analytics API (Platform)",
    "platform/unified/usage": "Usage and Cost Analytics API (Platform)",
    "enterprise/unified/cost": "Usage and Cost Analytics API (Enterprise)",
    "enterprise/unified/usage": "Usage and Cost Analytics API (Enterprise)",
    "enterprise/reports/cost": "Enterprise Analytics cost reports",
    "enterprise/reports/usage": "Enterprise Analytics usage reports",
}


def sentence(view: View) -> str:
    """Return the line under a view."""
    named = dict.fromkeys(_REPORTS.get(cut.rpartition("/")[0], cut) for cut in view.cuts)
    start, span = view.provisional_from, view.query.span
    if start is None:
        certainty = "All days are final."
    elif start <= span.start:
        certainty = "All days are provisional: Anthropic may still revise them."
    else:
        certainty = f"Provisional from {formats.day(start)}."
    basis = "Each dollar counted once. " if view.query.basis == "counted_once" else "As reported. "
    days = f"UTC days {formats.days(span.start, span.end)}. "
    return f"Source: {', '.join(named) or 'none yet'}. {basis}{days}{certainty}"


def line(
    view: View,
    *,
    inside: bool = False,
    receipts: Mapping[str, receipt.Asked] | None = None,
    side: Kind | None = None,
) -> None:
    """Show the line under a view, and its receipt; not `inside` a popover, which holds no other.

    `receipts`: questions, by the titles of their figures, in place of the view's own; `side`: the
    source whose own books were asked.
    """
    if inside:
        st.caption(sentence(view))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(sentence(view), width="stretch")
        asked = receipts or view.query
        key = blake2b(repr((asked, side)).encode(), digest_size=8).hexdigest()
        receipt.receipt_button(asked, key, side)
