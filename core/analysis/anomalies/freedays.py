"""Public holidays and the days beside them that many take off: their low cost says nothing."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from core.calendar import Span
from core.errors import BadValue

NOWHERE = "none"


def free_days(country: str, span: Span) -> frozenset[date]:
    """Return the days of a span on which many are off in a country.

    Its public holidays, a day between one and a weekend, and the days from Christmas Eve to New
    Year where both Christmas and New Year are holidays.

    `country`: ISO 3166 code, perhaps with a subdivision (`US`, `DE-BY`); `none` has none. Raises
    BadValue for one that nobody knows holidays of.
    """
    if country == NOWHERE:
        return frozenset()
    import holidays

    code, _, part = country.partition("-")
    years = range(span.start.year, span.end.year + 2)
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise BadValue(
            f"The holidays of {country!r} are not known.",
            f"{error}.",
            "Set CLAUDE_SPEND_HOLIDAYS to a country's code as in US or DE-BY, or to none.",
        ) from None
    known = frozenset(found)
    return frozenset(day for day in (*known, *_beside(known), *_year_ends(known)) if day in span)


def _beside(holidays: Collection[date]) -> Iterator[date]:
    """Yield the Mondays before a Tuesday, and the Fridays after a Thursday, that is a holiday."""
    for day in holidays:
        if day.weekday() in (1, 3):
            yield day + timedelta(days=day.weekday() - 2)


def _year_ends(holidays: Collection[date]) -> Iterator[date]:
    for day in holidays:
        if (day.month, day.day) == (12, 25) and date(day.year + 1, 1, 1) in holidays:
            yield from (date(day.year, 12, n) for n in range(24, 32))
