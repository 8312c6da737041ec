"""A figure made of others: its receipt holds theirs, and is worth as much as they are together."""

import factory as f
import pytest

from core.analysis.query import Query
from core.analysis.receipt import receipt
from core.analysis.receipt_sum import Term, as_text, is_sum, replay_sum, terms_of
from core.analysis.receipt_text import as_text as one_text
from core.errors import BadValue

KEY = "platform/unified/cost/key"
CENT = 10**8
SPAN = f.span("11-01", "11-30")


def _book(second: int = 7):
    rows = [
        f.fact(1, KEY, "11-02", workspace="w1", model="opus", amount=5 * CENT),
        f.fact(1, KEY, "11-02", workspace="w2", model="opus", amount=second * CENT),
    ]
    return f.book(rows, [f.platform()])


def _text(book):
    whole = Query((), "cost", SPAN)
    part = Query((), "cost", SPAN, (("workspace", "w2"),))
    return as_text(
        [
            Term(1, "The bill", one_text(receipt(book, whole, ledger="db"))),
            Term(-1, "Of it w2", one_text(receipt(book, part, ledger="db"))),
        ]
    )


def test_the_head_tells_the_sum_and_its_terms() -> None:
    lines = _text(_book()).splitlines()
    assert lines[:4] == [
        "Receipt of a sum: $0.05",
        "  + $0.12, The bill",
        "  - $0.07, Of it w2",
        "=== + The bill",
    ]
    assert is_sum(_text(_book()))
    assert not is_sum(terms_of(_text(_book()))[0].text)


def test_a_sum_replays_to_the_same_figure() -> None:
    found = replay_sum(_book(), _text(_book()).replace("\n", "\r\n"), ledger="db")
    assert (found.then, found.now, found.same, found.findings) == (5 * CENT, 5 * CENT, True, ())


def test_a_term_that_moved_is_named_even_where_the_sum_stayed() -> None:
    found = replay_sum(_book(second=9), _text(_book()), ledger="db")
    assert (found.then, found.now) == (5 * CENT, 5 * CENT)
    assert not found.same
    assert [finding.code for finding in found.findings] == ["receipt_differs"]


def test_a_sum_of_another_ledger_has_no_figure_here() -> None:
    found = replay_sum(_book(), _text(_book()), ledger="other")
    assert (found.now, found.same) == (None, False)
    assert found.findings[0].code == "receipt_other_ledger"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("of a sum: $0.05", "of a sum: $0.06"),
        lambda text: text.replace("=== - Of it w2", "=== + Of it w2"),
        lambda text: text[: text.index("=== -")],
        lambda text: text.replace("workspace = w2", "workspace = w1"),
        lambda text: "Receipt of a sum: $0.05",
    ],
)
def test_what_was_changed_or_lost_is_no_receipt(change) -> None:
    with pytest.raises(BadValue):
        terms_of(change(_text(_book())))
