"""What to know before an answer is passed on, with its size in dollars wherever it has one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from core.analysis.allocation import ALLOCATED, KEYS, allocation
from core.analysis.explore import ask
from core.analysis.filters import known
from core.analysis.identity import PLATFORM_PRODUCTS
from core.analysis.labels import FAST_MODE, LINES
from core.analysis.query import Query, View
from core.analysis.questions.catalogue import Question
from core.analysis.questions.other import figure, noun, unassigned
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import NOT_ATTRIBUTED
from core.money import label

_NOBODY = {
    "user": "Code Review, Claude in Slack channels, API keys and other usage without a person",
    "product": "code execution and what Anthropic names no product for",
    "team": "people in no group, people who have left, and usage without a person",
    "workspace": "what completes the report to its own total",
    "api_key": "usage without a key (Workbench, sign-ins) and cost that no key's usage goes with",
}
_BEFORE_CREDITS = {
    "enterprise": "Amounts are metered usage in US dollars, after your contract's discount and "
    "before credits; seat fees and taxes are not in Anthropic's API. On a plan with included "
    "usage only what goes beyond it is reported.",
    "platform": "Amounts are in US dollars and before credits; taxes and prepaid balances are not "
    "in Anthropic's API.",
}


def caveats(book: Book, question: Question, view: View) -> tuple[str, ...]:
    """Return an answer's caveats as whole sentences; `book` holds the answering source alone."""
    return tuple(_caveats(book, question, view))


def _caveats(book: Book, question: Question, view: View) -> Iterator[str]:
    yield from question.caveats
    yield from _whole_months(question, view.query.span)
    if question.source == "enterprise":
        yield from _platform_usage(book, view)
    yield from _provisional(book, view)
    yield from (f"{f.title} {f.cause}" for f in view.findings if f.severity != "info")
    yield from _nobody(question, view)
    if ALLOCATED.name in view.cuts:
        yield from _allocated(book, view)
    if question.measure == "cost":
        yield _BEFORE_CREDITS[question.source]


def _whole_months(question: Question, span: Span) -> Iterator[str]:
    if "month" in question.by and {span.start.day, span.end.day} != {1}:
        yield (
            f"These days, {span.start} up to and without {span.end}, are not whole calendar "
            "months, and an invoice is for one: choose the days of its month."
        )


def _provisional(book: Book, view: View) -> Iterator[str]:
    since, query = view.provisional_from, view.query
    if since is None or not view.total:
        return
    part = ask(book, replace(query, by=(), span=Span(max(since, query.span.start), query.span.end)))
    if part.total:
        yield (
            f"Provisional from {since} on: Anthropic may still revise "
            f"{figure(part.total, query.measure)} of this."
        )


def _nobody(question: Question, view: View) -> Iterator[str]:
    part = unassigned(view)
    if part and noun(question):
        what = _NOBODY.get(question.by[0])
        yield (
            f"{figure(part, question.measure)} of it belongs to no {noun(question)}"
            f"{f' ({what})' if what else ''}; it stands in rows of its own."
        )


def platform_usage(book: Book, view: View) -> int:
    """Return the part of an Enterprise answer that is usage of the Claude Platform; 0 elsewhere.

    It has a workspace, or a product that exists only there. `book` holds the Enterprise alone.
    """
    if view.frame.is_empty() or any(c.kind != "enterprise" for c in book.connections):
        return 0
    frame = ask(book, replace(view.query, by=("workspace", "product"))).frame
    theirs = pl.col("workspace").is_not_null() | pl.col("product").is_in(PLATFORM_PRODUCTS)
    return int(frame.filter(theirs)["value"].sum())


def platform_parts(book: Book, view: View) -> list[tuple[int, str, Query]]:
    """Return `platform_usage` as (sign, title, question) of figures that sum to it."""
    if not platform_usage(book, view):
        return []
    whole = replace(view.query, by=())
    homeless = _only(whole, "workspace", (None,))
    theirs = _only(homeless, "product", sorted(known(book, "product") & set(PLATFORM_PRODUCTS)))
    title = "Of that, products that exist only on the Platform"
    terms = ((1, "The answer", whole), (-1, "Without a workspace", homeless), (1, title, theirs))
    return [(sign, name, query) for sign, name, query in terms if query is not None]


