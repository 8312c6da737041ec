"""Which ledger a command speaks of: the real one, or that of the simulated organisation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import logs
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
def own() -> Iterator[Ledger]:
    """Yield the ledger that commands change: the real one unless CLAUDE_SPEND_DEMO is 1.

    Raises BadValue for settings that cannot be used, DatabaseUnusable.
    """
    chosen = _configured()
    with _open(chosen, simulated=chosen.demo == "1") as ledger:
        yield ledger


@contextmanager
def readable() -> Iterator[Ledger]:
    """Yield the ledger to read figures from: the simulated one while nothing is connected.

    A disconnected connection counts as one: its history is real. Raises as `own` does.
    """
    chosen = _configured()
    with _open(chosen, simulated=chosen.demo == "1") as ledger:
        if ledger.simulated or chosen.demo == "0" or _has_connections(ledger.engine):
            yield ledger
            return
    with _open(chosen, simulated=True) as ledger:
        yield ledger


def _configured() -> "Settings":
    from core import settings

    chosen = settings.load()
    logs.configure(chosen.log)
    return chosen


def _has_connections(engine: "Engine") -> bool:
    from core.connections.store import all_connections

    return bool(all_connections(engine))


@contextmanager
def _open(chosen: "Settings", *, simulated: bool) -> Iterator[Ledger]:
    from core.ledger.engine import connect

    if simulated:
        from core import simulated as simulation

        chosen = simulation.settings(chosen)
    engine = connect(chosen)
    try:
        yield Ledger(engine, chosen, (SIMULATED,) if simulated else ())
    finally:
        engine.dispose()
