"""Pseudonyms for people: who may not see who is who reads the same ledger with other names.

An engine carries the veil; what is read through it, figures and texts alike, names no person.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar, cast

import polars as pl
from sqlalchemy import Connection, Engine

from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, NOT_ATTRIBUTED
from core.ledger.names import MEMBERS, NameRow
from core.ledger.wordscan import Replacer

OPTION = "ledger_veil"
"""The engine's execution option that holds the veil."""

USER = "user"
_SHORTEST, _WHOLE = 6, 64
_PLAIN = {"", NOT_ATTRIBUTED, "(not available)"}
"""What stands for nobody in an id's place."""

_ADDRESS = re.compile(r"[\w.+'-]{1,64}@(?!person\.invalid)(?:[\w-]{1,63}\.){1,8}\w{2,63}")
"""An e-mail address in a text, but for one that we put there."""

Told = dict[str, Any]
"""A finding as it is kept."""

Names = Mapping[tuple[int, str, str], NameRow]
T = TypeVar("T")


class Veil:
    """Gives each person a pseudonym: the same everywhere, another one for each ledger's secret."""

    def __init__(self, secret: str, names: Names) -> None:
        """Take the ledger's secret, and the names that its people have."""
        self._secret = secret.encode()
        self._people = {id_: row for (_, kind, id_), row in names.items() if kind == USER}
        self._mails = {row.email.casefold() for row in self._people.values() if row.email}
        self._digits = _apart({self._digest(_self(row)) for row in self._people.values()})
        self._real = {self.id(id_): id_ for id_ in self._people}
        self._words: Replacer | None = None

    def id(self, raw: str) -> str:
        """Return what stands for a person's id; the ids of different people stay different."""
        return raw if raw in _PLAIN else f"user_{self._digest(f'id {raw}')[:20]}"

    def real(self, pseudonym: str) -> str:
        """Return the id that a pseudonym stands for; '' where it stands for nobody who is known."""
        return self._real.get(pseudonym, "")

    def mail(self, raw: str) -> str:
        """Return what stands for an e-mail address, whatever its case."""
        return f"{self._digest(_mail(raw))[:20]}@person.invalid" if raw else ""

    def actor(self, raw: str) -> str:
        """Return what stands for who did something: an id or an address; a key keeps its name."""
        if raw in self._people or raw.startswith("user_"):
            return self.id(raw)
        return self.mail(raw) if "@" in raw or raw.casefold() in self._mails else raw

    def value(self, dimension: str, raw: str) -> str:
        """Return a dimension's value as it may be seen."""
        return self.id(raw) if dimension == USER else raw

    def people(self, said: str) -> tuple[str, ...]:
        """Return whom a filter means by an id, a name or an address: pseudonyms of ids."""
        ids = [i for i, row in self._people.items() if said and said in (i, row.name, row.email)]
        if ids:
            return tuple(map(self.id, ids))
        return (self.actor(said) if "@" in said or said.startswith("user_") else said,)

    def label(self, row: NameRow) -> str:
        """Return what a person is called, such as `Person 4F7A2C`."""
        digest = self._digest(_self(row))
        return f"Person {digest[: self._digits.get(digest, _SHORTEST)].upper()}"

    def named(self, kind: str, row: NameRow) -> NameRow:
        """Return a name as it may be seen; groups keep theirs, with other ids for members."""
        if kind == USER:
            return NameRow(
                self.id(row.id), self.label(row), self.mail(row.email), row.state, row.details
            )
        if MEMBERS in row.details:
            members = [self.id(member) for member in row.details[MEMBERS]]
            return replace(row, details={**row.details, MEMBERS: members})
        return row

    def names(self, names: Names) -> dict[tuple[int, str, str], NameRow]:
        """Return every name as it may be seen."""
        return {
            (c, kind, self.value(kind, id_)): self.named(kind, row)
            for (c, kind, id_), row in names.items()
        }

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame with other words in its columns `user` and `actor`; nothing is copied."""
        for name, other in ((USER, self.id), ("actor", self.actor)):
            if name in frame.columns:
                frame = frame.with_columns(_renamed(frame[name], other))
        return frame

    def book(self, book: Book) -> Book:
        """Return a book as it may be seen: the same figures, to the last digit."""
        return replace(
            book,
            facts=self.frame(book.facts),
            activity=self.frame(book.activity),
            cubes={dims: self.frame(cube) for dims, cube in book.cubes.items()},
            names=self.names(book.names),
            words=tuple(replace(word, note=self.text(word.note)) for word in book.words),
        )

    def text(self, text: str) -> str:
        """Return a text without any e-mail address, and without known people's names and ids."""
        if self._words is None:
            self._words = Replacer(dict(self._said()))
        return _ADDRESS.sub(lambda found: self.mail(found[0]), self._words.replaced(text))

    def deep(self, value: T) -> T:
        """Return what JSON can hold with every text in it as `text` gives it."""
        if isinstance(value, str):
            return cast(T, self.text(value))
        if isinstance(value, list | tuple):
            return cast(T, type(value)(self.deep(one) for one in value))
        if isinstance(value, dict):
            return cast(T, {name: self.deep(one) for name, one in value.items()})
        return value

    def _said(self) -> Iterator[tuple[str, str]]:
        for id_, row in self._people.items():
            if row.name not in DIMENSIONS:  # what is kept of anomalies names dimensions, too
                yield row.name, self.label(row)
            yield row.email, self.mail(row.email)
            yield row.email.lower(), self.mail(row.email)
            yield id_, self.id(id_)

    def _digest(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(errors="surrogatepass"), sha256).hexdigest()


