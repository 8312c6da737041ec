"""Teams: people's figures by the groups they belong to, in parts that sum to the whole.

Anthropic's own reports by group count a person once in each of their groups, so they sum to more
than the bill. Here each person stands in one place: their group, or, where they belong to several,
a line that names them all.
"""

from collections.abc import Mapping

import polars as pl

from core.analysis.labels import columns
from core.analysis.memo import per_book
from core.ledger.book import Book
from core.ledger.names import MEMBERS, REMOVED

SEVERAL, NO_TEAM, NO_PERSON = "several teams", "no team", "no person"
"""Why a figure belongs to no single team."""

Place = tuple[str | None, str | None, str | None]
"""A person's team id, what it is called, and why it is no single team."""


def are_known(book: Book) -> bool:
    """Say whether any group of the book's connections is known with its members."""
    return bool(_groups(book))


def divided(by: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dimensions to ask for in place of ones with `team`: teams are made of people."""
    return tuple(dict.fromkeys("user" if dim == "team" else dim for dim in by))


def by_team(book: Book, frame: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Return a view's frame by `divided(by)` as one by `by`; every value stays in one row.

    A null `team` has its reason in `line`: SEVERAL, whose `team_name` lists them, NO_TEAM,
    NO_PERSON, or what the person's own row said.
    """
    places = _places(book)
    found = [_place(places, user, line) for user, line in frame.select("user", "line").rows()]
    told = frame.drop("line").with_columns(
        pl.Series(name, [place[n] for place in found], pl.String)
        for n, name in enumerate(("team", "team_name", "line"))
    )
    return told.group_by([*columns(by), "line"]).agg(pl.col("value").sum())


def _place(places: Mapping[str, Place], user: str | None, line: str | None) -> Place:
    if user is None:
        return None, None, line or NO_PERSON
    team, name, reason = places.get(user, (None, None, NO_TEAM))
    return team, name, reason or line


@per_book
def _groups(book: Book) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each present group's name and members by its id."""
    ids = {connection.id for connection in book.connections}
    return {
        row.id: (row.name or row.id, tuple(row.details[MEMBERS]))
        for (connection, kind, _), row in book.names.items()
        if kind == "group" and connection in ids
        if row.state != REMOVED and MEMBERS in row.details
    }


@per_book
def _places(book: Book) -> dict[str, Place]:
    mine: dict[str, list[str]] = {}
    for group, (_, members) in _groups(book).items():
        for user in members:
            mine.setdefault(user, []).append(group)
    return {user: _among(book, groups) for user, groups in mine.items()}


def _among(book: Book, groups: list[str]) -> Place:
    names = sorted(_groups(book)[group][0] for group in groups)
    return (groups[0], names[0], None) if len(groups) == 1 else (None, " + ".join(names), SEVERAL)
