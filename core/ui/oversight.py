"""Who may do what here, what viewers see of people, and who did what: for admins, on a page."""

import polars as pl
import streamlit as st

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.ledger import pseudonyms
from core.ledger.audit import Entry, entries
from core.settings import Settings
from core.ui import findings, formats
from core.ui.context import Place
from core.ui.grid import grid

_SWITCH = "viewers-see-names"
_MAY = {
    Role.VIEWER: "look; people are pseudonyms unless names are shown to viewers",
    Role.ANALYST: "also see who is who, sync, export, enter invoices and contract prices, close "
    "months, decide how shared costs count, dismiss anomalies",
    Role.ADMIN: "also connect, rotate and disconnect keys, set budgets and alert targets, decide "
    "on people, and read the audit log",
}
_HOW = {
    "sign-in": "People sign in. Who has which role is decided by CLAUDE_SPEND_ADMINS, "
    "CLAUDE_SPEND_ANALYSTS and CLAUDE_SPEND_VIEWERS.",
    "this machine": "Nobody signs in: it is open on this machine only, to whoever sits here.",
    "open to everyone": "Nobody signs in: CLAUDE_SPEND_OPEN_TO lets in everyone who reaches it.",
    "passing by": "Nobody signs in: from elsewhere, only the simulated organisation is shown.",
}


def you(person: Person, settings: Settings) -> None:
    """Say who looks, in which role, and what each role may do."""
    st.markdown(f"You are **{formats.plain(person.name)}**, in the role **{person.role.word}**.")
    st.caption(_HOW.get(person.source, ""))
    lists = {Role.VIEWER: settings.viewers, Role.ANALYST: settings.analysts,
             Role.ADMIN: settings.admins}  # fmt: skip
    named = person.role is Role.ADMIN and person.source == "sign-in"
    # As text, which wraps: a table would cut the sentences off on a narrow window.
    for role, may in _MAY.items():
        who = f" Who: {formats.plain(lists[role] or 'nobody')}." if named else ""
        st.markdown(f"- **{role.word}**: {may}.{who}")


def switch(place: Place) -> None:
    """Let an admin show viewers the names of people, or hide them again."""
    st.subheader("Names of people", anchor="names")
    st.toggle(
        "Viewers see who is who", value=pseudonyms.viewers_see_names(place.engine), key=_SWITCH,
        on_change=_switched, args=(place,),
        help="Otherwise each person is a pseudonym to them, the same everywhere, with the same "
        "figures.",
    )  # fmt: skip


def _switched(place: Place) -> None:
    with findings.explained():
        pseudonyms.let_viewers_see_names(place.engine, wanted=bool(st.session_state[_SWITCH]))


def log(place: Place) -> None:
    """Show what was done, the newest first."""
    st.subheader("Audit log", anchor="audit")
    st.caption(
        "Written with each change itself; the database refuses to change or delete an entry. All "
        "of it: `claude-spend audit --last 100000`."
    )
    kept = entries(place.engine)
    if not kept:
        st.info("Nobody has done anything yet that is kept here.", icon=":material/history:")
        return
    columns = {
        "at": st.column_config.DatetimeColumn("When (UTC)", format="YYYY-MM-DD HH:mm:ss"),
        "who": "Who", "role": "Role", "source": "How known", "action": "What", "object": "Of what",
        "details": st.column_config.TextColumn("Details", width="large"),
    }  # fmt: skip
    grid(_frame(kept), hide_index=True, column_config=columns, key="audit", height=420,
         alt="Who did what, the newest first.")  # fmt: skip


def _frame(kept: tuple[Entry, ...]) -> pl.DataFrame:
    names = ("who", "role", "source", "action", "object")
    return pl.DataFrame(
        {
            "at": [entry.at for entry in kept],
            **{name: [getattr(entry, name) for entry in kept] for name in names},
            "details": [entry.words for entry in kept],
        }
    )


def section(place: Place, settings: Settings) -> None:
    """Show all of it, and to others than admins what concerns them."""
    person = acting.person()
    you(person, settings)
    if person.role is Role.ADMIN:
        switch(place)
        log(place)
    else:
        st.info("The audit log is shown to admins.", icon=":material/lock:")
