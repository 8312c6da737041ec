"""All anomalies of a book, from what was kept of the days that were judged before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.analysis.anomalies.events import Event, events
from core.analysis.anomalies.expect import FEWEST, WARM, Model
from core.analysis.anomalies.freedays import free_days
from core.analysis.anomalies.record import LONGEST, Record, Restated, judge
from core.analysis.anomalies.rules import TIMES
from core.analysis.anomalies.watched import NO_RHYTHM, Watched, watched
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book

__all__ = ["Found", "detect"]


@dataclass(frozen=True, slots=True)
class Found:
    """Every judged series, its events by first day, and what a person should know of the run."""

    records: tuple[Record, ...]
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]


def detect(
    book: Book,
    today: date,
    kept: Mapping[tuple[str, str], Record],
    restated: Restated,
    *,
    sensitivity: str = "normal",
    country: str = "US",
    model: Model | None = None,
) -> Found:
    """Return what stands out in a book on the days before `today` that are over and known.

    `kept`: records by dimension and name, which spare judging days again that have not changed.
    `restated` says by how much a day was restated since it was complete. `sensitivity` is a word
    of TIMES, `country` as `free_days` takes it. Raises BadValue for a country nobody knows.
    """
    seen = watched(book, today, LONGEST + 1)
    spans = [s.first for s in seen.series]
    free = free_days(country, Span(min(spans, default=today), today))
    spent = seen.series[0].spent if seen.series else 0
    records = tuple(
        judge(replace(series, free=free), kept.get((series.dimension, series.name)), free,
              country, spent, restated, model)
        for series in seen.series
    )  # fmt: skip
    found = [event for record in records for event in events(record, TIMES[sensitivity])]
    return Found(records, tuple(sorted(found, key=_order)), _findings(seen, records))


def _order(event: Event) -> tuple[date, int, str, str]:
    return (event.first, -abs(event.impact), event.series.dimension, event.series.name)


_REASONS = {
    "beyond": "beyond the largest",
    "quiet": "without cost in the last 30 days",
    "sparse": "with cost on too few days to have a rhythm",
    "same": "the same as a series that is watched",
}


def _comfort(records: Sequence[Record], young: Sequence[Record]) -> str:
    """Return why it is no worry that some are not watched; the organisation is the first."""
    if all(record in young for record in records[:1]):
        return "they are watched once they have enough days"
    return "what they cost is part of the organisation, which is watched"


def _findings(seen: Watched, records: tuple[Record, ...]) -> tuple[Finding, ...]:
    young = [r for r in records if not any(b and b.judges for b in r.bands)]
    reasons = {reason: [f"{count} of {dim}" for (dim, why), count in sorted(seen.left_out.items())
                        if why == reason] for reason in _REASONS}  # fmt: skip
    said = [f"{_REASONS[reason]}: {', '.join(of)}" for reason, of in reasons.items() if of]
    if young:
        people = sum(record.series.dimension in NO_RHYTHM for record in young)
        said.append(
            f"with too short a history ({WARM + FEWEST} days, of people 14 with cost): "
            f"{len(young) - people} series and {people} people"
        )
    if not said:
        return ()
    return (
        Finding(
            "anomalies_not_watched",
            "info",
            f"{len(records) - len(young)} series are watched for anomalies; others are not.",
            f"Left out: {'; '.join(said)}.".replace("api_key", "API key"),
            f"Nothing needs doing: {_comfort(records, young)}.",
        ),
    )
