"""What one can ask of the ledger, and the shape of the answer."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import polars as pl

from core.calendar import Span
from core.errors import BadValue, Finding, UnknownName
from core.ledger.cuts import DIMENSIONS, Family

Measure = Literal["cost", "list_cost", "tokens", "requests", "web_searches"]
Basis = Literal["counted_once", "reported", "counted_twice"]

MEASURES: tuple[str, ...] = get_args(Measure)
BASES: tuple[str, ...] = get_args(Basis)
"""Each dollar once; the raw books; and the difference: what stands in two books."""

FIGURES = ("billed", "allocated", "estimated")
"""What the dimension `basis` says of a figure: reported so, split by usage, usage x list price."""

TIMES = ("day", "week", "month")
"""Dates in a frame: the day itself, the Monday of its ISO week, the first day of its month."""

SCOPES = ("connection", "source", "organization", "protocol")
"""What a connection says about all of its rows."""

DIMS: tuple[str, ...] = (*TIMES, *SCOPES, *DIMENSIONS, "basis")
"""Everything that `by` and `where` accept."""

DERIVED = ("team",)
"""What `by` accepts besides: teams are made of people, and no report divides by them."""

NAMED = ("organization", "workspace", "api_key", "user", "team")
"""Ids with a name: a frame holds `<dim>_name` beside each."""

COLUMN: dict[str, tuple[Family, str]] = {
    "cost": ("cost", "amount"),
    "list_cost": ("cost", "list_amount"),
    "tokens": ("usage", "tokens"),
    "requests": ("usage", "requests"),
    "web_searches": ("usage", "web_searches"),
}
"""A measure's family and ledger column. Costs are units of 1e-8 cents, the others counts."""


def one_of(value: str, known: tuple[str, ...], what: str) -> None:
    """Raise UnknownName, which lists the known words, unless the value is one of them."""
    if value not in known:
        raise UnknownName(
            f"There is no {what} {value!r}.",
            f"The ledger knows: {', '.join(known)}.",
            "Use one of these words.",
        )


@dataclass(frozen=True, slots=True)
class Query:
    """One question: a measure of some days, divided by dimensions, of the rows that match.

    `where` pairs of the same dimension are alternatives, different dimensions must all match;
    the value None or '' is null. Raises UnknownName for a dimension, measure or basis that does
    not exist and BadValue for a dimension named twice or a span that ends before it begins.
    """

    by: tuple[str, ...]
    measure: str
    span: Span
    where: tuple[tuple[str, str | None], ...] = ()
    connections: tuple[str, ...] = ()
    basis: str = "counted_once"

    def __post_init__(self) -> None:
        """Refuse words that the ledger does not know."""
        one_of(self.measure, MEASURES, "measure")
        one_of(self.basis, BASES, "basis")
        divided = (dim for dim in self.by if dim not in DERIVED)
        for dim in (*divided, *(name for name, _ in self.where)):
            one_of(dim, DIMS, "dimension")
        if len(set(self.by)) < len(self.by):
            raise BadValue(
                "A dimension is named twice.",
                f"The figures were to be divided by {', '.join(self.by)}.",
                "Name each dimension once.",
            )
        if self.span.end < self.span.start:
            raise BadValue(
                "The period ends before it begins.",
                f"It was to run from {self.span.start} up to {self.span.end}.",
                "Put the earlier day first; the last day is exclusive.",
            )

    @property
    def family(self) -> Family:
        """Return the family of reports that holds the measure."""
        return COLUMN[self.measure][0]

    @property
    def column(self) -> str:
        """Return the ledger column that holds the measure."""
        return COLUMN[self.measure][1]


@dataclass(frozen=True, slots=True)
class View:
    """The answer to a query.

    `frame` has one row a combination: the `by` columns in order (text, null for missing; Date for
    day, week and month), `<dim>_name` after those in NAMED, `value` (Int64, never
    null: what a source does not know is left out and a finding says so) and `line`: null, or why
    a dimension of the row is null: `not attributed` (the row completes a report to its own total),
    `not available` (the report does not know the dimension), or, of cost split over API keys,
    what no key's usage goes with (`code execution`, `sessions`, `fast mode`, `cost without usage`),
    or why a figure belongs to no single team (`core.analysis.teams`). Rows are ordered by the times
    in `by`, then by value, largest first. `value` sums to `total`, which is the same for every
    `by`.
    `provisional_from` is the first day of the span that is missing or can still be revised.
    """

    query: Query
    frame: pl.DataFrame
    total: int
    provisional_from: date | None = None
    findings: list[Finding] = field(default_factory=list)
    cuts: tuple[str, ...] = ()
