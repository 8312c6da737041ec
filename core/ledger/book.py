"""The ledger as its readers hold it: frames of one version, never changed."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

import polars as pl

from core.calendar import Span
from core.ledger.blocks import Blocks
from core.ledger.names import NameRow
from core.ledger.words import PairRow


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as readers may know it: never its key."""

    id: int
    name: str
    kind: str
    state: str = "active"
    organization_id: str = ""
    organization_name: str = ""
    key_hint: str = ""
    protocol: str = ""
    history_floor: date | None = None
    created_at: datetime | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Book:
    """One version of the ledger.

    `facts`: `day`, `family`, `connection_id`, `cut`, every dimension (Enum, `''` for null) and
    the measures `amount`, `list_amount` (cost; units of 1e-8 cents), `tokens`, `requests`,
    `web_searches` (usage); sorted by family, cut and day. `days`: what is known of each
    connection, family and day (`core.ledger.states.DAYS`). `activity`: counts of people's work,
    `core.ledger.activity.SCHEMA` with `connection_id`; `activity_days`: when each of its days was
    read (`core.ledger.states.ACTIVITY_DAYS`). `cubes`: facts summed over fewer
    dimensions, by the dimensions they keep. `words`: what the user said of two connections, in
    the order in which it was said.
    """

    version: int
    facts: pl.DataFrame
    days: pl.DataFrame
    names: dict[tuple[int, str, str], NameRow] = field(default_factory=dict)
    connections: tuple[ConnectionRow, ...] = ()
    activity: pl.DataFrame = field(default_factory=pl.DataFrame)
    activity_days: pl.DataFrame = field(default_factory=pl.DataFrame)
    cubes: dict[frozenset[str], pl.DataFrame] = field(default_factory=dict)
    words: tuple[PairRow, ...] = ()

    def with_words(self, words: tuple[PairRow, ...]) -> "Book":
        """Return this book as it would be with other words; it shares every frame."""
        other = replace(self, words=words)
        # Where the blocks lie in the frames is found out once, not once a word.
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k in ("_facts", "_cubes")})
        return other

    def rows(
        self,
        family: str,
        cuts: Collection[str],
        dims: Collection[str],
        span: Span | None = None,
    ) -> pl.DataFrame:
        """Return the smallest frame with these cuts' money that knows all of `dims`.

        It has `day`, `connection_id`, `cut`, the dimensions asked for (perhaps others) and the
        measures. `dims` must name the dimensions of filters too. `span` limits the days.
        """
        wanted = frozenset(dims)
        able = [blocks for known, blocks in self._cubes if wanted <= known]
        smallest = min(able, key=lambda blocks: blocks.height, default=None)
        return (smallest or self._facts).take(family, cuts, span)

    @cached_property
    def _facts(self) -> Blocks:
        return Blocks(self.facts)

    @cached_property
    def _cubes(self) -> list[tuple[frozenset[str], Blocks]]:
        return [(dims, Blocks(cube)) for dims, cube in self.cubes.items()]