def _only(query: Query | None, dim: str, values: Iterable[str | None]) -> Query | None:
    """Return the question narrowed to some values of a dimension; None where none is left."""
    if query is None:
        return None
    asked = {value for name, value in query.where if name == dim}
    left = [(dim, value) for value in values if not asked or value in asked]
    others = [pair for pair in query.where if pair[0] != dim]
    return replace(query, where=(*others, *left)) if left else None


def _platform_usage(book: Book, view: View) -> Iterator[str]:
    part = platform_usage(book, view)
    if part:
        yield (
            f"{label(part)} of it is usage of the Claude Platform, which this Enterprise key "
            "reports too: it has a workspace, or a product that exists only there. Without it "
            f"the plan's own usage is {label(view.total - part)}."
        )


def _allocated(book: Book, view: View) -> Iterator[str]:
    basis = ask(book, replace(view.query, by=("api_key", "basis")))
    part = int(basis.frame.filter(pl.col("basis") == "allocated")["value"].sum())
    yield (
        f"{label(part)} of it is allocated, not billed: the Admin API's cost report knows no API "
        "keys, so each row of the bill is split by the keys' usage of the same day, workspace, "
        "model, operation, service tier, context window, geography and speed. It sums to the bill."
    )
    more = requests(book, view.query)
    if more:
        count = f"{more} more request{'s' if more > 1 else ''}"
        yield (
            "The usage report divides by five dimensions at most. The sixth and seventh, geography "
            "and speed, are read with a request for each that was used: "
            f"{count} whenever these months are read."
        )
    yield from _fast(book, view)


def _fast(book: Book, view: View) -> Iterator[str]:
    alone = int(view.frame.filter(pl.col("line") == LINES[FAST_MODE])["value"].sum())
    if alone:
        yield (
            f"{label(alone)} of it is fast mode in a line of its own: the usage of those days is "
            "not known by key and speed, so no key can be named. A full sync reads them again."
        )
    ids = [c.id for c in book.connections]
    rows = allocation(book, view.query.span).mixed.filter(pl.col("connection_id").is_in(ids))
    mixed = int(rows["amount"].sum())
    if mixed:
        yield (
            f"{label(mixed)} of it stands in rows of the bill that do not tell fast mode from "
            "standard speed; their tokens count alike, so keys that used fast mode cost more than "
            "is shown here, and the others less."
        )


def requests(book: Book, query: Query) -> int:
    """Return how many requests more the key's further dimensions take, by month and connection."""
    dims = ("inference_geo", "speed")
    rows = book.rows("usage", [KEYS.name], KEYS.dims | KEYS.also, query.span)
    rows = rows.with_columns(pl.col("workspace", *dims).cast(pl.String))
    told = rows.filter(pl.col("inference_geo") != "", pl.col("workspace") != NOT_ATTRIBUTED)
    months = told.group_by("connection_id", pl.col("day").dt.truncate("1mo"))
    counts = months.agg(pl.struct(dims).n_unique().cast(pl.Int64).alias("n"))
    return int((counts["n"] - 1).sum())


def unbilled(book: Book, view: View) -> list[tuple[str, int]]:
    """Return the tokens that the bill does not hold, by reason, the most first; `book` as above."""
    if ALLOCATED.name not in view.cuts:
        return []
    ids = [c.id for c in book.connections]
    rows = allocation(book, view.query.span).unbilled.filter(
        pl.col("operation") != "web_search", pl.col("connection_id").is_in(ids)
    )
    sums = rows.group_by("line").agg(pl.col("weight").sum()).sort("weight", "line", descending=True)
    return [(str(line), int(tokens)) for line, tokens in sums.iter_rows()]
