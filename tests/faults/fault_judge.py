"""Runs a sync under a fault and judges what it left: exact, or partial with words, and healed."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fault_books import Books, books_of
from fault_company import Way, World, noon, well_behaved

from core import demo
from core.anthropic.transport import Client
from core.calendar import Clock
from core.errors import Finding, SpendError
from core.ledger.engine import connect
from core.settings import Settings
from core.sync import run

Disturb = Callable[[Settings], AbstractContextManager[object]]


@dataclass
class Told:
    """How a sync ended, as a person sees it: its outcome and its findings."""

    outcome: str
    findings: list[Finding]
    requests: int = 0
    slept: list[float] = field(default_factory=list)

    @property
    def codes(self) -> set[str]:
        """Return the codes of everything that is an error."""
        return {f.code for f in self.findings if f.severity == "error"}

    @property
    def warned(self) -> set[str]:
        """The codes of what is in doubt, but written."""
        return {f.code for f in self.findings if f.severity == "warning"}


def impatient(
    monkeypatch: pytest.MonkeyPatch, slept: list[float], page: int = 0, *, hurry: bool = False
) -> None:
    """Have syncs note their waits instead of waiting; `hurry`: give up on slow answers soon.

    `page`: the rows that a page of a report holds, so that small answers have many.
    """
    limits = {"read_timeout": 0.2, "deadline": 0.4} if hurry else {}

    class Impatient(Client):
        def __init__(self, key: object, url: str, **options: object) -> None:
            options |= {"sleep": slept.append, **limits}
            super().__init__(key, url, **options)  # type: ignore[arg-type]
            self.pace.engage = lambda: None  # type: ignore[method-assign]

        def get(self, path: str, params: object, **options: object) -> object:
            if page and "cost" in path:
                params = [(n, str(page) if n == "limit" else v) for n, v in params]  # type: ignore[attr-defined]
            return super().get(path, params, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "Client", Impatient)


def told_by(settings: Settings, clock: Clock, disturb: Disturb | None = None) -> Told:
    """Sync a ledger once and return how it ended; what is raised counts as told, too."""
    with (disturb or (lambda _: nullcontext()))(settings) as given:
        try:
            engine = given if given is not None else connect(settings)
            try:
                report = run.sync(engine, settings, clock=clock)  # type: ignore[arg-type]
            finally:
                engine.dispose()  # type: ignore[attr-defined]
        except SpendError as error:
            return Told("failed", [error.finding()])
    (one,) = report.connections
    return Told(report.outcome, one.findings, one.requests)


def wrong(found: Books, before: Books, truth: Books) -> set[tuple[str, int]]:
    """Return the days whose sums are neither what was kept before nor what is true."""
    return found.differs(truth, detail=False) & found.differs(before, detail=False)


def judge(told: Told, found: Books, before: Books, truth: Books, *, detail: bool = True) -> str:
    """Return `exact` or `partial`; fails where a total is wrong, or a person was not told."""
    assert not wrong(found, before, truth)
    changed = found.differs(truth, detail=detail)
    assert not (changed & found.differs(before, detail=detail)), "a day is a mix of both"
    if told.outcome == "complete":
        assert not changed, f"a complete sync left {sorted(changed)} as before"
        return "exact"
    assert told.outcome in {"partial", "failed"}
    assert told.codes, "it went wrong, and nobody was told"
    for finding in told.findings:
        if finding.severity == "error":
            assert finding.title
            assert finding.cause
            assert finding.fix
    return "partial"


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    `faults` makes the server's faults for a way; `outcome` and `codes` are what must come of it;
    `warns`: what must be said beside; `page` rows a page; `detail`: whether the single rows, too,
    must be the true ones at once;
    `longest`: the longest wait in seconds; `hurry`: the client's patience is short.
    """

    name: str
    faults: Callable[[Way], Iterable[demo.Fault]]
    outcome: str = "exact"
    codes: frozenset[str] = frozenset()
    ways: tuple[Way, ...] = ()
    page: int = 0
    detail: bool = True
    longest: float | None = None
    hurry: bool = False
    warns: frozenset[str] = frozenset()


def undergo(
    world: World, way: Way, fault: Fault, place: Path, monkeypatch: pytest.MonkeyPatch
) -> Told:
    """Sync under a fault and judge it, then without and judge that; return how the first ended."""
    slept: list[float] = []
    settings = world.filled(way, place)
    with monkeypatch.context() as patch:
        impatient(patch, slept, fault.page, hurry=fault.hurry)
        well_behaved(way, world.api.behaviour, world.today)
        world.api.behaviour.faults = list(fault.faults(way))
        told = told_by(settings, lambda: noon(world.today))
        told.slept = slept
        struck = [f for f in world.api.behaviour.faults if f.seen >= f.nth]
        assert struck, "the fault never happened"
        healed(world, way, settings, told, detail=fault.detail)
    return told


def healed(world: World, way: Way, settings: Settings, told: Told, *, detail: bool = True) -> str:
    """Judge what is there now, then sync undisturbed: all must be true to the unit."""
    before, truth = world.before[way], world.truth[way]
    outcome = judge(told, books_of(settings.url), before, truth, detail=detail)
    well_behaved(way, world.api.behaviour, world.today)
    again = told_by(settings, lambda: noon(world.today))
    assert (again.outcome, again.codes) == ("complete", set())
    assert not books_of(settings.url).differs(truth)
    return outcome
