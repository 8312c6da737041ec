"""Ways to damage what the simulated API answers: by status, by wire, and word by word."""

import json
from collections.abc import Callable
from typing import Any

from core import demo

EVER = 10_000

Edit = Callable[[dict[str, Any]], object]


def answers(status: int, times: int, nth: int = 3, **headers: str) -> Any:
    """Return faults that answer some requests for cost with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda way: [demo.Fault(way.cost, nth, times, status=status, headers=named)]


def kind(name: Any, times: int, nth: int = 3, **more: Any) -> Any:
    """Return faults of another kind for some requests for cost."""
    return lambda way: [demo.Fault(way.cost, nth, times, name, **more)]


def edited(change: Edit, times: int = EVER, nth: int = 2, query: str = "") -> Any:
    """Return faults that send the true answers of cost, changed."""

    def edit(body: bytes) -> bytes:
        document = json.loads(body)
        changed = change(document)
        return json.dumps(document if changed is None else changed).encode()

    return lambda way: [demo.Fault(way.cost, nth, times, "edit", query=query, edit=edit)]


def each_row(change: Callable[[dict[str, Any]], object]) -> Edit:
    """Return an edit of every row, whether it lies in a bucket or not."""

    def edit(document: dict[str, Any]) -> None:
        for item in document["data"]:
            for row in item.get("results", [item]):
                change(row)

    return edit


def money(row: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a row that holds its amount."""
    found: dict[str, Any] = row.get("cost", row)
    return found


def group(row: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a row that holds its dimensions."""
    found: dict[str, Any] = row.get("group", row)
    return found


def amount(text: object) -> Edit:
    """Return an edit that puts an amount into every row."""
    return each_row(lambda row: money(row).update(amount=text))


def unknown_words(row: dict[str, Any]) -> None:
    """Give a row values of enumerations that nobody has documented."""
    for name in ("service_tier", "context_window", "inference_geo", "product", "model"):
        if group(row).get(name):
            group(row)[name] = f"{name}-of-tomorrow"


def unknown_fields(document: dict[str, Any]) -> None:
    """Give an answer and its rows fields that nobody has documented."""
    document["tomorrow"] = {"a": [1, None]}
    each_row(lambda row: (row.update(tomorrow=1), money(row).update(tomorrow="2")))(document)


def twice(document: dict[str, Any]) -> None:
    """Put everything into an answer twice."""
    document["data"] = document["data"] * 2


def without_first(document: dict[str, Any]) -> None:
    """Leave the first row or bucket of an answer out."""
    del document["data"][:1]


def looping(cursor: str) -> Any:
    """Return faults that lead from the first page to another one, and from that to itself."""
    on = {"data": [], "has_more": True, "next_page": cursor}
    more: Edit = lambda document: document.update(has_more=True, next_page=cursor)  # noqa: E731
    return lambda way: [
        demo.Fault(way.cost, 1, EVER, status=200, body=on, query=f"page={cursor}"),
        *edited(more)(way),
    ]


def without_days(document: dict[str, Any]) -> None:
    """Leave out of an answer which days its rows are of."""
    for item in document["data"]:
        del item["starting_at"]


def of_another_day(document: dict[str, Any]) -> None:
    """Say that all rows are of a day that nobody asked for."""
    for item in document["data"]:
        item["starting_at"] = "2026-01-02T00:00:00Z"


def without(name: str) -> Edit:
    """Return an edit that leaves a field of the answer out."""
    return lambda document: document.pop(name) and None


def without_amount(row: dict[str, Any]) -> None:
    """Leave a row's amount out."""
    del money(row)["amount"]


def at_cursor(status: int, times: int) -> Any:
    """Return faults that refuse cursors with a status."""
    return lambda way: [demo.Fault(way.cost, 1, times, status=status, query="page=")]
