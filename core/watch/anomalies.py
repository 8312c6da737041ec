"""Looks for anomalies after a sync, and keeps what it finds."""

from datetime import timedelta

from sqlalchemy import Engine

from core.analysis.anomalies.detect import Found, detect
from core.analysis.anomalies.driver import driver
from core.analysis.anomalies.events import Event
from core.analysis.anomalies.expect import Model
from core.analysis.anomalies.keeping import anomaly_of, record_of, row_of
from core.analysis.anomalies.record import LONGEST
from core.analysis.anomalies.revisions import Revisions
from core.analysis.anomalies.told import grouped
from core.calendar import Clock
from core.errors import Finding
from core.ledger import anomalies as kept
from core.ledger import snapshot
from core.ledger.book import Book
from core.ledger.revised import since_complete
from core.settings import Settings

_FORMAT = 1
"""Raised when the way of judging changes, so that everything is judged anew."""


def anomalies(
    engine: Engine, settings: Settings, clock: Clock, model: Model | None = None
) -> list[Finding]:
    """Judge every watched series' days that are over, and keep the anomalies.

    Days whose figures have not changed are not judged again, and nothing is done where neither the
    ledger nor the day nor a setting has changed. Raises BadValue for a country without holidays.
    """
    today = clock().date()
    version = snapshot.current_version(engine)
    stamp = f"{_FORMAT} {version} {today} {settings.anomalies} {settings.holidays}"
    if kept.last_stamp(engine) == stamp:
        return [Finding(**said) for said in kept.last_run(engine)[1]]
    book = snapshot.book(engine, settings)
    revised = Revisions(since_complete(engine, today - timedelta(days=LONGEST), today))
    before = {key: record_of(row) for key, row in kept.watched_series(engine).items()}
    found = detect(
        book, today, before, revised,
        sensitivity=settings.anomalies, country=settings.holidays, model=model,
    )  # fmt: skip
    _keep(engine, book, found, stamp, clock)
    return list(found.findings)


def watched(engine: Engine) -> int:
    """Return how many series have history enough for their days to be judged."""
    records = map(record_of, kept.watched_series(engine).values())
    return sum(any(band and band.judges for band in record.bands) for record in records)


def _keep(engine: Engine, book: Book, found: Found, stamp: str, clock: Clock) -> None:
    told = {(r.key, r.kind): r for r in kept.all_anomalies(engine)}
    rows = []
    for event in found.events:
        old = told.get(((event.series.dimension, event.series.name, event.first), _kind(event)))
        same = old is not None and old.stamp == event.stamp
        body = old.body if old is not None and same else _body(book, event)
        rows.append(anomaly_of(event, body))
    # A day that nobody judges is no reason to forget what was found on it while it was judged.
    judged = {
        r.key: next((r.day(n) for n, band in enumerate(r.bands) if band and band.judges), r.day(0))
        for r in found.records
    }
    kept.keep(engine, [row_of(r, stamp) for r in found.records], grouped(rows), judged, clock)


def _kind(event: Event) -> str:
    return "drop" if event.drop else "over"


def _body(book: Book, event: Event) -> dict[str, object]:
    """Return what drove an event; of a drop or what no longer stands there is nothing to drive."""
    return driver(book, event) if not event.drop and event.state == "found" else {}
