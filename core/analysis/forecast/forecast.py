"""All that is forecast of a book at a moment: the organisation, and any dimension's parts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from core.analysis.forecast import series
from core.analysis.forecast.fit import fit_all, unfit
from core.analysis.forecast.known import Known, known
from core.analysis.forecast.outlook import Outlook, horizon, outlook, outlooks, to_come
from core.analysis.query import DIMS, TIMES
from core.calendar import Span
from core.errors import UnknownName
from core.ledger.book import Book

DIMENSIONS = (
    "connection", "source", "workspace", "api_key", "user", "product", "model", "operation"
)  # fmt: skip
"""What is fitted after every sync."""

STEP = 10
"""Days between the past forecasts of a part; the organisation's own are closer together."""

_ALL = ""


@dataclass(frozen=True)
class Forecast:
    """Outlooks by dimension, `''` for everything, whose one outlook is the organisation's."""

    known: Known
    outlooks: dict[str, list[Outlook]]


def forecast(
    book: Book,
    moment: datetime,
    dims: tuple[str, ...] = DIMENSIONS,
    days: Known | None = None,
    free: Collection[date] = frozenset(),
) -> Forecast:
    """Return what is forecast at a moment, each dollar counted once; it takes seconds.

    The parts of a dimension sum to the organisation's forecast, to the last unit, in every month,
    the quarter and the year. `days` are those to learn from, by default all that are `known`;
    `free` are public holidays. Raises UnknownName for what is no dimension of costs.
    """
    _check(dims)
    today = moment.astimezone(UTC).date()
    days = days or known(book, moment)
    whole = horizon(days, today)
    held = Span(min(days.first, whole.start), today + timedelta(days=1))
    total = series.whole(book, days, held)
    parts = {dim: series.parts(book, days, held, dim) for dim in dims}
    one = fit_all(_runs([("", [total])], days), days.as_of, until=whole.end, free=free)
    every = _runs(list(parts.items()), days)
    fits = {**one, **fit_all(every, days.as_of, until=whole.end, step=STEP, free=free)}
    nothing = unfit(days.as_of, whole.end)
    fit = fits.get(_key(_ALL, total), nothing)
    coming = to_come(total, fit, days, whole)
    found = {_ALL: [outlook(_ALL, total, fit, coming, days, today)]}
    for dim, mine in parts.items():
        own = {part.key: fits.get(_key(dim, part), nothing) for part in mine}
        found[dim] = outlooks(dim, mine, own, coming, days, today)
    return Forecast(days, found)


def _check(dims: tuple[str, ...]) -> None:
    able = [dim for dim in DIMS if dim not in (*TIMES, "basis")]
    for dim in dims:
        if dim not in able:
            raise UnknownName(
                f"A forecast cannot be divided by {dim!r}.",
                f"It can be divided by: {', '.join(able)}.",
                "Use one of these words.",
            )


def _key(dim: str, part: series.Part) -> str:
    return f"{dim}/{part.key}"


def _runs(dims: list[tuple[str, list[series.Part]]], days: Known) -> pl.DataFrame:
    frames = [
        series.learned(parts, days).with_columns(pl.format(f"{dim}/{{}}", "key").alias("key"))
        for dim, parts in dims
    ]
    return pl.concat(frames) if frames else series.learned([], days)