def veil_of(bind: Engine | Connection) -> Veil | None:
    """Return the veil that an engine, or a session's `get_bind()`, reads through; None: none."""
    return cast("Veil | None", bind.get_execution_options().get(OPTION))


def seen(bind: Engine | Connection, text: str) -> str:
    """Return a text that somebody wrote as it may be seen by who reads through an engine."""
    veil = veil_of(bind)
    return text if veil is None else veil.text(text)


def findings_seen(bind: Engine | Connection, found: Iterable[Told]) -> list[Told]:
    """Return findings, as they are kept, as they may be seen by who reads through an engine."""
    veil = veil_of(bind)
    words = ("title", "cause", "fix")
    return [
        one if veil is None
        else {**one, **{name: veil.text(one[name]) for name in words if one.get(name)}}
        for one in found
    ]  # fmt: skip


def bare(engine: Engine) -> Engine:
    """Return the engine without its veil, for what is compared and never shown."""
    return engine.execution_options(**{OPTION: None}) if veil_of(engine) else engine


def _self(row: NameRow) -> str:
    """Return what tells one person from others, on whichever connection."""
    return _mail(row.email) if row.email else f"id {row.id}"


def _mail(raw: str) -> str:
    return f"mail {raw.casefold()}"


def _apart(digests: set[str]) -> dict[str, int]:
    """Return how many digits tell each digest from all others, where the fewest do not."""
    digits: dict[str, int] = {}
    for length in range(_SHORTEST, _WHOLE, 2):
        seen: dict[str, list[str]] = {}
        for digest in digests:
            seen.setdefault(digest[:length], []).append(digest)
        digests = {digest for alike in seen.values() if len(alike) > 1 for digest in alike}
        digits |= dict.fromkeys(digests, length + 2)
        if not digests:
            break
    return digits


def _renamed(column: pl.Series, other: Any) -> pl.Series:
    kind = column.dtype
    known = kind.categories.to_list() if isinstance(kind, pl.Enum) else column.unique().to_list()
    words: list[Any] = [None if word is None else other(word) for word in known]
    if isinstance(kind, pl.Enum) and len(set(words)) == len(words):
        return column.to_physical().cat.to(pl.Enum(pl.Series(words, dtype=pl.String)))
    plain = column.cast(pl.String)
    told = plain.replace_strict(known, words, return_dtype=pl.String) if known else plain
    return told.cast(pl.Enum(sorted(set(words)))) if isinstance(kind, pl.Enum) else told
