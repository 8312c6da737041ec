"""Files that people upload: read whole, or refused in words; never anything else."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.analysis.budgets import file as budgets
from core.analysis.reconcile import invoicefile
from core.errors import BadInput
from core.ledger.book import ConnectionRow
from core.ledger.budgets import save_budgets
from core.ledger.engine import connect
from core.ledger.invoices import all_invoices, save_invoices
from core.settings import load

CONNECTIONS = (ConnectionRow(1, "Console", "platform"), ConnectionRow(2, "=Seats", "enterprise"))

cells = st.sampled_from([
    "", "INV-1", "2026-10", "2026-13", "0000-01", "9999-12", "2026-02-30", "platform", "=Seats",
    "1,204.50", "-5", "1e9", "NaN", "9" * 5000, "0." + "9" * 50, "$1.00", "$-1", "922337203685.47",
    "workspace=x", "team=x", "a=b;c=d", ";", '"', "'=1", "\ud800", "\0", "\r", "\n", "\u202e",
]) | st.text(max_size=6)  # fmt: skip


def table(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return CSV texts with columns of these names, and some that are none."""
    heads = st.lists(st.sampled_from([*names, "x", ""]), min_size=1, max_size=8)
    rows = st.lists(st.lists(cells, max_size=9), max_size=4)
    return st.tuples(st.just(list(names)) | heads, rows).map(_written)


def _written(given_: tuple[list[str], list[list[str]]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([given_[0], *given_[1]])
    return out.getvalue()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | cells,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*invoicefile.HEADER, "invoices", "x"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)
FULL = {"total": "5", "month": "2026-10", "source": "platform"}
objects = values | st.dictionaries(st.sampled_from(invoicefile.HEADER), cells).map(
    lambda d: FULL | d
)


@settings(max_examples=150)
@given(table(invoicefile.HEADER) | objects.map(json.dumps) | st.text(max_size=30))
@example("[" * 100_000)
@example('{"total": ' * 50_000)
@example("total\n" + "9" * 5000)
@example('{"total": ' + "9" * 5000 + ', "month": "2026-10", "source": "platform"}')
@example("\ufeff\ufeff")
def test_an_invoice_file_is_read_or_refused_in_words(text: str) -> None:
    found, wrong = invoicefile.read(text, CONNECTIONS)
    assert found or wrong
    assert {finding.code for finding in wrong} <= {"invoice_unreadable", "bad_value"}
    assert all(finding.title and len(finding.title) < 6000 for finding in wrong)


@settings(max_examples=100)
@given(table(budgets.HEADER) | st.text(max_size=30))
@example("name,from\n" + '"' * 99_999)
@example("name,from\nx," + "9" * 5000)
@example("name,from,amount\nx,2026-10," + "9" * 5000)
def test_a_budget_file_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = budgets.read(text)
    except BadInput as refused:
        words = refused.title
    else:
        words = "none" if not found else found[0].name
        assert budgets.read(budgets.written(found)) == found
    assert words


@settings(max_examples=25)
@given(cells, cells, cells)
def test_what_was_read_can_be_kept(number: str, note: str, name: str) -> None:
    engine = connect(load())
    row: dict[str, Any] = FULL | {"number": number, "note": note}
    found, _ = invoicefile.read(json.dumps(row), CONNECTIONS)
    save_invoices(engine, found)
    assert all_invoices(engine)
    try:
        save_budgets(
            engine, budgets.read(_written([["name", "from", "note"], [[name, "2026-10", note]]]))
        )
    except BadInput as refused:
        number = refused.title
    assert number is not None
    engine.dispose()


@pytest.mark.parametrize("reader", [invoicefile.read, budgets.read])
def test_a_file_too_large_is_refused_before_it_is_read(reader: Any) -> None:
    text = "x" * (budgets.LARGEST_FILE + 1)
    if reader is budgets.read:
        with pytest.raises(BadInput, match="too large"):
            reader(text)
    else:
        assert "too large" in reader(text, CONNECTIONS)[1][0].title
