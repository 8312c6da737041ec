"""Column types that the tables share."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, TypeDecorator
from sqlmodel import Field

_HALF = re.compile("[\ud800-\udfff]")

NO_ROWID = {"sqlite_with_rowid": False}
"""Table arguments: on SQLite the rows lie in the order of the primary key, with no second index."""


def storable(text: str) -> str:
    """Return a text as every database keeps it: for NUL and for half a character, a sign."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text).replace("\0", "\N{SYMBOL FOR NULL}")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, this puts it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn any zone into UTC before it is stored; raises ValueError where there is none."""
        if value is not None and value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the stored moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(nullable: bool = False) -> Any:
    """Return the field of a moment in UTC."""
    return Field(sa_type=Moment, nullable=nullable, default=None)


def big(**options: Any) -> Any:
    """Return the field of a 64-bit whole number."""
    return Field(sa_type=BigInteger, **options)
