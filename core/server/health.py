"""`/healthz`: does the database answer, and are the figures fresh?"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse

from core import calendar
from core.analysis.freshness import STALE
from core.errors import SpendError
from core.ledger.pulse import Beat, Pulse, pulse
from core.server import state

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """`ok`, `stale` or `down`, and the JSON that says why; nothing in it is a secret or a name."""

    status: str
    body: dict[str, Any]


def healthz(request: Request) -> JSONResponse:
    """Answer 200 while the database answers, else 503; with `?fresh=1`, 503 also for old figures.

    Whether figures are fresh is no reason to restart a server: hence two questions.
    """
    try:
        found = health(state.engine(), calendar.now())
    except SpendError as error:
        log.warning("health: %s", error)
        found = Health("down", {"status": "down", "database": error.code})
    bad = ("down", "stale") if "fresh" in request.query_params else ("down",)
    return JSONResponse(
        found.body, 503 if found.status in bad else 200, {"Cache-Control": "no-store"}
    )


def health(engine: Engine, moment: datetime) -> Health:
    """Return how the ledger is at a moment; raises DatabaseUnusable."""
    now = pulse(engine)
    live = [beat for beat in now.beats if beat.state != "disconnected"]
    ages = [_age(beat, moment) for beat in live]
    status = "stale" if any(a is None or a > STALE.total_seconds() for a in ages) else "ok"
    return Health(status, _body(status, now, live, ages))


def _body(status: str, now: Pulse, live: list[Beat], ages: list[int | None]) -> dict[str, Any]:
    known = [age for age in ages if age is not None]
    return {
        "status": status,
        "database": "ok",
        "version": now.version,
        "connections": len(live),
        "never_synced": len(ages) - len(known),
        "failing": sum(beat.failing > 0 for beat in live),
        "oldest_figures_seconds": max(known, default=None),
        "sync_running": now.running,
    }


def _age(beat: Beat, moment: datetime) -> int | None:
    if beat.fetched_at is None:
        return None
    return max(0, int((moment - beat.fetched_at).total_seconds()))
