"""Any measure of the ledger, divided by any dimensions: one question, one exact answer."""

from dataclasses import replace

import polars as pl

from core.analysis import filters, labels, teams
from core.analysis.certainty import certainty
from core.analysis.gather import gather
from core.analysis.query import BASES, DIMS, MEASURES, NAMED, TIMES, Query, View
from core.analysis.scope import findings as scope_findings
from core.analysis.scope import scope
from core.ledger.book import Book

__all__ = ["BASES", "DIMS", "MEASURES", "NAMED", "Query", "View", "ask"]


def ask(book: Book, query: Query) -> View:
    """Return the view that answers a query.

    Costs are units of 1e-8 cents. Raises UnknownName for a connection or a dimension value that
    the ledger has never seen, BadValue for a day, week or month that cannot be read, AmountRefused
    where a sum leaves 64 bits.
    """
    if "team" in query.by:
        return _by_team(book, query)
    about = scope(book, query, allocate=True)
    wanted = filters.alternatives(book, query)
    frame = labels.labelled(book, gather(book, query, about, wanted), query.by)
    frame = _ordered(frame, query)
    sure = certainty(book, query, about, wanted)
    return View(
        query,
        frame,
        int(frame["value"].sum()),
        sure.provisional_from,
        [*scope_findings(query, about), *sure.findings],
        tuple(cut.name for cut in about.cuts),
    )


def _by_team(book: Book, query: Query) -> View:
    people = ask(book, replace(query, by=teams.divided(query.by)))
    frame = teams.by_team(book, people.frame, query.by)
    return replace(people, query=query, frame=_ordered(frame, query))


def _ordered(frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Return the frame in the order of View: times, then size; equal sizes by their names."""
    times = [t for t in query.by if t in TIMES]
    rest = [c for c in labels.columns(query.by) if c not in times]
    return frame.select(*labels.columns(query.by), "value", "line").sort(
        *times, "value", *rest, "line",
        descending=[*(False for _ in times), True, *(False for _ in rest), False],
        nulls_last=True,
    )  # fmt: skip
