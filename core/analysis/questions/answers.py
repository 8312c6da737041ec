"""A question's answer: from the recommended source's own books, or not at all."""

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from core.analysis import teams
from core.analysis.activity import cache_share, people
from core.analysis.query import Query, View
from core.analysis.questions.catalogue import Question, question
from core.analysis.questions.caveats import caveats, platform_parts, platform_usage, unbilled
from core.analysis.questions.other import Other, other
from core.analysis.questions.sides import NAMES, side, told
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import Kind


@dataclass(frozen=True, slots=True)
class Figure:
    """The one number that an answer comes to: `part` / `whole`, exact; None where whole is 0.

    A `pull_request` costs `part` units of 1e-8 cents over `whole` pull requests; a `cache_share`
    is tokens of tokens.
    """

    name: str
    part: int
    whole: int

    @property
    def value(self) -> Fraction | None:
        """Return the figure itself."""
        return Fraction(self.part, self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question comes to in a span of days.

    `view` is None, and `answered_by` too, where the recommended source is not connected or does not
    know what the question divides by; then `why` says what to do. `connections` are those that
    were added up. `unbilled`: (why, tokens) of usage that stands in no row of the bill.
    `platform_usage`: the part of an Enterprise answer that is usage of the Claude Platform.
    `platform_parts`: (sign, title, question) of figures that sum to it.
    `extra`: a column to be joined to the view's frame by its first dimension, or None.
    """

    question: Question
    span: Span
    answered_by: Kind | None
    connections: tuple[str, ...]
    why: str
    view: View | None
    caveats: tuple[str, ...]
    other: Other
    unbilled: tuple[tuple[str, int], ...] = ()
    platform_usage: int = 0
    figure: Figure | None = None
    extra: pl.DataFrame | None = None
    platform_parts: tuple[tuple[int, str, Query], ...] = ()


def answer(book: Book, name: str, span: Span) -> Answer:
    """Return the answer to a question of the catalogue; raises UnknownName, and as `ask` does."""
    asked = question(name)
    own = side(book, asked.source)
    if not own.connections:
        return _unanswered(book, asked, span, _connect(asked))
    if "team" in asked.by and not teams.are_known(own):
        return _unanswered(book, asked, span, _NO_MEMBERS)
    view = told(book, asked.source, asked, span)
    counts = _pull_requests(own, span) if asked.figure == "pull_request" else None
    return Answer(
        asked,
        span,
        asked.source,
        tuple(c.name for c in own.connections),
        asked.why,
        view,
        caveats(own, asked, view),
        other(book, asked, span, view),
        tuple(unbilled(own, view)),
        platform_usage(own, view),
        _figure(own, asked, view, counts),
        counts,
        tuple(platform_parts(own, view)),
    )


_NO_MEMBERS = (
    "The members of no group are known, so no figure can be put to a team: the organization has no "
    "groups, or its analytics key was made without the scope read:rbac_groups, or no sync has run "
    "since it was connected. Make an analytics key with read:analytics and read:rbac_groups for "
    "all linked organizations, give it to the connection on the page Connections or with "
    "`claude-spend rotate NAME`, and sync."
)


def _connect(asked: Question) -> str:
    return (
        f"{NAMES[asked.source]} is not connected, and it is the source for this question. "
        f"{asked.why} Connect it on the page Connections, or with "
        f"`claude-spend connect {asked.source} NAME`."
    )


def _unanswered(book: Book, asked: Question, span: Span, why: str) -> Answer:
    return Answer(asked, span, None, (), why, None, asked.caveats, other(book, asked, span, None))


def _figure(own: Book, asked: Question, view: View, counts: pl.DataFrame | None) -> Figure | None:
    if counts is not None:
        return Figure(asked.figure, view.total, int(counts["pull_requests"].sum()))
    if asked.figure == "cache_share":
        share = cache_share(own, view.query.span)
        return Figure(asked.figure, share.read, share.all_input)
    return None


def _pull_requests(own: Book, span: Span) -> pl.DataFrame:
    """Return `user` and `pull_requests` of those who made any; null is a key without a person."""
    made = people(own, span).frame.filter(pl.col("pull_requests") > 0)
    return made.group_by("user").agg(pl.col("pull_requests").sum())
