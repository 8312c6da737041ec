"""What a page works with: the settings, the ledger that it speaks of, and its book."""

from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st
from sqlalchemy import Engine

from core import calendar, simulated
from core import settings as configuration
from core.access import acting
from core.access.roles import Role
from core.connections import store
from core.errors import NotAllowed
from core.ledger import engine as ledger
from core.ledger import pseudonyms, snapshot
from core.ledger.book import Book
from core.settings import Settings


@dataclass(frozen=True)
class Place:
    """The ledger that the pages speak of: the real one, or that of the simulated organisation.

    `veiled`: its engine gives people pseudonyms, because whoever looks may not see who is who.
    """

    settings: Settings
    engine: Engine
    simulated: bool
    veiled: bool = False

    @property
    def key(self) -> str:
        """Return what tells this ledger from others in a cache."""
        return self.settings.url


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return this process's settings; raises BadValue."""
    return configuration.load()


def _dispose(engine: Engine) -> None:
    engine.dispose()


@st.cache_resource(show_spinner=False, on_release=_dispose)
def open_engine(url: str, _settings: Settings) -> Engine:
    """Return the one engine of this process on a ledger; raises DatabaseUnusable."""
    return ledger.connect(_settings)


def real() -> Place:
    """Return the real ledger, which the Connections page always speaks of.

    Raises NotAllowed where nobody is known to look, or one who may see the simulation alone.
    """
    if acting.person().simulated_only:
        raise NotAllowed(
            "This is about the real ledger, which is open on its own machine only.",
            "You look at the simulated organisation from elsewhere, and nobody signs in here yet.",
            "Whoever runs this dashboard can connect Anthropic on its machine, or set up sign-in.",
            code="open_here_only",
        )
    return _seen(ledger_of_all())


def ledger_of_all() -> Place:
    """Return the real ledger for what the frame itself does, whoever looks."""
    mine = settings()
    return Place(mine, open_engine(mine.url, mine), simulated=False)


def place() -> Place:
    """Return the ledger that the pages show: the simulated one while it stands in, else the real.

    Raises DatabaseUnusable, BadValue.
    """
    if not shows_simulated():
        return real()
    mine = simulated.settings_of(settings())
    return _seen(Place(mine, open_engine(mine.url, mine), simulated=True))


def _seen(place: Place) -> Place:
    """Return a ledger as whoever looks may see it."""
    who = acting.person()
    if who.role > Role.VIEWER or who.simulated_only:
        return place
    if pseudonyms.viewers_see_names(ledger_of_all().engine):
        return place
    engine = _veiled(place.key, _version(place.key, place.engine), place.engine)
    return replace(place, engine=engine, veiled=True)


@st.cache_resource(show_spinner=False, max_entries=4)
def _veiled(key: str, version: int, _engine: Engine) -> Engine:
    return pseudonyms.veiled(_engine)


def shows_simulated() -> bool:
    """Say whether the pages show the simulated organisation: asked for, or nothing connected."""
    demo = settings().demo
    if demo is not None:
        return demo == "1"
    return not store.all_connections(ledger_of_all().engine)


def book(place: Place) -> Book:
    """Return the ledger's newest book; the same frames for every session of this process."""
    return _book(place.key, _version(place.key, place.engine), place.veiled, place)


@st.cache_data(show_spinner=False, ttl=2)
def _version(key: str, _engine: Engine) -> int:
    return snapshot.current_version(_engine)


@st.cache_resource(show_spinner=False, max_entries=4)
def _book(key: str, version: int, veiled: bool, _place: Place) -> Book:
    return snapshot.book(_place.engine, _place.settings)


def may(role: Role) -> bool:
    """Say whether to offer what needs a role; what does it asks again by itself."""
    who = acting.known()
    return who is not None and who.role >= role and not who.simulated_only


def forget_version() -> None:
    """Ask the database for its version anew: something has just been changed here."""
    _version.clear()


def now() -> datetime:
    """Return the time; one place for the pages to ask."""
    return calendar.now()
