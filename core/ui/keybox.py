"""Text boxes for keys: what is typed leaves the session's state before anything else happens."""

import streamlit as st
from pydantic import SecretStr
from streamlit.runtime.scriptrunner import get_script_run_ctx

_taken: dict[str, SecretStr] = {}
"""Keys between a form's callback and the run that follows it, by session and box; then gone."""


def box(label: str, name: str) -> None:
    """Show an empty box for a key, inside a form whose button has `take` as its callback."""
    st.text_input(
        label,
        type="password",
        key=_key(name),
        autocomplete="off",
        help="Encrypted before it is stored, and never shown again.",
    )


def take(name: str) -> None:
    """Take what was typed out of the session's state; the box that is shown next is a new one."""
    key = _key(name)
    _taken[_session(name)] = SecretStr(st.session_state[key])
    del st.session_state[key]
    st.session_state[_turn(name)] = st.session_state.get(_turn(name), 0) + 1


def taken(name: str) -> SecretStr:
    """Return what was taken last from this session's box, once; then nothing is left of it here."""
    return _taken.pop(_session(name), SecretStr(""))


def _turn(name: str) -> str:
    return f"turn-{name}"


def _key(name: str) -> str:
    return f"key-{name}-{st.session_state.get(_turn(name), 0)}"


def _session(name: str) -> str:
    run = get_script_run_ctx()
    return f"{run.session_id if run else ''}/{name}"
