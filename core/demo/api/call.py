"""One request on its way to an endpoint, with all that an endpoint may want to know."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

import msgspec

from core.calendar import now as wall_clock
from core.calendar import zulu
from core.demo.api import cursors
from core.demo.api.query import Query
from core.demo.behaviour import Behaviour
from core.demo.credentials import Credential, Side
from core.demo.organisation import Organisation, organisation

OLD_VERSION, NEW_VERSION = "2023-06-01", "2026-10-21"
T = TypeVar("T")
_KEPT_ANSWERS = 4
_EXPORT_LAG = timedelta(hours=3)


@dataclass
class World:
    """What outlives a request: the organisation, the behaviour, and answers worked out already."""

    base: Organisation
    behaviour: Behaviour
    moves: int = 0
    kept: "OrderedDict[tuple[object, ...], Any]" = field(default_factory=OrderedDict)

    def now(self) -> datetime:
        """Return the simulated time: the clock's, or noon of the day that was asked for."""
        if self.behaviour.clock is not None:
            return self.behaviour.clock()
        if self.base.fixed:
            return datetime.combine(self.base.today, time(12), UTC)
        return wall_clock()

    def organisation(self, side: Side) -> Organisation:
        """Return the organisation as of now as a side's keys see it, restatements applied."""
        if not self.base.fixed and wall_clock().date() != self.base.today:
            self.base = organisation(self.base.seed)
        knobs = self.behaviour
        factors = dict(knobs.restate) if side in knobs.restate_seen_by else {}
        key = ("organisation", self.base.today, tuple(sorted(factors.items())))
        return self.remember(key, lambda: self.base.restated(factors))

    def remember(self, key: tuple[object, ...], work: Callable[[], T]) -> T:
        """Return what `work` gives, worked out once for a key."""
        if key not in self.kept:
            self.kept[key] = work()
            if len(self.kept) > _KEPT_ANSWERS:
                self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        result: T = self.kept[key]
        return result


@dataclass(frozen=True)
class Call:
    """One authorised request."""

    world: World
    organisation: Organisation
    credential: Credential
    path: str
    query: Query
    version: str
    betas: frozenset[str]
    now: datetime
    place: Mapping[str, str]

    @property
    def behaviour(self) -> Behaviour:
        """Return the knobs."""
        return self.world.behaviour

    @property
    def modern(self) -> bool:
        """Say whether the request speaks version 2026-10-21."""
        return self.version == NEW_VERSION

    @property
    def refreshed_at(self) -> str:
        """Return the export's watermark: a few hours ago, when yesterday was complete."""
        midnight = datetime.combine(self.organisation.today, time(0), UTC)
        given = self.behaviour.data_refreshed_at or max(midnight, _export(self.now))
        if self.behaviour.moving_watermark:
            self.world.moves += 1
        return zulu(given + timedelta(minutes=self.world.moves))

    def remember(self, work: Callable[[], T], *more: object) -> T:
        """Return what `work` gives, worked out once per query and state of the organisation."""
        knobs = self.behaviour
        key = (
            self.path,
            self.query.digest(),
            self.credential.side,
            self.version,
            self.organisation.today,
            tuple(sorted(knobs.restate.items())),
            knobs.restate_seen_by,
            knobs.overlap,
            knobs.group_cap,
            *more,
        )
        return self.world.remember(key, work)

    def offset(self) -> int:
        """Return where the asked page begins; refuses a foreign or expired cursor."""
        bound = f"{self.path}{self.query.digest()}"
        return cursors.read(self.query.one("page"), bound, self.behaviour.generation)

    def next_page(self, offset: int, count: int) -> str | None:
        """Return the cursor of the page at an offset, None beyond the last of `count` things."""
        if offset >= count:
            return None
        bound = f"{self.path}{self.query.digest()}"
        return cursors.make(bound, self.behaviour.generation, offset)

    def at(self, **place: str) -> "Call":
        """Return the call with path parameters."""
        return replace(self, place=place)


def encode(value: object) -> bytes:
    """Return a JSON document."""
    return msgspec.json.encode(value)


def page(
    rows: bytes,
    call: Call,
    next_page: str | None,
    *,
    has_more: bool = True,
    watermark: bool = False,
    more: Mapping[str, object] | None = None,
) -> bytes:
    """Return a page's document around the text of its `data` array."""
    head: dict[str, object] = {"has_more": next_page is not None} if has_more else {}
    head["next_page"] = next_page
    if watermark:
        head["data_refreshed_at"] = call.refreshed_at
    head.update(more or {})
    return b'{"data":' + rows + b"," + encode(head)[1:]


def _export(now: datetime) -> datetime:
    """Return the moment of the newest export: exports are made once an hour."""
    return (now - _EXPORT_LAG).replace(minute=0, second=0, microsecond=0)
