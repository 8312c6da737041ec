"""The form that adds, changes and removes budgets."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.analysis.budgets.file import amount, month, pairs
from core.analysis.budgets.spent import FILTERS, filter_of
from core.ledger.book import Book
from core.ledger.budgets import BudgetRow, delete_budget, save_budgets
from core.money import dollars
from core.ui import context, findings, formats, jobs
from core.ui.context import Place
from core.watch.after import STEPS, after

NEW = "A new budget"


def form(place: Place, book: Book, rows: Sequence[BudgetRow], this: date) -> None:
    """Show the form; what it keeps is there when the page has run again."""
    named = {row.name: row for row in rows}
    chosen = st.selectbox("Budget", [NEW, *named], key="budget-chosen")
    old = named.get(chosen)
    with st.form(f"budget-{chosen}", border=False):
        row = _fields(old, book, [name for name in named if name != chosen], this)
        keep = st.form_submit_button("Keep", type="primary", icon=":material/save:")
        gone = st.form_submit_button("Remove", icon=":material/delete:", disabled=old is None)
    with findings.explained():
        if keep:
            made = _made(row)
            save_budgets(place.engine, [made], renamed=old.name if old else "")
            work_out(place)
            st.rerun()
        if gone and old:
            delete_budget(place.engine, old.name)
            work_out(place)
            st.rerun()


def work_out(place: Place) -> None:
    """Begin to work out, beside the pages, what is ahead of the budgets as they are now."""
    jobs.job(job_of(place)).start(lambda _: _step(place))


def job_of(place: Place) -> str:
    """Return the name of the job that works out this ledger's budgets."""
    return f"budgets of {place.key}"


def _step(place: Place) -> None:
    after(place.engine, place.settings, context.now, tuple(s for s in STEPS if s[0] == "budgets"))


def _fields(
    old: BudgetRow | None, book: Book, others: Sequence[str], this: date
) -> dict[str, str | list[str]]:
    tag = old.name if old else ""
    sides = st.columns(2)
    left, right = sides[0], sides[1]
    own = dollars(old.amount) if old and old.amount is not None else ""
    name = left.text_input("Name", tag, key=f"budget-name-{tag}")
    parents = ["", *others]
    return {
        "name": name,
        "amount": right.text_input(
            "USD a month", own, key=f"budget-amount-{tag}", placeholder="the sum of its parts"
        ),
        "parent": left.selectbox(
            "Part of", parents, parents.index(old.parent) if old else 0,
            format_func=lambda text: text or "no other budget", key=f"budget-parent-{tag}",
        ) or "",
        "connections": right.multiselect(
            "Connections", sorted({c.name for c in book.connections} | set(
                old.connections if old else ())),
            list(old.connections) if old else [], key=f"budget-connections-{tag}",
            placeholder="all of them",
        ),
        "first": left.text_input(
            "First month", f"{old.first if old else this:%Y-%m}", key=f"budget-first-{tag}"
        ),
        "last": right.text_input(
            "Last month", f"{old.last:%Y-%m}" if old and old.last else "",
            key=f"budget-last-{tag}", placeholder="no end",
        ),
        "where": st.text_area(
            "Only (one DIMENSION=VALUE a line)",
            "\n".join(f"{d}={v}" for d, v in old.where) if old else "", key=f"budget-where-{tag}",
            placeholder="workspace=Production\nteam=Engineering",
            help="The same dimension again means either; different ones must all match. "
            f"There are: {', '.join(formats.title(d) for d in FILTERS)}, written "
            f"{' '.join(FILTERS)}.",
        ),
        "note": st.text_input("Note", old.note if old else "", key=f"budget-note-{tag}"),
    }  # fmt: skip


def _made(row: dict[str, str | list[str]]) -> BudgetRow:
    text = {name: value for name, value in row.items() if isinstance(value, str)}
    lines = [line.strip() for line in text["where"].splitlines() if line.strip()]
    made = BudgetRow(
        text["name"].strip(), month(text["first"]), amount(text["amount"]), text["parent"],
        pairs(lines), tuple(row["connections"]), month(text["last"]) if text["last"].strip()
        else None, text["note"].strip(),
    )  # fmt: skip
    filter_of(made)
    return made
