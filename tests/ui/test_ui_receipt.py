"""Receipts on the pages: nothing while they are closed, the exact figure as text when opened."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest
from ui_desk import Dashboard

from core import demo
from core.analysis.receipt_text import read
from core.analysis.replay import replay
from core.calendar import Span, now
from core.ledger import versions
from core.ledger.snapshot import book
from core.ui import receipt

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
        assert read(opened(filled, page, which)).ledger == versions.identity(filled.engine)
