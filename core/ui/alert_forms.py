"""The forms that add a target for alerts; what is typed into them is never shown again."""

from typing import Any

import streamlit as st
from pydantic import SecretStr

from core.connections.vault import open_vault
from core.errors import BadValue, Finding, SpendError
from core.ui import findings, formats, keybox
from core.ui.alerts import TARGETS
from core.ui.context import Place
from core.watch.alerts import targets
from core.watch.alerts.places import PORTS, hook, mailbox
from core.watch.alerts.places import Place as Address

_SAID = "alerts-said"
_TURN = "alerts-turn"

_ABOUT = {
    "email": "People get a mail for each alert. The server is asked over TLS, unless it is on this "
    "very machine.",
    "slack": "A channel gets each alert. The address is that of an *incoming webhook* of a Slack "
    "app; Slack shows it once it is added to the channel.",
    "teams": "A channel gets each alert as a card. The address is that of a workflow, *Post to a "
    "channel when a webhook request is received*.",
    "webhook": "A program of your own gets each alert as JSON, signed with the secret; the README "
    "says how to verify it.",
}
_BOXES = {
    "url": "Web address (https)",
    "secret": "Secret that signs (at least 16 characters)",
    "password": "Password, where one signs in",
}
_ASKED = {"email": ["password"], "webhook": ["url", "secret"]}
_SECURITY = {"starttls": "STARTTLS (587)", "tls": "TLS (465)", "none": "none (this machine only)"}


def forms(place: Place) -> None:
    """Show the forms, one for each kind of target."""
    for tab, kind in zip(st.tabs(list(TARGETS.values())), TARGETS, strict=True):
        with tab:
            _form(place, kind)


def last_result() -> None:
    """Show what the last form led to, once."""
    said: str | Finding | None = st.session_state.pop(_SAID, None)
    if isinstance(said, Finding):
        findings.show(said)
    elif said:
        st.success(f"{formats.plain(said)} is told from now on. Send a test to see it arrive.",
                   icon=":material/check:")  # fmt: skip


def _form(place: Place, kind: str) -> None:
    boxes = _ASKED.get(kind, ["url"])
    with st.form(f"alerts-{kind}", border=False, enter_to_submit=False):
        st.caption(_ABOUT[kind])
        row = st.grid(2, min_column_width=240)
        row.text_input("Name", key=_key(kind, "name"), max_chars=80)
        if kind == "email":
            _mail_fields(row)
        for box in boxes:
            keybox.box(_BOXES[box], f"{kind}-{box}")
        st.form_submit_button("Add", type="primary", key=f"add-{kind}", on_click=_add,
                              args=(place, kind, boxes))  # fmt: skip


def _mail_fields(row: Any) -> None:
    row.text_input("To, comma separated", key=_key("email", "recipients"))
    row.text_input("From", key=_key("email", "sender"))
    row.text_input("Mail server", key=_key("email", "host"), placeholder="smtp.example.com")
    row.selectbox("Connection", list(PORTS), key=_key("email", "security"),
                  format_func=lambda way: _SECURITY[way])  # fmt: skip
    row.text_input("Port, unless it is the usual one", key=_key("email", "port"))
    row.text_input("User, where one signs in", key=_key("email", "user"))


def _key(kind: str, name: str) -> str:
    """Return a field's key; after a success it is another one, so that nothing stays in it."""
    return f"alerts-{kind}-{name}-{st.session_state.get(_TURN, 0)}"


def _add(place: Place, kind: str, boxes: list[str]) -> None:
    """Keep what a form holds; runs before the page does, and takes what is secret out of it."""
    secret = {}
    for box in boxes:
        keybox.take(f"{kind}-{box}")
        secret[box] = keybox.taken(f"{kind}-{box}")
    try:
        vault = open_vault(place.settings, place.engine)
        name = st.session_state[_key(kind, "name")]
        made = targets.add(place.engine, vault, name, _address(kind, secret))
    except SpendError as error:
        st.session_state[_SAID] = error.finding()
        return
    for held in [key for key in st.session_state if str(key).startswith("alerts-email-")]:
        del st.session_state[held]
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state[_SAID] = made.name


def _address(kind: str, secret: dict[str, SecretStr]) -> Address:
    if kind == "email":
        fields = ("host", "security", "user", "sender", "recipients")
        typed = {name: st.session_state[_key("email", name)] for name in fields}
        return mailbox(port=_port(), password=secret["password"], **typed)
    if kind == "slack":
        return hook("slack", secret["url"])
    if kind == "teams":
        return hook("teams", secret["url"])
    return hook("webhook", secret["url"], secret["secret"])


def _port() -> int | None:
    text = st.session_state[_key("email", "port")].strip()
    if text and not (text.isascii() and text.isdigit()):
        raise BadValue("The port of the mail server cannot be used.", "It is no whole number.",
                       "Correct it, or leave it empty for the usual one.")  # fmt: skip
    return int(text) if text else None
