"""What the conditions are looked for in: a ledger at a moment."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Engine

from core.connections.store import ConnectionInfo, all_connections
from core.ledger import snapshot
from core.ledger.book import Book
from core.settings import Settings


@dataclass(frozen=True)
class Scene:
    """A ledger at a moment; what costs something to read is read when it is asked for."""

    engine: Engine
    settings: Settings
    moment: datetime

    @property
    def today(self) -> date:
        """Return the moment's UTC day."""
        return self.moment.date()

    @cached_property
    def connections(self) -> list[ConnectionInfo]:
        """Return the connections that are not disconnected."""
        return [c for c in all_connections(self.engine) if c.state != "disconnected"]

    @cached_property
    def book(self) -> Book:
        """Return the ledger's newest book."""
        return snapshot.book(self.engine, self.settings)
