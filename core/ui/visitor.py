"""Who looks at the dashboard: signed in, on this very machine, or nobody who may."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import calendar
from core.access import door, rules
from core.access.people import Person
from core.errors import NotAllowed
from core.settings import Settings


def claims() -> Mapping[str, Any] | None:
    """Return what the identity token says of the visitor, {} before they signed in.

    None where nobody can sign in: no `[auth]` is set up.
    """
    said = st.user.to_dict()
    if "is_logged_in" not in said:
        _no_secrets_that_cannot_be_read()
        return None
    return said if said["is_logged_in"] else {}


def _no_secrets_that_cannot_be_read() -> None:
    """Raise NotAllowed where a file of secrets is there and cannot be read: it may ask to sign in.

    Streamlit goes on without it, as if nobody had set sign-in up.
    """
    try:
        st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if error.error_id == "no-secrets-found":
            return
        raise NotAllowed(
            "The file of secrets cannot be read, so nobody is let in.",
            "It may hold how people sign in, and is no valid TOML or may not be opened.",
            "Whoever runs this dashboard: correct .streamlit/secrets.toml, or the file that "
            "STREAMLIT_SECRETS_FILES names, and start it again.",
            code="secrets_unreadable",
        ) from None


def visit() -> door.Visit:
    """Return where the visitor's browser comes from, as the server sees it."""
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    # Text, or nothing for this machine; tests without a browser have something else.
    address = st.context.ip_address
    return door.visit(address if isinstance(address, str) else "", headers)


def arrive(
    settings: Settings, simulated: Callable[[], bool], ended: Callable[[str], bool]
) -> Person | None:
    """Return who the visitor is, None where they have yet to sign in.

    Asked anew with every run, so that a token that expires lets nobody go on, nor one that
    somebody has signed out of: `ended` says so of a `rules.sign_in_of`. Raises NotAllowed.
    """
    said = claims()
    if said is None:
        return door.let_in(visit(), settings, simulated)
    if not said:
        return None
    person = rules.signed_in(said, settings, calendar.now())
    if ended(rules.sign_in_of(said)):
        raise rules.signed_out()
    return person


def is_a_run() -> bool:
    """Say whether this is done for a browser: a page, a part of one, or what a widget calls."""
    return get_script_run_ctx(suppress_warning=True) is not None


def known(
    settings: Settings, simulated: Callable[[], bool], ended: Callable[[str], bool]
) -> Person | None:
    """Return whom a run is for, None outside a run and for whoever is not let in."""
    if not is_a_run():
        return None
    try:
        return arrive(settings, simulated, ended)
    except NotAllowed:
        return None
