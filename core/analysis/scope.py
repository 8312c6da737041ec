"""Which connections a question is about, and which report of each answers it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast, get_args

import polars as pl

from core.analysis.allocation import ALLOCATED, BILL
from core.analysis.memo import per_book
from core.analysis.query import FIGURES, Query
from core.calendar import Span
from core.errors import Finding, UnknownName
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import DIMENSIONS, Cut, Family, Kind, Protocol, cuts_of

REPORTS: dict[tuple[str, str, str], str] = {
    ("platform", "reports", "cost"): "The Admin API's cost report",
    ("platform", "reports", "usage"): "The Admin API's usage report",
    ("platform", "unified", "cost"): "The Platform's Usage and Cost Analytics API",
    ("platform", "unified", "usage"): "The Platform's Usage and Cost Analytics API",
    ("enterprise", "unified", "cost"): "Claude Enterprise's Usage and Cost Analytics API",
    ("enterprise", "unified", "usage"): "Claude Enterprise's Usage and Cost Analytics API",
    ("enterprise", "reports", "cost"): "The Enterprise Analytics cost report",
    ("enterprise", "reports", "usage"): "The Enterprise Analytics usage report",
}

WORDS = {
    "api_key": "API key",
    "actor_type": "kind of actor",
    "inference_geo": "inference geography",
} | {
    name: name.replace("_", " ")
    for name in DIMENSIONS
    if name not in {"api_key", "actor_type", "inference_geo"}
}
"""Dimensions as people say them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The connections of a question and, for each source that answers, the cut it is read from."""

    connections: tuple[ConnectionRow, ...]
    cuts: tuple[Cut, ...]

    @property
    def ids(self) -> list[int]:
        """Return the connections' ids."""
        return [connection.id for connection in self.connections]


def scope(book: Book, query: Query, *, allocate: bool = False) -> Scope:
    """Return what a question is about; raises UnknownName for a connection nobody set up.

    `allocate`: a bill that knows no API keys is split over them where keys are asked for.
    """
    rows = connections(book, query)
    protocols = _alternatives(query, "protocol", get_args(Protocol))
    figures = _alternatives(query, "basis", FIGURES)
    sources = _sources(book, query.family, query.span, tuple(c.id for c in rows))
    cuts = (
        (_split if allocate else best_cut)(kind, protocol, query)
        for kind, protocol in sources
        if protocols is None or protocol in protocols
    )
    return Scope(rows, tuple(cut for cut in cuts if figures is None or figure(cut) in figures))


def figure(cut: Cut) -> str:
    """Return what the figures of a cut are: one of FIGURES."""
    return "allocated" if cut == ALLOCATED else "billed"


def connections(book: Book, query: Query) -> tuple[ConnectionRow, ...]:
    """Return the connections that a question names or leaves open; raises UnknownName."""
    names = tuple(c.name for c in book.connections)
    _check(query.connections, names, "connection")
    chosen = [c for c in book.connections if not query.connections or c.name in query.connections]
    wanted = _alternatives(query, "connection", names)
    if wanted is not None:
        chosen = [c for c in chosen if c.name in wanted]
    wanted = _alternatives(query, "source", get_args(Kind))
    if wanted is not None:
        chosen = [c for c in chosen if c.kind in wanted]
    known = {text for c in book.connections for text in (c.organization_id, c.organization_name)}
    wanted = _alternatives(query, "organization", known)
    if wanted is not None:
        chosen = [c for c in chosen if {c.organization_id, c.organization_name or None} & wanted]
    return tuple(chosen)


def best_cut(kind: Kind, protocol: Protocol, query: Query) -> Cut:
    """Return the first cut that knows most of a question's filters, then of its divisions.

    A filter on an unknown dimension would match nothing, a division only shows less.
    """
    where, by = {name for name, _ in query.where}, set(query.by)
    return max(
        cuts_of(kind, protocol, query.family),
        key=lambda cut: (len(cut.dims & where), len(cut.dims & by)),
    )


def _split(kind: Kind, protocol: Protocol, query: Query) -> Cut:
    asked = {*query.by, *(name for name, _ in query.where)}
    cut = best_cut(kind, protocol, query)
    return ALLOCATED if cut == BILL and "api_key" in asked and query.measure == "cost" else cut


def unavailable(cut: Cut, dims: Iterable[str]) -> list[str]:
    """Return the dimensions that a cut does not know, in the order given."""
    return [d for d in dict.fromkeys(dims) if d in DIMENSIONS and d not in cut.dims]


def findings(query: Query, scope: Scope) -> list[Finding]:
    """Return a finding for each dimension that was asked for and that a report does not know."""
    asked = (*query.by, *(name for name, _ in query.where))
    lacking = [
        _not_available(cut, dim, asked, [c.name for c in scope.connections if c.kind == cut.kind])
        for cut in scope.cuts
        for dim in unavailable(cut, asked)
    ]
    return [*lacking, *(_SPLIT for cut in scope.cuts if cut == ALLOCATED)]


_SPLIT = Finding(
    "cost_allocated",
    "info",
    "Cost per API key is allocated: the Admin API's cost report does not know keys.",
    "Each row of the bill is split over the keys that used the same workspace, model and operation "
    "on the same day, by their usage, in whole units: the keys sum to the bill exactly.",
    "Nothing needs doing; `basis` tells allocated figures from billed ones.",
)


def _not_available(cut: Cut, dim: str, asked: tuple[str, ...], names: list[str]) -> Finding:
    report = REPORTS[cut.kind, cut.protocol, cut.family]
    elsewhere = any(dim in other.dims for other in cuts_of(cut.kind, cut.protocol, cut.family))
    others = [WORDS[d] for d in dict.fromkeys(asked) if d in cut.dims]
    title = (
        f"{report} does not combine {WORDS[dim]} with {' and '.join(others)}."
        if elsewhere
        else f"{report} does not say which {WORDS[dim]}."
    )
    return Finding(
        "dimension_not_available",
        "info",
        title,
        f"What {_listed(names)} reports ({cut.kind}, {cut.protocol}) stands in rows "
        f"without {WORDS[dim]}; it is part of the total all the same.",
        "Ask for fewer dimensions at a time."
        if elsewhere
        else "Choose another measure, or another source, for this dimension.",
    )


@per_book
def _sources(
    book: Book, family: Family, span: Span, ids: tuple[int, ...]
) -> list[tuple[Kind, Protocol]]:
    """Return the (kind, protocol) pairs that hold days of the span, in a fixed order."""
    kinds = {c.id: c.kind for c in book.connections if c.id in ids}
    inside = pl.col("day").is_between(span.start, span.end, closed="left")
    held = book.days.filter(pl.col("family") == family, inside)
    spoken = held.select("connection_id", pl.col("protocol").cast(pl.String)).unique()
    pairs = {(cast(Kind, kinds[i]), cast(Protocol, p)) for i, p in spoken.iter_rows() if i in kinds}
    return sorted(pairs, reverse=True)


def _alternatives(query: Query, dim: str, known: Iterable[str]) -> set[str | None] | None:
    """Return the values that `where` allows for a dimension (null as ''), or None for all."""
    values = [value for name, value in query.where if name == dim]
    if not values:
        return None
    _check([v for v in values if v], known, dim)
    return {value or "" for value in values}


def _check(names: Iterable[str], known: Iterable[str], what: str) -> None:
    there = sorted({name for name in known if name})
    for name in names:
        if name not in there:
            raise UnknownName(
                f"There is no {what} {name!r}.",
                f"The ledger knows: {', '.join(there) or 'none yet'}.",
                "Use one of these names, spelled as here.",
            )


def _listed(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
