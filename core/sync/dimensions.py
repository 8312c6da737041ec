"""The dimensions of result rows as columns of text, each combination of them read once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from operator import attrgetter
from typing import Any

import polars as pl

_EPOCH = date(1970, 1, 1).toordinal()
_ACTOR = ("user", "service_account", "actor_type")


@dataclass(frozen=True, slots=True)
class Flat:
    """Result rows, and the text of the day that each belongs to.

    Two lists, not one of pairs: a million pairs would keep the garbage collector busy for as long
    as all the rest takes.
    """

    days: list[str]
    rows: list[Any]


def text_columns(flat: Flat, paths: Mapping[str, str], actor: str = "") -> pl.DataFrame:
    """Return `day`, a column of text for each of `paths` (name: attribute), and who used Claude.

    With `actor`, the attribute that holds one: `user`, `service_account` and `actor_type` too.
    A window has few combinations and each on many days: to number them costs a third of what a
    Python string in every column of every row does.
    """
    days = _days(flat.days)
    wanted = [*paths.values(), *([actor] if actor else [])]
    if not wanted:
        return pl.DataFrame([days])
    numbers: defaultdict[tuple[Any, ...], int] = defaultdict(count().__next__)
    each = _tuples(flat.rows, wanted)
    codes = pl.Series("code", list(map(numbers.__getitem__, each)), pl.UInt32)
    known = [[*found[:-1], *_actor(found[-1])] if actor else found for found in numbers]
    names = [*paths, *(_ACTOR if actor else ())]
    combinations = pl.DataFrame(known, schema=dict.fromkeys(names, pl.String), orient="row")
    return combinations[codes].insert_column(0, days)


def _actor_id(actor: Any) -> str | None:
    """Return what identifies an actor that is no person."""
    for name in ("service_account_id", "api_key_id", "subject"):
        value: str | None = getattr(actor, name, None)
        if value:
            return value
    return None


def _tuples(rows: Sequence[Any], attributes: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    found = map(attrgetter(*attributes), rows)
    return zip(found) if len(attributes) == 1 else found


def _days(found: Sequence[str]) -> pl.Series:
    numbers = {text: date.fromisoformat(text).toordinal() - _EPOCH for text in set(found)}
    return pl.Series("day", list(map(numbers.__getitem__, found)), pl.Int32).cast(pl.Date)


def _actor(actor: Any) -> tuple[str | None, str | None, str | None]:
    """Return (user, service account, type): only people are users."""
    if actor is None:
        return None, None, None
    kind = actor.type
    if kind == "user_actor":
        return actor.user_id, None, kind
    return None, _actor_id(actor), kind
