"""What the other source would have said to a question, and why it differs, in dollars."""

from dataclasses import dataclass, replace

from core.analysis.query import DERIVED, TIMES, View
from core.analysis.questions.catalogue import Question
from core.analysis.questions.sides import (
    NAMES,
    SHORT,
    lacks,
    other_kind,
    told,
    told_once,
)
from core.analysis.teams import SEVERAL
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, Kind
from core.money import label

_COST = ("cost", "list_cost")


@dataclass(frozen=True, slots=True)
class Other:
    """The other source's figure beside an answer; all figures in the units of the measure.

    `total` is None, and so are the rest, where the source is not connected or cannot filter.
    `left_out` is what only the recommended source reports, `added` what only the other one does:
    total = answer - left_out + added. `unassigned` is the part of `total` without a value of the
    question's dimension. `why` are whole sentences.
    """

    kind: Kind
    connected: bool
    able: bool
    total: int | None
    difference: int | None
    left_out: int | None
    added: int | None
    unassigned: int | None
    why: tuple[str, ...]


def figure(value: int, measure: str) -> str:
    """Return a figure in a sentence: dollars rounded to cents, or a count of tokens."""
    return label(value) if measure in _COST else f"{value:,} {measure.replace('_', ' ')}"


def noun(question: Question) -> str:
    """Return what a question divides by, as people say it; empty where it is a time."""
    dim = question.by[0]
    word = {"api_key": "API key", "inference_geo": "inference geography"}.get(dim, dim)
    return "" if dim in TIMES else word.replace("_", " ")


def unassigned(view: View) -> int:
    """Return the part of a view whose first dimension is null: it belongs to none of its values."""
    dim = view.query.by[0]
    if dim not in (*DIMENSIONS, *DERIVED):
        return 0
    # Someone of several teams belongs to teams, only to no single one.
    none = view.frame[dim].is_null() & view.frame["line"].ne_missing(SEVERAL)
    return int(view.frame.filter(none)["value"].sum())


def other(book: Book, question: Question, span: Span, answer: View | None) -> Other:
    """Return what the other source would have said for the same days, beside an answer."""
    kind = other_kind(question.source)
    missing = lacks(book, kind, question, span)
    connected = any(c.kind == kind for c in book.connections)
    unheard = () if connected else (f"{NAMES[kind]} is not connected.",)
    plain = Other(
        kind, connected, not question.never and not missing, None, None, None, None, None,
        (*unheard, *missing, question.other),
    )  # fmt: skip
    # Where it cannot filter, its rows all miss the filter: that zero would be no figure of its.
    if answer is None or not connected or (question.where and missing):
        return plain
    view = told(book, kind, question, span)
    once = told_once(book, question, span)
    # What both report: the sum of the two books less what they are together.
    shared = answer.total + view.total - once
    said = replace(
        plain,
        total=view.total,
        difference=view.total - answer.total,
        left_out=answer.total - shared,
        added=view.total - shared,
        unassigned=unassigned(view),
    )
    return replace(said, why=(*_sentences(question, said), *said.why))


def _sentences(question: Question, said: Other) -> list[str]:
    def words(value: int | None) -> str:
        return figure(value or 0, question.measure)

    gap = said.difference or 0
    differs = f"{words(abs(gap))} {'more' if gap > 0 else 'less'}" if gap else "the same amount"
    name, mine = SHORT[said.kind], SHORT[question.source]
    mine = mine[0].lower() + mine[1:] if mine.startswith("The ") else mine
    sentences = [f"{name} would have said {words(said.total)}: {differs}."]
    if said.left_out:
        sentences.append(f"It leaves out {words(said.left_out)} that only {mine} reports.")
    if said.added:
        sentences.append(f"It holds {words(said.added)} that {mine} does not report.")
    if said.unassigned and said.able and noun(question):
        sentences.append(f"{words(said.unassigned)} of it belongs to no {noun(question)}.")
    return sentences
