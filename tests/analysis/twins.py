"""Two connections of one company with a known truth: what both report, and what only one does."""

from collections.abc import Callable
from typing import Any

import factory as f
from hypothesis import strategies as st

from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE

BILL = "platform/reports/cost/bill"
E_WHO = "enterprise/unified/cost/who"
E_SHAPE = "enterprise/unified/cost/shape"
R_WHO = "enterprise/reports/cost/who"

CENT = 10**8
OPERATIONS = ("input", "output", "cache_read", "cache_write_5m")


def same(first: int, days: int = 4, **dims: Any) -> list[dict[str, Any]]:
    """The cells of some days of November, each with an amount of its own from `first` cents on."""
    return [
        {"when": f"11-{n + 1:02}", "model": "opus", "operation": operation,
         "amount": (first + 7 * n + i) * CENT, **dims}
        for n in range(days)
        for i, operation in enumerate(OPERATIONS)
    ]  # fmt: skip


def rows(
    connection: int, cut: str, cells: list[dict[str, Any]], **dims: Any
) -> list[dict[str, Any]]:
    """Cells as rows of one connection's cut."""
    found = []
    for cell in cells:
        said = {k: v for k, v in cell.items() if k != "when"} | dims
        known = f.BY_NAME[cut].dims | {"amount"}
        found.append(f.fact(connection, cut, cell["when"],
                            **{k: v for k, v in said.items() if k in known}))  # fmt: skip
    return found


@st.composite
def companies(draw: Callable[..., Any]) -> tuple[Book, dict[str, int]]:
    """A company's book, and its truth: cost of the Platform's usage and of the Enterprise's own.

    Of the Platform's workspaces the Enterprise side reports none, some or all, row for row.
    """
    amounts = st.integers(1, 10**12)
    row = st.tuples(
        st.sampled_from(["11-01", "11-02", "11-03"]),
        st.sampled_from(["w1", "w2", "w3"]),
        st.sampled_from(["opus", "haiku"]),
        st.sampled_from(OPERATIONS),
        amounts,
    )
    names = ("when", "workspace", "model", "operation", "amount")
    shared = [dict(zip(names, r, strict=True)) for r in draw(st.lists(row, max_size=12))]
    own = [dict(zip(names, r, strict=True)) for r in draw(st.lists(row, max_size=6))]
    seen = draw(st.sampled_from([(), ("w1",), ("w1", "w2"), ("w1", "w2", "w3")]))
    told = [cell for cell in shared if cell["workspace"] in seen]
    made = rows(1, BILL, shared)
    for cut in (E_WHO, E_SHAPE):
        made += rows(2, cut, told, product="messages_api")
        made += rows(2, cut, own, workspace="", product="chat", user="u")
    days = [f.state(c, cut, day) for c, cut in ((1, BILL), (2, E_WHO))
            for day in ("11-01", "11-02", "11-03")]  # fmt: skip
    truth = {
        "platform": sum(c["amount"] for c in shared),
        "both": sum(c["amount"] for c in told),
        "own": sum(c["amount"] for c in own),
    }
    return f.book(made, [f.platform(), f.enterprise()], days), truth


def default(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell as the Admin API's cost report has it in the default workspace."""
    return {**cell, "workspace": DEFAULT_WORKSPACE}
