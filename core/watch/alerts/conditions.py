"""What there is to tell right now: every source of alerts is asked, and none can stop another."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from core.errors import Finding, SpendError
from core.logs import redact
from core.watch.alerts import figures, reading, spending
from core.watch.alerts.alert import Alert
from core.watch.alerts.scene import Scene

log = logging.getLogger(__name__)

Source = Callable[[Scene], Iterator[Alert]]

SOURCES: tuple[tuple[str, Source], ...] = (
    ("key_refused", reading.key_refused),
    ("sync_failing", reading.sync_failing),
    ("stale", reading.stale),
    ("key_expiring", reading.key_expiring),
    ("budget", spending.budget),
    ("budget_forecast", spending.budget_forecast),
    ("anomaly", figures.anomaly),
    ("overlap", figures.overlap),
)
"""Each kind of alert and what finds it."""


@dataclass
class Looked:
    """What stands, which kinds could be looked at, and what went wrong with the others."""

    alerts: list[Alert] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def look(scene: Scene) -> Looked:
    """Ask every source; one that fails is a finding, and its kind is not judged. Raises nothing."""
    looked = Looked()
    for kind, source in SOURCES:
        try:
            looked.alerts += list(source(scene))
            looked.judged.add(kind)
        except SpendError as error:
            log.warning("alerts: could not look for %s: %s", kind, error)
            looked.findings.append(error.finding("warning"))
        except Exception as error:
            # A key that is refused must be told also where a figure cannot be worked out.
            log.exception("alerts: could not look for %s", kind)
            looked.findings.append(_unforeseen(kind, error))
    return looked


def _unforeseen(kind: str, error: Exception) -> Finding:
    return Finding(
        "internal_error", "error", f"Something unforeseen stopped the look for {kind!r}.",
        redact(f"{type(error).__name__}: {error}")[:300],
        "Other alerts are sent all the same. The next sync tries again; if it stays, report it.",
    )  # fmt: skip
