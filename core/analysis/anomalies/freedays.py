"""Public holidays: days whose low cost says nothing."""

from datetime import date

from core.calendar import Span
from core.errors import BadValue

NOWHERE = "none"


def free_days(country: str, span: Span) -> frozenset[date]:
    """Return the public holidays of a country in a span.

    `country`: ISO 3166 code, perhaps with a subdivision (`US`, `DE-BY`); `none` has none. Raises
    BadValue for one that nobody knows holidays of.
    """
    if country == NOWHERE:
        return frozenset()
    import holidays

    code, _, part = country.partition("-")
    years = range(span.start.year, span.end.year + 1)
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise BadValue(
            f"The holidays of {country!r} are not known.",
            f"{error}.",
            "Set CLAUDE_SPEND_HOLIDAYS to a country's code as in US or DE-BY, or to none.",
        ) from None
    return frozenset(day for day in found if day in span)
