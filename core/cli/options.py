"""The options that commands share, each written once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

import typer

from core.calendar import Span, parse_day
from core.errors import BadValue


def _day(text: str | None) -> str | None:
    """Refuse what is no day at once: opening a ledger for it can take a while."""
    if text is not None:
        parse_day(text)
    return text


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DAY", callback=_day, help="First day, YYYY-MM-DD, UTC."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DAY", callback=_day, help="Day after the last one, YYYY-MM-DD, UTC."
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the connection.")]


def span(start: str | None, end: str | None, first: Callable[[], date | None], today: date) -> Span:
    """Return the days asked for: by default from the ledger's first day up to and with today.

    `first` says the first day that the ledger knows, None for an empty ledger; it is asked only
    where `start` is missing. Raises BadValue for what is no day, or an end that is not after the
    start.
    """
    last = parse_day(end) if end is not None else today + timedelta(days=1)
    begin = parse_day(start) if start is not None else first() or min(today, last - timedelta(1))
    if begin >= last:
        raise BadValue(
            "The period has no day in it.",
            f"It would begin on {begin} and end before {last}: --to is exclusive, and both have "
            "a default (the ledger's first day, tomorrow).",
            "Put --to at least one day after --from.",
        )
    return Span(begin, last)
