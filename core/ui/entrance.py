"""The entrance: who comes is let in, asked to sign in, or told why not; and the way out."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.access import acting, rules
from core.access.people import Person
from core.errors import NotAllowed, SpendError
from core.ledger import audit
from core.ui import context, findings, visitor
from core.ui.formats import plain

log = logging.getLogger(__name__)

_TOLD = "entrance-told"


@dataclass(frozen=True)
class Arrival:
    """Who has come; without a person they have to sign in, or are refused for a reason."""

    person: Person | None = None
    refused: SpendError | None = None


def arrive() -> Arrival:
    """Return who has come; that they signed in is written into the audit log, once."""
    try:
        person = visitor.arrive(context.settings(), context.shows_simulated, _ended)
        if person is not None and person.source == "sign-in":
            with acting.acting_as(person):
                _tell(person.name)
    except NotAllowed as error:
        _tell_refused(error)
        return Arrival(refused=error)
    except SpendError as error:
        return Arrival(refused=error)
    return Arrival(person)


def known() -> Person | None:
    """Return whom this run is for, None where it is not known; `core.access.acting` asks it."""
    return visitor.known(context.settings(), context.shows_simulated, _ended)


def admit(arrival: Arrival) -> Person:
    """Return who was let in; shows everybody else the sign-in page, or why not, and stops."""
    if arrival.person is None:
        if arrival.refused is None:
            _sign_in_page()
        else:
            findings.show(arrival.refused.finding())
            _ways_on(arrival.refused.code)
        st.stop()
    return arrival.person


def badge(person: Person) -> None:
    """Say quietly in the sidebar who looks, in which role, and how to leave."""
    if person.source == "sign-in":
        st.caption(f":material/account_circle: **{plain(person.name)}**  \n{person.role.word}")
        st.button("Sign out", key="sign-out", type="tertiary", icon=":material/logout:",
                  on_click=_leave)  # fmt: skip
    elif person.simulated_only:
        st.caption(":material/visibility: You look at the simulation as a visitor.")
    elif person.source == "this machine":
        st.caption(":material/lock: Open on this machine only; nobody signs in.")
    else:
        st.caption(":material/lock_open: Open to everyone who reaches it; nobody signs in.")


def _leave() -> None:
    """Sign out, in all windows: the cookie is forgotten here, and goes nowhere any more."""
    try:
        audit.record(
            context.ledger_of_all().engine, "signed out", rules.sign_in_of(visitor.claims() or {})
        )
        _ended.clear()
    except SpendError as error:
        log.warning("signing out: other windows stay signed in: %s", error)
    st.logout()


@st.cache_data(show_spinner=False, ttl=2, max_entries=500)
def _ended(sign_in: str) -> bool:
    return audit.has(context.ledger_of_all().engine, "signed out", sign_in)


def _sign_in_page() -> None:
    st.title("claude-spend")
    st.markdown(
        "What your organisation spends on Claude. These figures are for people who have been given "
        "a role here: sign in with your organisation's account."
    )
    _sign_in("Sign in")


def _ways_on(code: str) -> None:
    if code in ("sign_in_expired", "signed_out"):
        _sign_in("Sign in again")
    elif code == "not_let_in":
        st.button("Sign out", key="sign-out", icon=":material/logout:", on_click=st.logout)


def _sign_in(word: str) -> None:
    """Offer one button for each identity provider that is set up, most often one."""
    for name in _providers():
        label = f"{word} with {plain(name)}" if name else word
        st.button(label, key=f"sign-in-{name}", type="primary", icon=":material/login:",
                  on_click=st.login, args=(name,) if name else ())  # fmt: skip


def _providers() -> list[str]:
    """Return the names of the providers in `[auth]`, '' for the one without a name."""
    auth = st.secrets.get("auth", {})
    named = [k for k, v in auth.items() if isinstance(v, Mapping) and "client_id" in v]
    return [*([""] if "client_id" in auth or not named else []), *named]


def _tell(name: str) -> None:
    """Write who signed in: once, in however many windows and however often they are loaded."""
    if st.session_state.get(_TOLD) == name:
        return
    engine, sign_in = context.ledger_of_all().engine, rules.sign_in_of(visitor.claims() or {})
    if not audit.has(engine, "signed in", sign_in):
        audit.record(engine, "signed in", sign_in)
    st.session_state[_TOLD] = name


def _tell_refused(error: NotAllowed) -> None:
    """Write who signed in and was refused; whoever did not sign in could fill the log."""
    if error.code in ("secrets_unreadable", "signed_out"):
        return  # whether anybody signed in cannot be known; that somebody left is written
    said = visitor.claims() or {}
    name = str(said.get("email") or said.get("sub") or "")
    if name and st.session_state.get(_TOLD) != (error.code, name):
        audit.record(context.ledger_of_all().engine, "refused", by=name, why=error.code)
        st.session_state[_TOLD] = (error.code, name)
