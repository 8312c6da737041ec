"""The simulated organisation with two months of history, and a ledger that has read them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from pydantic import SecretStr

from core import demo
from core.calendar import now
from core.connections import store
from core.connections.vault import open_vault
from core.ledger.engine import connect
from core.settings import Settings
from core.sync.run import sync

DAYS = 61
"""Days of history that the company has: all of this month and of the last, and no more."""

PLATFORM, ENTERPRISE = "Console", "Seats"


def small_company() -> demo.Organisation:
    """Return the simulated organisation as if it had begun two months ago."""
    whole = demo.organisation(today=now().date())
    first = whole.today - timedelta(days=DAYS)
    return sample(replace(whole, facts=whole.facts.filter(pl.col("day") >= first)), 4)


def sample(company: demo.Organisation, one_in: int) -> demo.Organisation:
    """Return a company with one in so many of its streams of work: every shape, sooner read."""
    text = [name for name, kind in company.facts.schema.items() if kind == pl.String]
    stream = pl.concat_str([pl.col(name).fill_null("") for name in text]).hash(1)
    return replace(company, facts=company.facts.filter(stream % one_in == 0))


def short_history(today: date) -> date:
    """Return where the history begins that a test of the sync reads: sooner read than a year.

    It always reaches into an earlier month: a window never spans two, and one is no history.
    """
    return min(today - timedelta(days=14), today.replace(day=1) - timedelta(days=5))


def settings_of(folder: Path, api_url: str, url: str = "") -> Settings:
    """Return the settings of a ledger: the one in a folder, or at an address."""
    address = url or f"sqlite:///{folder}/ledger.sqlite3"
    return Settings(database_url=address, api_url=api_url, sync_every_minutes=0)


def fill(folder: Path, api_url: str, company: demo.Organisation, url: str = "") -> None:
    """Make such a ledger, with both connections, synced once from a simulated API."""
    settings = settings_of(folder, api_url, url)
    engine = connect(settings)
    vault = open_vault(settings, engine)
    for name, kind, key, identity in (
        (PLATFORM, "platform", demo.PLATFORM_KEY, company.platform_id),
        (ENTERPRISE, "enterprise", demo.ANALYTICS_KEY, company.enterprise_id),
    ):
        store.add(engine, vault, name, kind, SecretStr(key), organization_id=identity)
        store.set_history_floor(engine, name, company.today - timedelta(days=DAYS))
    assert sync(engine, settings).outcome == "complete"
    engine.dispose()
