"""Which source for which question: every question against both sources, as they are connected."""

from dataclasses import dataclass
from typing import Literal

from core.analysis.questions.catalogue import QUESTIONS, Question
from core.analysis.questions.sides import lacks
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import Kind

KINDS: tuple[Kind, ...] = ("platform", "enterprise")

Verdict = Literal["recommended", "can", "cannot"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one source is worth for one question, and why; `connected` says whether it is there."""

    question: Question
    kind: Kind
    verdict: Verdict
    connected: bool
    why: str


def matrix(book: Book, span: Span) -> tuple[Cell, ...]:
    """Return every question against both sources, in the order of the catalogue."""
    return tuple(_cell(book, question, kind, span) for question in QUESTIONS for kind in KINDS)


def _cell(book: Book, question: Question, kind: Kind, span: Span) -> Cell:
    connected = any(c.kind == kind for c in book.connections)
    if kind == question.source:
        return Cell(question, kind, "recommended", connected, question.why)
    missing = lacks(book, kind, question, span)
    able = not question.never and not missing
    why = " ".join((*missing, question.other))
    return Cell(question, kind, "can" if able else "cannot", connected, why)
