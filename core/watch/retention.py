"""The step after a sync that forgets what CLAUDE_SPEND_KEEP_MONTHS no longer keeps."""

import logging

from sqlalchemy import Engine

from core.calendar import Clock
from core.errors import Finding
from core.ledger.retention import first_kept, forget
from core.settings import Settings

log = logging.getLogger(__name__)


def step(engine: Engine, settings: Settings, clock: Clock) -> list[Finding]:
    """Remove the days before the kept months; without the setting nothing is ever removed."""
    if settings.keep_months is None:
        return []
    gone = forget(engine, first_kept(clock().date(), settings.keep_months))
    if not gone.days:
        return []
    log.info("removed %d rows of %d days before %s", gone.rows, gone.days, gone.first_kept)
    return [
        Finding(
            "days_forgotten",
            "info",
            f"{gone.days} day(s) before {gone.first_kept} were removed.",
            f"CLAUDE_SPEND_KEEP_MONTHS is {settings.keep_months}: so many whole months are kept.",
            "Nothing needs doing. Backups made before still hold these days.",
        )
    ]
