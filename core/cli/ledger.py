"""Which ledger a command speaks of: the real one, or that of the simulated organisation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core import logs
from core.cli import output
from core.errors import Finding

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from core.settings import Settings

SIMULATED = Finding(
    "simulated_organisation",
    "info",
    "These figures belong to a simulated organisation.",
    "Nothing is connected yet, or CLAUDE_SPEND_DEMO is 1.",
    "Connect Anthropic with `claude-spend connect` to see your own; CLAUDE_SPEND_DEMO=0 switches "
    "the simulation off.",
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger, the settings that lead to it, and what must be said of it."""

    engine: "Engine"
    settings: "Settings"
    findings: tuple[Finding, ...] = ()

    @property
    def simulated(self) -> bool:
        """Say whether the figures are those of the simulated organisation."""
        return SIMULATED in self.findings


@contextmanager
def own(*, online: bool = False) -> Iterator[Ledger]:
    """Yield the ledger that commands change: the real one unless CLAUDE_SPEND_DEMO is 1.

    `online`: the command will ask the API, so the simulated one has to be there if it is meant.
    Raises BadValue for settings that cannot be used, DatabaseUnusable.
    """
    chosen = _configured()
    if chosen.demo != "1":
        with _open(chosen) as ledger:
            yield ledger
        return
    with _simulated(chosen) as ledger, _api(online) as url:
        there = {"api_url": url} if url else {}
        yield replace(ledger, settings=ledger.settings.model_copy(update=there))


@contextmanager
def readable() -> Iterator[Ledger]:
    """Yield the ledger to read figures from: the simulated one while nothing is connected.

    A disconnected connection counts as one: its history is real. Raises as `own` does.
    """
    chosen = _configured()
    if chosen.demo != "1":
        with _open(chosen) as ledger:
            if chosen.demo == "0" or _has_connections(ledger.engine):
                yield ledger
                return
    with _simulated(chosen) as ledger:
        yield ledger


def _configured() -> "Settings":
    from core import settings

    chosen = settings.load()
    logs.configure(chosen.log, chosen.log_format)
    return chosen


def _has_connections(engine: "Engine") -> bool:
    from core.connections.store import all_connections

    return bool(all_connections(engine))


@contextmanager
def _open(chosen: "Settings") -> Iterator[Ledger]:
    from core.ledger.engine import connect

    engine = connect(chosen)
    try:
        yield Ledger(engine, chosen)
    finally:
        engine.dispose()


@contextmanager
def _simulated(chosen: "Settings") -> Iterator[Ledger]:
    from core import simulated

    if not Path(simulated.settings_of(chosen).url.removeprefix("sqlite:///")).exists():
        output.note("Preparing today's simulated organisation; this happens once a day.", "dim")
    with _open(simulated.settings(chosen)) as ledger:
        yield replace(ledger, findings=(SIMULATED,))


@contextmanager
def _api(wanted: bool) -> Iterator[str]:
    """Yield the address of the simulated API, which is there as long as the command runs."""
    if not wanted:
        yield ""
        return
    from core import demo

    with demo.serve(demo.organisation()) as server:
        yield server.base_url
