"""Members' spend limits at Anthropic on a page: who reaches theirs, and when."""

import streamlit as st

from core.analysis.budgets.limits import Reach, reach
from core.ledger.book import Book
from core.ledger.limits import all_limits
from core.money import dollars, label
from core.ui import context, formats
from core.ui.context import Place
from core.ui.grid import grid


def section(place: Place, book: Book) -> None:
    """Show the limits that were read, those that are or will be reached first."""
    st.subheader("Spend limits at Anthropic", anchor="spend-limits")
    found = [reach(row) for row in all_limits(place.engine)]
    if not found:
        st.info("No spend limits were read. A sync reads them with an Enterprise key that has the "
                "scope read:spend_limits.", icon=":material/lock_person:")  # fmt: skip
        return
    over = sum(r.reached for r in found)
    soon = sum(r.day is not None for r in found)
    st.markdown(f"**{over}** members' limits are reached, **{soon}** more will be at the pace of "
                f"their period so far; {len(found)} were read.")  # fmt: skip
    names = {(c, i): row.name or row.email or i
             for (c, kind, i), row in book.names.items() if kind == "user"}  # fmt: skip
    order = sorted(found, key=lambda r: (not r.reached, r.day is None, str(r.day)))
    grid([_row(r, names) for r in order], hide_index=True, key="spend-limits")
    newest = max(r.limit.read_at for r in found)
    st.caption(
        f"Read {formats.ago(newest, context.now())}. A limit is one member's, in the billing "
        "currency; 0 spent may also mean that Anthropic could not read it."
    )


def _row(one: Reach, names: dict[tuple[int, str], str]) -> dict[str, str]:
    limit = one.limit
    when = "reached" if one.reached else formats.day(one.day) if one.day else "not this period"
    unlimited = limit.amount is None
    return {
        "Member": names.get((limit.connection_id, limit.actor), limit.actor),
        "Period": limit.period,
        "Spent": _money(limit.spent, limit.currency),
        "Limit": "unlimited" if unlimited else _money(limit.amount, limit.currency),
        "Reached": "never" if unlimited else when,
        "Set by": limit.source.replace("_", " "),
    }


def _money(units: int | None, currency: str) -> str:
    if units is None:
        return ""
    return label(units) if currency == "USD" else f"{dollars(units)} {currency}"
