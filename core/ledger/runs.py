"""The log of sync runs: started, going on, finished, interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from core.ledger.tables import SyncPart


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last ended sync of one connection, as the command line shows it."""

    id: int
    at: datetime
    outcome: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object `{id, at, outcome}`; `at` as ISO 8601 in UTC."""
        raise NotImplementedError


def start_run(
    engine: Engine, connection_ids: Sequence[int], trigger: str, *, now: datetime | None = None
) -> int:
    """Record that a sync of these connections has begun; returns the run's id."""
    raise NotImplementedError


def update_part(engine: Engine, run_id: int, connection_id: int, **fields: Any) -> None:
    """Record how far a run is with one connection; `fields` are columns of SyncPart."""
    raise NotImplementedError


def finish_run(engine: Engine, run_id: int, outcome: str, *, now: datetime | None = None) -> None:
    """Record that a run has ended; parts that still run take the run's outcome."""
    raise NotImplementedError


def mark_interrupted(engine: Engine, *, now: datetime | None = None) -> list[int]:
    """Close every run without an end; call it while holding the sync lock. Returns their ids.

    A part that had replaced windows becomes `partial`, any other `failed`.
    """
    raise NotImplementedError


def latest(engine: Engine, connection_id: int) -> LastSync | None:
    """Return the last ended sync of a connection, or None."""
    raise NotImplementedError


def parts(engine: Engine, run_id: int) -> list[SyncPart]:
    """Return a run's parts by connection id, as they stand now."""
    raise NotImplementedError


def running(engine: Engine) -> int | None:
    """Return the id of the newest run without an end, or None."""
    raise NotImplementedError
