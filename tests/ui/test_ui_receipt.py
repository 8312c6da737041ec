"""Receipts on the pages: nothing while they are closed, the exact figure as text when opened."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest
from ui_desk import Dashboard

from core import demo
from core.analysis.count_receipt import is_count
from core.analysis.count_receipt import replay as recount
from core.analysis.receipt_sum import is_sum, replay_sum
from core.analysis.receipt_text import read
from core.analysis.replay import replay
from core.calendar import Span, now
from core.ledger import versions
from core.ledger.snapshot import book
from core.money import as_float
from core.ui import formats, receipt, sources

LAST = now().date() - timedelta(days=1)
TEN = {"d": [(LAST - timedelta(days=9)).isoformat(), LAST.isoformat()]}
SPAN = Span(LAST - timedelta(days=9), LAST + timedelta(days=1))


def buttons(at: AppTest) -> list[str]:
    return [key for key in at.session_state if key.startswith("receipt-")]


def opened(dashboard: Dashboard, name: str, which: int = 0, **query: list[str]) -> str:
    """Return the text of one of a page's receipts."""
    at = dashboard.open(name, **query)
    at.session_state[buttons(at)[which]] = True
    at.run()
    assert not at.exception, at.exception
    (code,) = at.code
    return str(code.value)


def test_the_opened_receipt_holds_the_exact_total_and_replays(
    filled: Dashboard, company: demo.Organisation
) -> None:
    text = opened(filled, "explorer", **TEN)
    truth = sum(
        company.truth(kind, span=SPAN)["amount"].item() for kind in ("platform", "enterprise")
    )
    asked = read(text)
    assert (asked.total, asked.query.span) == (truth, SPAN)
    again = replay(book(filled.engine, filled.settings), text,
                   ledger=versions.identity(filled.engine))  # fmt: skip
    assert again.same
    assert again.findings == ()


@pytest.mark.parametrize("page", ["overview", "explorer", "usage", "overlap", "sources"])
def test_a_closed_receipt_is_not_worked_out(filled: Dashboard, page: str) -> None:
    with patch.object(receipt, "receipt", side_effect=AssertionError("worked out")):
        at = filled.open(page)
    assert buttons(at)
    assert not at.code


@pytest.mark.parametrize("page", ["overview", "usage"])
def test_every_receipt_of_a_page_opens(filled: Dashboard, page: str) -> None:
    for which in range(len(buttons(filled.open(page)))):
        text = opened(filled, page, which)
        if is_count(text):
            assert recount(book(filled.engine, filled.settings), text).same
        else:
            assert read(text).ledger == versions.identity(filled.engine)


@pytest.mark.parametrize(
    ("page", "table", "query"),
    [
        ("explorer", "rows", TEN),
        ("explorer", "rows", {**TEN, "by": ["api_key"]}),
        ("explorer", "rows", {**TEN, "by": ["user"]}),
        ("overview", "table-workspace", {}),
        ("sources", "answer", TEN),
        ("sources", "answer", {**TEN, "q": [sources.label("per-api-key")]}),
        ("sources", "answer", {**TEN, "q": [sources.label("pull-request")]}),
        ("usage", "people", TEN),
        ("overlap", "lines", TEN),
        ("explorer", "comparison", {**TEN, "c": ["true"]}),
        ("usage", "tokens", TEN),
    ],
)
@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.usefixtures("yesterday")
def test_a_chosen_row_opens_the_receipt_of_its_figure(
    filled: Dashboard, page: str, table: str, query: dict[str, list[str]], row: int
) -> None:
    at = filled.open(page, **query)
    at.session_state[table] = {"selection": {"rows": [], "columns": [], "cells": [[row, "value"]]}}
    at.run()
    assert not at.exception, at.exception
    (code,) = at.code
    text = str(code.value)
    again = replay(book(filled.engine, filled.settings), text,
                   ledger=versions.identity(filled.engine))  # fmt: skip
    assert again.same
    total = read(text).total
    figure = as_float(total) if read(text).query.measure == "cost" else total
    tables = [f.value for f in at.dataframe if len(f.value) > row]
    shown = {float(t[c].iloc[row]) for t in tables for c in ("value", "cost") if c in t.columns}
    assert any(figure == pytest.approx(value, rel=1e-12) for value in shown)


@pytest.mark.parametrize("figure", ["Difference", "Of it Platform usage"])
def test_a_figure_made_of_others_opens_their_receipts(filled: Dashboard, figure: str) -> None:
    at = filled.open("sources", **TEN)
    shown = {metric.label: metric.help for metric in at.metric}
    for key in buttons(at):
        at.session_state[key] = True
    at.run()
    choice = next(box for box in at.selectbox if figure in box.options)
    choice.set_value(figure).run()
    assert not at.exception, at.exception
    text = next(str(code.value) for code in at.code if is_sum(str(code.value)))
    found = replay_sum(book(filled.engine, filled.settings), text,
                       ledger=versions.identity(filled.engine))  # fmt: skip
    assert found.same
    assert found.then != 0
    exact = str(shown[figure]).replace("\\", "").partition(", exactly")[0]
    assert exact == formats.exact(found.then)


@pytest.mark.parametrize(
    ("column", "metrics"), [("commits", ["commits"]), ("acceptance", ["accepted", "rejected"])]
)
def test_what_a_person_did_has_a_receipt_of_its_own(
    filled: Dashboard, column: str, metrics: list[str]
) -> None:
    at = filled.open("usage", **TEN)
    at.session_state["people"] = {"selection": {"rows": [], "columns": [], "cells": [[0, column]]}}
    at.run()
    assert not at.exception, at.exception
    shown = next(f.value for f in at.dataframe if "commits" in f.value)
    found = [recount(book(filled.engine, filled.settings), str(code.value)) for code in at.code]
    assert [one.count.metric for one in found] == metrics
    assert all(one.same and one.then > 0 for one in found)
    if column == "commits":
        assert found[0].then == shown["commits"].iloc[0]
    else:
        accepted, rejected = (one.then for one in found)
        assert shown["acceptance"].iloc[0] == accepted / (accepted + rejected)


def test_the_pull_requests_that_a_price_is_divided_by_have_a_receipt(filled: Dashboard) -> None:
    at = filled.open("sources", **TEN, q=[sources.label("pull-request")])
    counted = next(metric.help for metric in at.metric if metric.label == "A pull request")
    for key in buttons(at):
        at.session_state[key] = True
    at.run()
    next(box for box in at.selectbox if "Pull requests" in box.options).set_value(
        "Pull requests"
    ).run()
    text = next(str(code.value) for code in at.code if is_count(str(code.value)))
    found = recount(book(filled.engine, filled.settings), text)
    assert found.same
    assert counted.startswith(f"{found.then:,} pull requests")
