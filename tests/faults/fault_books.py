"""What a ledger holds, read with plain SQL: every row of every cut, and every day's state."""

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fault_shelf import address
from sqlalchemy import create_engine, pool

from core.ledger.engine import address as driver
from core.settings import Settings

_NAMES = (
    'cut, workspace, api_key, "user", service_account, actor_type, product, model, operation, '
    "token_type, cost_type, service_tier, context_window, inference_geo, speed, description"
)
_FACTS = {
    "cost": ("charge", "amount, list_amount"),
    "usage": ("usage", "tokens, requests, web_searches"),
}

Row = tuple[object, ...]
Place = tuple[str, int]
"""Family and day number."""


@dataclass(frozen=True)
class Books:
    """Rows and stated totals by family and day."""

    rows: dict[Place, frozenset[Row]]
    stated: dict[Place, int]

    def sums(self, place: Place) -> dict[object, int]:
        """Return what each cut of a day sums to: units of 1e-8 cents, or tokens."""
        found: dict[object, int] = defaultdict(int)
        for row in self.rows.get(place, ()):
            found[row[0]] += int(row[16] or 0)  # type: ignore[call-overload]
        return {cut: amount for cut, amount in found.items() if amount}

    def places(self) -> set[Place]:
        """Return every family and day with anything known."""
        return {*self.rows, *self.stated}

    def differs(self, other: "Books", *, detail: bool = True) -> set[Place]:
        """Return the places whose sums (or rows) or stated total are not the other's."""
        return {
            place
            for place in self.places() | other.places()
            if self.stated.get(place) != other.stated.get(place)
            or self.sums(place) != other.sums(place)
            or (detail and self.rows.get(place) != other.rows.get(place))
        }


def books_of(place: Path | str) -> Books:
    """Return what the ledger in a folder, or at an address, holds; the database must be sound."""
    url = driver(Settings(database_url=place if isinstance(place, str) else address(place)))
    engine = create_engine(url, poolclass=pool.NullPool)
    with closing(engine.connect()) as raw:
        ask = raw.exec_driver_sql
        if engine.dialect.name == "sqlite":
            assert ask("PRAGMA integrity_check").fetchone() == ("ok",)
        rows: dict[Place, set[Row]] = defaultdict(set)
        for family, (name, measures) in _FACTS.items():
            found = ask(
                f"SELECT day, {_NAMES}, {measures} FROM {name} JOIN series ON id = series_id"
            )
            for day, *row in found:
                assert tuple(row) not in rows[family, day]
                rows[family, day].add(tuple(row))
        stated = ask("SELECT family, day, total FROM day_state WHERE present")
        known = {(family, day): total for family, day, total in stated}
    return Books({place: frozenset(found) for place, found in rows.items()}, known)
