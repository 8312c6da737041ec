"""One source's own books, and what each source is able to say."""

from dataclasses import replace

from core.analysis.explore import ask
from core.analysis.filters import known
from core.analysis.memo import per_book
from core.analysis.query import Query, View
from core.analysis.questions.catalogue import Question
from core.analysis.scope import Scope, findings, scope
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import Kind, choose

NAMES: dict[Kind, str] = {"platform": "Anthropic (Platform)", "enterprise": "Anthropic Enterprise"}
SHORT: dict[Kind, str] = {"platform": "The Platform", "enterprise": "Enterprise"}


def other_kind(kind: Kind) -> Kind:
    """Return the other of the two sources."""
    return "platform" if kind == "enterprise" else "enterprise"


@per_book
def side(book: Book, kind: Kind) -> Book:
    """Return a book that knows one source's connections only.

    Asked "counted once", it counts two connections to the same books once, and leaves nothing
    out because the other source reports it too.
    """
    return replace(book, connections=tuple(c for c in book.connections if c.kind == kind))


def told(book: Book, kind: Kind, question: Question, span: Span) -> View:
    """Return what one source's own books say to a question.

    A filter on a value that the ledger has never seen matches nothing.
    """
    query = Query(question.by, question.measure, span, question.where)
    return _ask(side(book, kind), query)


def told_once(book: Book, question: Question, span: Span) -> int:
    """Return a question's total over both sources, each dollar counted once."""
    return _ask(book, Query((), question.measure, span, question.where)).total


def _ask(book: Book, query: Query) -> View:
    unseen = any(value and value not in known(book, dim) for dim, value in query.where)
    if not unseen:
        return ask(book, query)
    nothing = replace(query, span=Span(query.span.start, query.span.start), where=())
    return replace(ask(book, nothing), query=query)


def lacks(book: Book, kind: Kind, question: Question, span: Span) -> tuple[str, ...]:
    """Return why a source cannot divide as a question asks: nothing where it can.

    Connected, it is judged by the reports that its days were read with; else by the newer API.
    """
    query = Query(question.by, question.measure, span, question.where)
    about = scope(side(book, kind), query, allocate=True)
    if not about.cuts:
        wanted = frozenset((*query.by, *(name for name, _ in query.where)))
        about = Scope((), (choose(kind, "unified", query.family, wanted),))
    said = [f.title for f in findings(query, about) if f.code == "dimension_not_available"]
    return tuple(dict.fromkeys(said))
