"""The step that works out, after a sync, what is ahead of each budget; and what pages read."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Engine

from core.analysis.anomalies.freedays import free_days
from core.analysis.budgets.outcome import Month, ahead_of, month_of
from core.analysis.budgets.pace import Ahead
from core.analysis.forecast.known import Known, known
from core.analysis.forecast.outlook import Estimate
from core.analysis.forecast.ripening import WATCHED, unripe
from core.calendar import Clock, Span, month_start, next_month
from core.errors import Finding
from core.ledger import budgets as kept
from core.ledger import snapshot
from core.ledger.book import Book
from core.ledger.revised import since_complete
from core.ledger.veil import bare
from core.settings import Settings
from core.watch.forecasts import stamp_now

_FORMAT = 1
_ENDS = ("actual", "expected", "low80", "high80", "low95", "high95")
_DATES = ("day", "early", "late")


@dataclass(frozen=True)
class Outlooks:
    """What the last run worked out, by budget name; `current` where it is of these budgets."""

    ahead: dict[str, Ahead]
    current: bool


def step(engine: Engine, settings: Settings, clock: Clock) -> list[Finding]:
    """Work out what is ahead of each budget, unless it was done from the same facts today."""
    rows = kept.all_budgets(engine)
    if not rows:
        kept.keep_outcomes(engine, "", {})
        return []
    book, moment = snapshot.book(engine, settings), clock()
    days = days_of(engine, book, moment)
    stamp = _stamp(engine, book, days, moment.date(), rows)
    if kept.outcomes(engine)[0] == stamp:
        return []
    month = month_start(moment.date())
    held = Span(min(days.first, month), next_month(month))
    # As the forecast of everything does, or the same days would have two month ends.
    free = free_days(settings.holidays, Span(days.first, days.as_of))
    found = ahead_of(book, rows, days, month, held, free)
    kept.keep_outcomes(engine, stamp, {name: _body(month, one) for name, one in found.items()})
    return []


def days_of(engine: Engine, book: Book, moment: datetime) -> Known:
    """Return the days known whole; the newest are left out where such days usually change."""
    today = moment.date()
    changes = since_complete(engine, today - timedelta(days=WATCHED), today)
    return known(book, moment, unripe=unripe(book, changes, moment))


def read(engine: Engine, book: Book, moment: datetime, month: date | None = None) -> Month:
    """Return a month of budgets, by default this one's: exact sums, nothing fitted."""
    days = days_of(engine, book, moment)
    return month_of(book, kept.all_budgets(engine), days, month or month_start(moment.date()))


def outlooks(engine: Engine, book: Book, moment: datetime) -> Outlooks:
    """Return what the last run of the step kept of this month; fits nothing."""
    stamp, bodies = kept.outcomes(engine)
    engine = bare(engine)  # from here on only compared
    rows, days = kept.all_budgets(engine), days_of(engine, book, moment)
    month = month_start(moment.date())
    mine = {name: _of(body) for name, body in bodies.items() if body["month"] == month.isoformat()}
    return Outlooks(mine, stamp == _stamp(engine, book, days, moment.date(), rows))


def _stamp(
    engine: Engine, book: Book, days: Known, today: date, rows: tuple[kept.BudgetRow, ...]
) -> str:
    text = repr((_FORMAT, stamp_now(engine, book, days, today), rows))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _body(month: date, one: Ahead) -> dict[str, Any]:
    chance = None if one.chance is None else [one.chance.numerator, one.chance.denominator]
    days = {name: getattr(one, name) for name in _DATES}
    return {
        "month": month.isoformat(), "chance": chance, "crossed": one.crossed,
        "windows": one.estimate.windows,
        **{name: getattr(one.estimate, name) for name in _ENDS},
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }  # fmt: skip


def _of(body: dict[str, Any]) -> Ahead:
    month = date.fromisoformat(body["month"])
    ends = {name: body[name] for name in _ENDS}
    whole = Estimate(Span(month, next_month(month)), **ends, windows=body["windows"])
    day, early, late = (date.fromisoformat(body[n]) if body[n] else None for n in _DATES)
    chance = Fraction(*body["chance"]) if body["chance"] else None
    return Ahead(whole, chance, day, early, late, crossed=body["crossed"])
