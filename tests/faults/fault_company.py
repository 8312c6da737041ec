"""A company that is small in every way, and the ledgers that have read it before a fault."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import polars as pl
from fault_books import Books, books_of
from fault_shelf import copied, settings_of
from pydantic import SecretStr

from core import demo
from core.connections import store
from core.connections.vault import open_vault
from core.ledger.days import number
from core.ledger.engine import connect
from core.settings import Settings
from core.sync.run import sync

TODAY = date(2026, 11, 4)
"""The history goes over the end of a month: every family is read in two windows."""

DAYS, OLDER = 6, 2
"""Days of history; how many days before TODAY the ledger was filled."""

KEYS = {"platform": demo.PLATFORM_KEY, "enterprise": demo.ANALYTICS_KEY}
NAME = "One"


@dataclass(frozen=True)
class Way:
    """A source and the protocol that it is read with."""

    kind: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.protocol}"

    @property
    def cost(self) -> str:
        """Return the path of the cost answer."""
        ends = {"unified": "analytics/cost", "reports": "analytics/cost_report"}
        if self.kind == "platform":
            ends["reports"] = "cost_report"
        return f"/v1/organizations/{ends[self.protocol]}"


WAYS = tuple(Way(k, p) for k in ("platform", "enterprise") for p in ("unified", "reports"))
P_UNIFIED, P_REPORTS, E_UNIFIED, E_REPORTS = WAYS


def company(today: date = TODAY, shift: int = 0) -> demo.Organisation:
    """Return a sample of the simulated organisation's last days; `shift` moves all of them."""
    whole = demo.organisation(today=TODAY)
    text = [name for name in whole.facts.columns if whole.facts[name].dtype == pl.String]
    facts = whole.facts.filter(pl.col("day") >= TODAY - timedelta(days=DAYS), pl.col("day") < today)
    some = pl.concat_str([pl.col(name).fill_null("") for name in text]).hash(1) % 16 == 0
    moved = facts.filter(some).with_columns(pl.col("day") + timedelta(days=shift))
    return replace(whole, today=today + timedelta(days=shift), facts=moved, groups=whole.groups[:1])


def noon(day: date) -> datetime:
    """Return the middle of a UTC day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def well_behaved(way: Way, behaviour: demo.Behaviour, today: date) -> None:
    """Make a running simulation behave well, as of a day, with the protocol of a way."""
    fresh = demo.Behaviour()
    for knob in fields(demo.Behaviour):
        if knob.name != "generation":
            setattr(behaviour, knob.name, getattr(fresh, knob.name))
    behaviour.platform_unified = behaviour.enterprise_unified = way.protocol == "unified"
    behaviour.clock = lambda: noon(today)


@dataclass
class World:
    """A served company, and for each way a filled ledger and what it must become."""

    api: demo.Server
    folder: Path
    company: demo.Organisation
    before: dict[Way, Books] = field(default_factory=dict)
    truth: dict[Way, Books] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the day on which the faults happen."""
        return self.company.today

    def filled(self, way: Way, place: Path) -> Settings:
        """Return the settings of a new copy of the ledger that was filled some days ago."""
        copied(self.folder / str(way), place)
        return settings_of(place, self.api.base_url)

    def prepare(self, older: demo.Server, ways: Sequence[Way]) -> None:
        """Fill the ledgers from an older state of the company; find out what is true now."""
        day = self.today - timedelta(days=OLDER)
        for way in ways:
            start = self.folder / str(way)
            start.mkdir(parents=True)
            well_behaved(way, older.behaviour, day)
            # A day that was revised since: what was kept of it is not what is true now.
            older.behaviour.restate = {day - timedelta(days=2): Fraction(1, 2)}
            self._fill(way, settings_of(start, older.base_url), day)
            self.before[way] = books_of(start)
            well_behaved(way, self.api.behaviour, self.today)
            self.truth[way] = self._undisturbed(way)
            assert self.truth[way].differs(self.before[way])
            assert self._totals(way) == self._true_totals(way)

    def _fill(self, way: Way, settings: Settings, day: date) -> None:
        engine = connect(settings)
        vault = open_vault(settings, engine)
        store.add(engine, vault, NAME, way.kind, SecretStr(KEYS[way.kind]))
        store.set_history_floor(engine, NAME, self.today - timedelta(days=DAYS))
        report = sync(engine, settings, clock=lambda: noon(day))
        assert report.outcome == "complete", report.as_dict()
        assert [c.protocol for c in report.connections] == [way.protocol]
        engine.dispose()

    def _undisturbed(self, way: Way) -> Books:
        settings = self.filled(way, self.folder / "truth" / str(way))
        engine = connect(settings)
        report = sync(engine, settings, clock=lambda: noon(self.today))
        assert report.outcome == "complete", report.as_dict()
        engine.dispose()
        return books_of(settings.url)

    def _totals(self, way: Way) -> dict[int, set[int]]:
        """Return what the cuts of a day's cost sum to: one sum, or something is wrong."""
        truth = self.truth[way]
        days = [place for place in truth.rows if place[0] == "cost"]
        return {place[1]: set(truth.sums(place).values()) for place in days}

    def _true_totals(self, way: Way) -> dict[int, set[int]]:
        shared = way == Way("enterprise", "unified")
        sums = self.company.truth(way.kind, ("day",), overlap=1.0 if shared else 0.0)
        return {number(day): {cost} for day, cost in sums.select("day", "amount").rows()}


@contextmanager
def served(folder: Path, ways: Sequence[Way] = WAYS, shift: int = 0) -> Iterator[World]:
    """Serve the company, with ledgers that were filled two days before and the truth of today."""
    older = company(TODAY - timedelta(days=OLDER), shift)
    now = company(TODAY, shift)
    with demo.serve(older) as then, demo.serve(now) as api:
        world = World(api, folder, now)
        world.prepare(then, ways)
        yield world
