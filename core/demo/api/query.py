"""A request's parameters, read the way the API reads them: unknown names are ignored."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from core.demo.api.refusals import bad

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)")
_MOST = 100


class Query:
    """The decoded pairs of a query string; the last of several equal names counts."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)

    def one(self, name: str) -> str | None:
        """Return a parameter's value, or None when it is absent or empty."""
        values = [value for key, value in self.pairs if key == name]
        return (values[-1] or None) if values else None

    def many(self, name: str) -> list[str]:
        """Return the values of the bracketed array parameter `name[]`; more than 100: 400."""
        values = [value for key, value in self.pairs if key == f"{name}[]"]
        if len(values) > _MOST:
            raise bad(f"{name}[]: at most {_MOST} entries are allowed.")
        return values

    def choices(self, name: str, allowed: Iterable[str]) -> list[str]:
        """Return an array parameter of which every value must be known, without repetitions."""
        known = tuple(allowed)
        for value in (values := self.many(name)):
            if value not in known:
                raise bad(f"{name}[]: {value!r} is not one of {', '.join(known)}.")
        return list(dict.fromkeys(values))

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return a parameter that must be one of some values."""
        value = self.one(name) or default
        if value not in allowed:
            raise bad(f"{name}: {value!r} is not one of {', '.join(allowed)}.")
        return value

    def number(self, name: str, default: int, most: int, note: str = "") -> int:
        """Return an integer of 1..`most`; `note` ends the message of the 400."""
        text = self.one(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise bad(f"{name} must be an integer of at least 1{note}")
        if int(text) > most:
            raise bad(f"{name} must be at most {most}{note}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean parameter, false by default."""
        return self.choice(name, ("true", "false"), "false") == "true"

    def moment(self, name: str) -> datetime | None:
        """Return a timestamp parameter in UTC; without a zone it is refused."""
        text = self.one(name)
        if text is None:
            return None
        if _MOMENT.fullmatch(text) is None:
            raise bad(f"{name}: must be an RFC 3339 timestamp with a timezone.")
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            raise bad(f"{name}: is not a valid timestamp.") from None

    def required(self, name: str) -> datetime:
        """Return a timestamp parameter that must be there."""
        value = self.moment(name)
        if value is None:
            raise bad(f"{name}: Field required")
        return value

    def day(self, name: str) -> date | None:
        """Return a `YYYY-MM-DD` parameter."""
        text = self.one(name)
        if text is None:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise bad(f"{name}: must be a date in YYYY-MM-DD format.") from None

    def digest(self) -> str:
        """Return a fingerprint of every parameter but the cursor, in any order."""
        kept = sorted(pair for pair in self.pairs if pair[0] not in {"page", "beta"})
        return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]


def floor(moment: datetime, width: str) -> datetime:
    """Return the start of the minute, hour or day (`1m`, `1h`, `1d`) that holds a moment."""
    cut = moment.replace(second=0, microsecond=0)
    if width != "1m":
        cut = cut.replace(minute=0)
    return cut.replace(hour=0) if width == "1d" else cut


WIDTHS = {"1d": timedelta(days=1), "1h": timedelta(hours=1), "1m": timedelta(minutes=1)}
