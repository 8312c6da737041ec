"""A simulated organisation, served once for all tests of the sync, behaving well at each start."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from pydantic import SecretStr
from small_company import sample, short_history
from sqlalchemy import func
from sqlmodel import select

from core import settings as configuration
from core.calendar import Span, now
from core.connections import store
from core.connections.vault import open_vault
from core.demo import (
    ANALYTICS_KEY,
    PLATFORM_KEY,
    Behaviour,
    Organisation,
    Server,
    organisation,
    serve,
)
from core.ledger.cuts import primary
from core.ledger.engine import connect, reading
from core.ledger.tables import Charge, Series
from core.sync.run import sync

KEYS = {"platform": PLATFORM_KEY, "enterprise": ANALYTICS_KEY}


class Desk:
    """A ledger with connections to the simulated API, and what tests ask of it."""

    def __init__(self, api, monkeypatch) -> None:
        monkeypatch.setenv("CLAUDE_SPEND_API_URL", api.base_url)
        self.api = api
        self.settings = configuration.load()
        self.engine = connect(self.settings)
        self.vault = open_vault(self.settings, self.engine)

    def add(self, name: str, kind: str, key: str = "", **known: str) -> int:
        secret = SecretStr(key or KEYS[kind])
        return store.add(self.engine, self.vault, name, kind, secret, **known).id

    def rotate(self, name: str, key: str) -> None:
        store.rotate(self.engine, self.vault, name, SecretStr(key))

    def sync(self, *names: str, **options):
        return sync(self.engine, self.settings, names, **options)

    def total(self, connection_id: int, kind: str, protocol: str) -> int:
        cut = primary(kind, protocol, "cost").name
        wanted = (
            select(func.sum(Charge.amount))
            .join(Series, Series.id == Charge.series_id)
            .where(Series.cut == cut, Series.connection_id == connection_id)
        )
        with reading(self.engine) as session:
            return session.exec(wanted).one() or 0

    def count(self) -> int:
        with reading(self.engine) as session:
            return session.exec(select(func.count()).select_from(Charge)).one()


@pytest.fixture(scope="session")
def company() -> Organisation:
    return sample(organisation(today=now().date()), 3)


@pytest.fixture(scope="session")
def _serving(company: Organisation) -> Iterator[Server]:
    with serve(company) as server:
        yield server


@pytest.fixture
def api(_serving: Server) -> Server:
    fresh = Behaviour()
    for field in fields(Behaviour):
        if field.name != "generation":
            setattr(_serving.behaviour, field.name, getattr(fresh, field.name))
    return _serving


@pytest.fixture
def little_to_read(monkeypatch):
    """Give a new connection some weeks to read, not twelve months."""
    from core.sync import plan

    real = plan.history

    def short(kind, today, floor=None):
        span = real(kind, today, floor)
        return Span(max(span.start, short_history(today)), span.end)

    monkeypatch.setattr(plan, "history", short)


@pytest.fixture
def desk(api, monkeypatch, little_to_read, ledger_url):
    monkeypatch.setenv("CLAUDE_SPEND_DATABASE_URL", ledger_url())
    made = Desk(api, monkeypatch)
    yield made
    made.engine.dispose()
