"""Which dimensions can be combined, and an exact refusal of those that cannot."""

from collections.abc import Iterable

from core.analysis.query import Query
from core.analysis.scope import REPORTS, WORDS, Scope, scope, unavailable
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book
from core.ledger.cuts import CUTS, DIMENSIONS, Cut, Kind


def possible(
    book: Book, dims: Iterable[str], span: Span, measure: str = "cost", source: str = ""
) -> Finding | None:
    """Return why no connected source gives a measure by all these dimensions, None if one does.

    `source`: ask one source only.

    The finding says of each report which of the dimensions it knows together, and which source
    would know them all, if any. Raises UnknownName for a word that is no dimension.
    """
    where = (("source", source),) if source else ()
    query = Query(tuple(dict.fromkeys(dims)), measure, span, where)
    wanted = [dim for dim in query.by if dim in DIMENSIONS]
    about = scope(book, query, allocate=True)
    if not wanted or not about.cuts or any(not unavailable(c, wanted) for c in about.cuts):
        return None
    return Finding(
        "combination_not_available",
        "warning",
        f"{_whose(source)} gives {measure.replace('_', ' ')} by {_listed(wanted)}.",
        " ".join(_knows(cut, wanted) for cut in about.cuts),
        _fix(query, about, wanted),
    )


def able(book: Book, dims: Iterable[str], span: Span, measure: str = "cost") -> list[Kind]:
    """Return the connected sources that give a measure by all these dimensions, each by itself.

    Raises UnknownName as `possible` does.
    """
    wanted = tuple(dims)
    there = {connection.kind for connection in book.connections}
    kinds: tuple[Kind, ...] = ("enterprise", "platform")
    return [k for k in kinds if k in there and possible(book, wanted, span, measure, k) is None]


def _whose(source: str) -> str:
    return f"No report of the connected {source.capitalize()}" if source else "No connected source"


def _knows(cut: Cut, wanted: list[str]) -> str:
    lacking = unavailable(cut, wanted)
    there = [dim for dim in wanted if dim not in lacking]
    report = REPORTS[cut.kind, cut.protocol, cut.family]
    if not there:
        return f"{report} knows none of them."
    return f"{report} knows {_listed(there)}, without {_listed(lacking)}."


def _fix(query: Query, about: Scope, wanted: list[str]) -> str:
    able = [cut for cut in CUTS if cut.family == query.family and not unavailable(cut, wanted)]
    if able:
        return (
            f"{REPORTS[able[0].kind, able[0].protocol, able[0].family]} would know them together."
        )
    if len(wanted) == 1:
        return "No report of Anthropic's gives it; choose another measure or dimension."
    return "No report of Anthropic's knows them together: ask for one of them at a time."


def _listed(dims: list[str]) -> str:
    words = [WORDS[dim] for dim in dims]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
