"""The receipt of a figure that is made of others: each with its sign, and its own receipt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.analysis.receipt_text import Asked, figure, read
from core.analysis.replay import replay
from core.errors import BadValue, Finding
from core.ledger.book import Book

_HEAD = "Receipt of a sum: "
_TERM = re.compile(r"^=== ([+-]) (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Term:
    """One receipt's text within a sum; `sign` is 1 or -1."""

    sign: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SumReplay:
    """What a sum's receipt said beside what its terms give today, as `core.analysis.replay`."""

    asked: Asked
    then: int
    now: int | None
    restated: int | None
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        """Say whether every term's figure is the same, so that the sum is."""
        return self.now == self.then and not self.findings


def as_text(terms: Sequence[Term]) -> str:
    """Return the receipt of a sum of one measure; `terms_of` is its inverse."""
    asked = [read(term.text) for term in terms]
    measure = asked[0].query.measure
    lines = [_HEAD + figure(_sum(terms, asked), measure)]
    for term, one in zip(terms, asked, strict=True):
        lines.append(f"  {_sign(term)} {figure(one.total, measure)}, {term.title}")
    for term in terms:
        lines += [f"=== {_sign(term)} {term.title}", term.text.rstrip()]
    return "\n".join(lines) + "\n"


def is_sum(text: str) -> bool:
    """Say whether a text begins as the receipt of a sum."""
    return text.lstrip().startswith(_HEAD)


def terms_of(text: str) -> list[Term]:
    """Return the terms of a sum; raises BadValue where they are not those that its head tells."""
    _, *rest = _TERM.split(text.replace("\r\n", "\n").strip())
    found = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    terms = [Term(1 if sign == "+" else -1, name, body.strip()) for sign, name, body in found]
    if not terms or as_text(terms).split() != text.split():
        raise BadValue(
            "This is not the receipt of a sum, or not a whole one.",
            "Its head does not fit the receipts below it: something was changed or lost.",
            "Copy the receipt again, from its first line to its last.",
        )
    return terms


def replay_sum(
    book: Book, text: str, *, ledger: str = "", changes: pl.DataFrame | None = None
) -> SumReplay:
    """Return what a sum was and is, every term asked again; arguments and errors as `replay`."""
    terms = terms_of(text)
    found = [replay(book, term.text, ledger=ledger, changes=changes) for term in terms]
    return SumReplay(
        found[0].asked,
        _sum(terms, [one.asked for one in found]),
        _whole(terms, [one.now for one in found]),
        _whole(terms, [one.restated for one in found]),
        tuple(dict.fromkeys(finding for one in found for finding in one.findings)),
    )


def _sum(terms: Sequence[Term], asked: Sequence[Asked]) -> int:
    return sum(term.sign * one.total for term, one in zip(terms, asked, strict=True))


def _whole(terms: Sequence[Term], values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    if len(known) < len(terms):
        return None
    return sum(term.sign * value for term, value in zip(terms, known, strict=True))


def _sign(term: Term) -> str:
    return "+" if term.sign > 0 else "-"
