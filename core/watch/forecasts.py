"""The step that forecasts after a sync, and what a command or a page reads of it."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from core.analysis.anomalies.freedays import free_days
from core.analysis.forecast import stored
from core.analysis.forecast.forecast import DIMENSIONS, forecast
from core.analysis.forecast.known import Known, known
from core.analysis.forecast.month import lines
from core.analysis.forecast.outlook import Outlook
from core.analysis.forecast.record import Record, kept_word
from core.analysis.forecast.ripening import MOST_PERCENT, WATCHED, unripe
from core.analysis.forecast.series import LARGEST, RANKED_BY
from core.analysis.forecast.weeks import ROUGH, SHORTEST, WORDS
from core.calendar import Clock, Span, next_month
from core.errors import Finding
from core.ledger import snapshot
from core.ledger.book import Book
from core.ledger.engine import reading
from core.ledger.forecasts import Issued, keep, newest, stamp_of, step_findings
from core.ledger.forecasts import said as issued_ever
from core.ledger.revised import since_complete
from core.ledger.versions import mark
from core.settings import Settings

STEP = "forecast"

_FORMAT = 2
"""Rises when the method or the figures kept change, so that everything is forecast anew."""


@dataclass(frozen=True)
class Kept:
    """The newest forecasts of a dimension, `''` for everything, the largest first."""

    outlooks: tuple[Outlook, ...]
    issued_at: datetime | None


@dataclass(frozen=True)
class _Scene:
    """What a forecast is made from; `country`: whose public holidays are no measure."""

    book: Book
    moment: datetime
    days: Known
    country: str


def step(engine: Engine, settings: Settings, clock: Clock) -> list[Finding]:
    """Forecast the organisation and the dimensions, unless it was done from the same facts today.

    With fewer days than any method needs nothing is fitted, nothing kept, and nothing imported.
    """
    scene = _scene(engine, settings, clock)
    if not enough(scene.days):
        return [_too_short(scene.days)] if scene.book.days.height else []
    stamp = _stamp(engine, scene)
    if stamp_of(engine) == stamp and newest(engine, DIMENSIONS[0], stamp):
        return []
    _fit(engine, scene, stamp, DIMENSIONS)
    return []


def issued(
    engine: Engine, settings: Settings, clock: Clock, dimension: str = ""
) -> tuple[Kept, list[Finding]]:
    """Return the forecasts of a dimension from the newest facts: kept ones, else made now.

    Raises UnknownName for what is no dimension of costs, BadValue for a setting that names a
    country whose holidays are not known.
    """
    scene = _scene(engine, settings, clock)
    stamp = _stamp(engine, scene)
    found = newest(engine, dimension, stamp)
    if not found:
        _fit(engine, scene, stamp, (dimension,) if dimension else ())
        found = newest(engine, dimension, stamp)
    return _kept(found), findings(_kept(found), scene.days)


def enough(days: Known) -> bool:
    """Say whether enough days are known for any method."""
    return len(days.days) >= SHORTEST[ROUGH]


def read(engine: Engine, dimension: str = "") -> Kept:
    """Return the newest forecast that was kept; fits nothing.

    Of a dimension, those from the same facts as the organisation's, to which they sum; or none.
    """
    return _kept(newest(engine, dimension, stamp_of(engine)))


def said(engine: Engine) -> list[Finding]:
    """Return what the last run of the step found."""
    return [Finding(**found) for found in step_findings(engine, STEP)]


def issued_record(engine: Engine, book: Book, moment: datetime) -> Record:
    """Return how the forecasts that were really issued turned out, for months known whole."""
    days = _days(engine, book, moment)
    words = [word for row in issued_ever(engine) for word in stored.said(row.as_of, row.body)]
    months = {w.month for w in words if _over(w.month, days)}
    return kept_word(words, {m: lines(book, (), "", m)[0].estimate.actual for m in months})


def _over(month: date, days: Known) -> bool:
    span = Span(month, next_month(month))
    return span.end <= days.as_of and all(day in days for day in span)


def stamp_now(engine: Engine, book: Book, days: Known, today: date) -> str:
    """Return what a forecast depends on, as one short text: facts, days, words, and the day."""
    with reading(engine) as session:
        facts = mark(session).stamp
    states = [(c.id, c.name, c.state == "disconnected") for c in book.connections]
    words = [(w.platform_id, w.enterprise_id, w.word) for w in book.words]
    return _digest(_FORMAT, facts, days.first, days.as_of, sorted(days.gaps), states, words, today)


def _stamp(engine: Engine, scene: _Scene) -> str:
    today = scene.moment.date()
    return _digest(stamp_now(engine, scene.book, scene.days, today), scene.country)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def findings(kept: Kept, days: Known) -> list[Finding]:
    """Return what a person should know of forecasts and of the days they were made from."""
    short = [] if enough(days) else [_too_short(days)]
    gone = [_gaps(days)] if days.gaps else []
    young = [_young(days)] if days.unripe else []
    return [*short, *gone, *young, *together(kept)]


def together(kept: Kept) -> list[Finding]:
    """Return which values of a dimension are forecast as one line."""
    return [_together(outlook) for outlook in kept.outlooks if outlook.members > 1]


def _fit(engine: Engine, scene: _Scene, stamp: str, dims: tuple[str, ...]) -> None:
    days = scene.days
    free = free_days(scene.country, Span(days.first, days.as_of))
    made = forecast(scene.book, scene.moment, dims, days, free)
    rows = [
        Issued(dim, _key(outlook), outlook.as_of, outlook.method, body=stored.body(outlook))
        for dim, outlooks in made.outlooks.items()
        for outlook in outlooks
    ]
    keep(engine, rows, stamp, scene.moment)


def _scene(engine: Engine, settings: Settings, clock: Clock) -> _Scene:
    book, moment = snapshot.book(engine, settings), clock()
    return _Scene(book, moment, _days(engine, book, moment), settings.holidays)


def _days(engine: Engine, book: Book, moment: datetime) -> Known:
    """Return the days to learn from; the newest are left out where such days usually change."""
    today = moment.date()
    changes = since_complete(engine, today - timedelta(days=WATCHED), today)
    return known(book, moment, unripe=unripe(book, changes, moment))


def _key(outlook: Outlook) -> str:
    return f"{outlook.value or ''}|{outlook.line}"


def _kept(rows: tuple[Issued, ...]) -> Kept:
    outlooks = [stored.of(row.dimension, row.method, row.as_of, row.body) for row in rows]
    outlooks.sort(key=lambda o: (o.members > 1, -(o.months[0].expected or 0), o.name))
    moments = [row.issued_at for row in rows if row.issued_at]
    return Kept(tuple(outlooks), max(moments, default=None))


def _together(rest: Outlook) -> Finding:
    return Finding(
        "forecast_rest_together",
        "info",
        f"{rest.members} smaller values of {rest.dimension} are forecast together.",
        f"The {LARGEST} largest of the last {RANKED_BY} days are forecast each, the others as one "
        "line named Other. All lines sum to the organisation's forecast.",
        "Nothing needs doing.",
    )


def _gaps(days: Known) -> Finding:
    return Finding(
        "forecast_days_left_out",
        "info",
        f"{len(days.gaps)} days before {days.as_of} are not known whole.",
        f"The first is {min(days.gaps)}. They are left out of the forecast's past, and what they "
        "are expected to have cost is part of it: a gap is no drop.",
        "Sync again; Reconciliation shows which days are missing.",
    )


def _young(days: Known) -> Finding:
    return Finding(
        "forecast_days_still_change",
        "info",
        f"The last {days.unripe} days are left out of the forecast's past.",
        f"Days as young were typically restated by more than {MOST_PERCENT} % later. What they "
        "have cost so far is counted, and the rest is part of what is to come.",
        "Nothing needs doing.",
    )


def _too_short(days: Known) -> Finding:
    return Finding(
        "forecast_too_short",
        "info",
        "There is no forecast yet.",
        f"{len(days.days)} whole days are known of every connection; {WORDS['none']}.",
        "Sync again on another day; Connections shows which days are missing."
        if days.days
        else "Connect a source and sync: Connections leads through it.",
    )
