"""The frame around every page: settings, navigation, which ledger is shown, and how fresh it is."""

from contextvars import ContextVar
from pathlib import Path
from typing import Any

import streamlit as st

from core import logs, simulated
from core.access import acting
from core.access.people import Person
from core.analysis.freshness import Freshness, freshness
from core.errors import SpendError
from core.sync import schedule
from core.sync.progress import Listener
from core.ui import context, entrance, findings, formats, jobs, progress
from core.watch.after import sync_and_watch

_routed: ContextVar[bool] = ContextVar("routed", default=False)
_PAGES = Path(__file__).parents[2] / "pages"
_ICON = Path(__file__).parent / "favicon.png"

SIMULATION = "simulation"


def main() -> None:
    """Draw the frame and run the chosen page; the only thing that app.py does."""
    st.set_page_config(page_title="claude-spend", page_icon=str(_ICON), layout="wide")
    acting.ask(entrance.known)
    with findings.explained():
        chosen = context.settings()
        logs.configure(chosen.log, chosen.log_format)
    arrival = entrance.arrive()
    page = st.navigation(_pages(), position="sidebar" if arrival.person else "hidden")
    person = entrance.admit(arrival)
    token = _routed.set(True)
    try:
        with acting.acting_as(person), findings.explained():
            _sidebar(_prepare(), person)
            page.run()
    finally:
        _routed.reset(token)


def guard() -> None:
    """Send a run that reached a page directly through the shell; every page calls it first.

    Streamlit discovers the folder `pages/` by itself, so the first visitor of a fresh server may
    reach a page without the shell.
    """
    if not _routed.get():
        main()
        st.stop()


def _pages() -> dict[str, list[Any]]:
    def page(name: str, title: str, icon: str, about: str) -> Any:
        path = _PAGES / f"{name}.py"
        return st.Page(path, title=title, icon=f":material/{icon}:", help=about)

    # The default page has no address of its own, so Overview is not it: links to it must work.
    home = st.Page(_home, title="claude-spend", default=True, visibility="hidden")
    return {
        "": [home],
        "Spend": [
            page("overview", "Overview", "space_dashboard",
                 "This month so far, what it is made of, and what needs attention."),
            page("explorer", "Explorer", "query_stats",
                 "Any figure by any dimensions and filters; the address holds the view."),
            page("usage", "Usage and activity", "groups",
                 "Tokens by type, the cache's share, and what people did with Claude."),
        ],
        "Trust the figures": [
            page("sources", "Sources", "fact_check",
                 "Which source for which question, the answer, and what the other one lacks."),
            page("overlap", "Overlap", "join_inner",
                 "What both sources book, by which rule, and the total with each dollar once."),
            page("reconciliation", "Reconciliation", "balance",
                 "Usage against the bill, invoices, what changed since, and which days are there."),
        ],
        "Look ahead": [
            page("forecast", "Forecast & budgets", "trending_up",
                 "What the month, the quarter and twelve months will come to, and how sure."),
            page("anomalies", "Anomalies", "troubleshoot",
                 "Days that cost more than expected, and who drove it."),
            page("savings", "Savings", "savings",
                 "What each lever would save, what it assumes, and all of them together."),
        ],
        "Set up": [
            page("connections", "Connections", "cable",
                 "Connect Anthropic, check keys, sync, and see which days are covered."),
            page("alerts", "Alerts", "notifications",
                 "Who is told of what, what stands right now, and what was sent."),
            page("people", "People and audit", "admin_panel_settings",
                 "Who may do what, what viewers see of people, and who did what."),
        ],
    }  # fmt: skip


def _home() -> None:
    st.switch_page(_PAGES / "overview.py")


def _prepare() -> context.Place:
    """Return the ledger to show; begin to fill the simulated one, or start the schedule."""
    place = context.place()
    if place.simulated:
        if not simulated.is_filled(place.engine):
            _fill()
    else:
        _scheduled(place.key, place)
    return place


def _fill() -> None:
    chosen = context.settings()

    def work(listener: Listener) -> None:
        simulated.fill(chosen, listener)

    job = jobs.job(SIMULATION)
    if job.error is None:
        job.start(work)


@st.cache_resource(show_spinner=False, on_release=lambda s: s.shutdown(wait=False) if s else None)
def _scheduled(key: str, _place: context.Place) -> Any:
    return schedule.start(_place.engine, _place.settings, sync_and_watch)


def _sidebar(place: context.Place, person: Person) -> None:
    with st.sidebar:
        if place.simulated:
            st.badge("Simulated organisation", icon=":material/science:", color="violet")
            st.caption(
                "Nothing is connected yet, so these are the figures of an invented company, "
                "read over the same API."
                if context.settings().demo is None
                else "CLAUDE_SPEND_DEMO is 1: these are the figures of an invented company."
            )
        progress.running(SIMULATION, "Reading the simulated organisation")
        progress.running(place.key, "Syncing")
        try:
            for fresh in freshness(context.book(place), context.now()):
                _fresh(fresh)
        except SpendError as error:
            findings.show(error.finding())
        entrance.badge(person)


def _fresh(fresh: Freshness) -> None:
    icon = ":material/warning:" if fresh.stale or fresh.state == "failing" else ":material/check:"
    through = f"data through {formats.day(fresh.data_through)}" if fresh.data_through else "no data"
    synced = formats.ago(fresh.fetched_at, context.now())
    st.caption(f"{icon} **{formats.plain(fresh.connection)}**  \n{through}, synced {synced}")
