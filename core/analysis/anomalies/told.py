"""What is kept of anomalies, as it is asked for: who drove one, and what goes along with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.analysis.anomalies.driver import CHILDREN, OTHERS
from core.analysis.query import Query
from core.calendar import Span
from core.ledger.anomalies import AnomalyRow

PARTS = {
    "volume": ("More or fewer tokens", "The change in tokens, at what the expected ones cost."),
    "mix": ("Other models and types", "Dearer or cheaper models and token types among them."),
    "price": ("Other prices", "The same tokens at another price each."),
    "untokened": ("Without tokens", "Cost that comes without tokens, or of which none are known."),
}
"""The parts of an impact in the order of the walk: what they are called, and what they are."""


_BROAD = ("", *reversed(CHILDREN))


@dataclass(frozen=True, slots=True)
class Child:
    """One value's part in an anomaly, in units of 1e-8 cents; `name` `''` is what has none."""

    dimension: str
    name: str
    label: str
    expected: int
    actual: int

    @property
    def impact(self) -> int:
        """Return actual less expected."""
        return self.actual - self.expected


def children(row: AnomalyRow) -> dict[str, list[Child]]:
    """Return who has which part of an anomaly, by dimension; each sums to its impact."""
    kept: dict[str, list[list[Any]]] = row.body.get("children", {})
    return {dim: [Child(dim, *part) for part in kept[dim]] for dim in CHILDREN if dim in kept}


def culprits(row: AnomalyRow) -> list[Child]:
    """Return of each dimension the one value with the largest part, those that say most first.

    Only values with a name and with at least a third of the impact: less is no explanation. A key
    or a person says more than the workspace or the product whose part is about as large.
    """
    tops = [max(parts, key=lambda part: part.impact) for parts in children(row).values()]
    named = [part for part in tops if part.name not in ("", OTHERS)]
    large = [part for part in named if 3 * part.impact >= row.impact > 0]
    most = max((part.impact for part in large), default=0)
    near = [part for part in large if 5 * part.impact >= 4 * most]
    rest = [part for part in large if 5 * part.impact < 4 * most]
    return [*near, *sorted(rest, key=lambda part: -part.impact)]


def days(row: AnomalyRow) -> list[tuple[date, int, int]]:
    """Return the days of an anomaly: day, actual, expected."""
    return [(date.fromisoformat(day), actual, expected)
            for day, actual, expected in row.body.get("days", [])]  # fmt: skip


def cells(row: AnomalyRow) -> list[tuple[str, str, int, int]]:
    """Return the parts by model and token type: model, type, expected, actual."""
    return [(model, kind, before, now) for model, kind, before, now in row.body.get("cells", [])]


def parts(row: AnomalyRow) -> dict[str, int]:
    """Return the parts of the impact by their word in PARTS; nothing where it was not split."""
    split: dict[str, int] = row.body.get("split", {})
    return {word: split[word] for word in PARTS if word in split}


def behind(row: AnomalyRow) -> Query:
    """Return the question whose total is what the anomaly's days cost."""
    on = tuple(("day", day.isoformat()) for day, _, _ in days(row))
    whose = ((row.dimension, row.name),) if row.dimension else ()
    return Query((), "cost", Span(row.first, row.end), (*whose, *on))


def grouped(rows: Sequence[AnomalyRow]) -> list[AnomalyRow]:
    """Return the rows, those that another one explains marked as part of it (`body.part_of`).

    A jump of one key is one of its workspace, its model and the organisation too: it is told once,
    as the broadest of them that has this key for a culprit.
    """
    standing = [row for row in rows if (row.kind, row.state) == ("over", "found")]
    standing.sort(key=lambda r: (r.dimension != "", -r.impact, _BROAD.index(r.dimension), r.key))
    roots: list[AnomalyRow] = []
    whose: dict[tuple[str, str, date], AnomalyRow] = {}
    for row in standing:
        root = next((root for root in roots if _explains(root, row)), None)
        if root is None:
            roots.append(row)
        else:
            whose[row.key] = root
    return [_marked(row, whose.get(row.key) if row.kind == "over" else None) for row in rows]


def _explains(root: AnomalyRow, row: AnomalyRow) -> bool:
    same = {day for day, _, _ in days(root)} & {day for day, _, _ in days(row)}
    of = [part for part in children(root).get(row.dimension, []) if part.name == row.name]
    return bool(same) and any(3 * part.impact >= root.impact for part in of)


def _marked(row: AnomalyRow, root: AnomalyRow | None) -> AnomalyRow:
    body = {name: value for name, value in row.body.items() if name != "part_of"}
    if root is not None:
        body["part_of"] = [root.dimension, root.name, root.first.isoformat()]
    return replace(row, body=body)


def along(row: AnomalyRow, rows: Iterable[AnomalyRow]) -> list[AnomalyRow]:
    """Return the anomalies that are part of this one."""
    key = [row.dimension, row.name, row.first.isoformat()]
    return [other for other in rows if other.body.get("part_of") == key]
