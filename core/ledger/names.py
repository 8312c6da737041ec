"""What ids are called: workspaces, API keys, users, service accounts, groups."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

REMOVED = "removed"
"""State of an id that the source no longer lists; its last known name stays."""


@dataclass(frozen=True, slots=True)
class NameRow:
    """What one id is called; `state` is the source's own word (active, archived, …)."""

    id: str
    name: str = ""
    email: str = ""
    state: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def replace_names(
    engine: Engine, connection_id: int, kind: str, rows: Iterable[NameRow], seen_at: datetime
) -> int:
    """Keep these names of one kind; ids that are not among them become `removed`.

    Returns how many names changed.
    """
    raise NotImplementedError


def read_names(engine: Engine) -> dict[tuple[int, str, str], NameRow]:
    """Return every name by (connection id, kind, id)."""
    raise NotImplementedError
