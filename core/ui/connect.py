"""The two forms: check a key, say what it will answer, and keep it only if it passes."""

from dataclasses import dataclass, replace

import streamlit as st
from pydantic import SecretStr

from core.access import acting
from core.access.roles import Role
from core.connections import store
from core.connections.checks import CheckResult, check
from core.connections.guide import RECIPES
from core.connections.recognise import clean
from core.connections.vault import open_vault
from core.errors import Finding, SpendError
from core.ledger import audit
from core.ledger.cuts import Kind
from core.sync.progress import Listener
from core.sync.report import SyncReport
from core.ui import context, findings, jobs, keybox
from core.ui.formats import plain
from core.watch.after import sync_and_watch

_RESULT = "connect-result"
_AGAIN = "Nothing was stored: enter the key again in a few minutes."

QUESTIONS = {
    "invoice": "What did Anthropic invoice us for our Enterprise plan?",
    "per-user": "What does each user cost?",
    "per-product": "What does each product cost?",
    "per-workspace": "What does each workspace cost?",
    "per-api-key": "What does each API key cost?",
}


@dataclass(frozen=True)
class Shown:
    """What the last form submission led to; holds no key."""

    title: str
    result: CheckResult | None = None
    error: Finding | None = None


def form(place: context.Place, kind: Kind) -> None:
    """Show the form of one kind of connection."""
    recipe = RECIPES[kind]
    st.caption(f"{plain(recipe.answers)} The key begins with `{recipe.prefix}`.")
    with st.form(f"connect-{kind}", clear_on_submit=False, border=True):
        name = st.text_input(
            "Name", key=f"name-{kind}", placeholder="Production, Research …", max_chars=80
        )
        organization = (
            st.text_input(
                "Organization ID", key=f"organization-{kind}",
                placeholder="12345678-1234-5678-1234-567812345678",
                help="Claude Console, Settings, Organization. The check compares it with the "
                "organization that the key belongs to.",
            )
            if kind == "platform"
            else ""
        )  # fmt: skip
        keybox.box(
            "Admin API key" if kind == "platform" else "Analytics key (scope read:analytics)", kind
        )
        if st.form_submit_button("Check and connect", type="primary", key=f"connect-go-{kind}",
                                 on_click=keybox.take, args=(kind,)):  # fmt: skip
            key = keybox.taken(kind)
            with st.spinner("Asking Anthropic what this key may read …"):
                _connect(place, kind, name, organization, key)
            st.rerun()


def _connect(
    place: context.Place, kind: Kind, name: str, organization: str, key: SecretStr
) -> None:
    try:
        result = check(kind, key, place.settings, organization.strip())
        title = f"{name.strip() or 'The new connection'} is not connected; nothing was stored"
        if not result.ok:
            result = replace(result, findings=findings.unstored(result.findings, _AGAIN))
        else:
            vault = open_vault(place.settings, place.engine)
            made = store.add(place.engine, vault, name, kind, clean(key),
                             organization_id=organization, result=result)  # fmt: skip
            title = f"{made.name} is connected"
            begin_sync(place, [made.name])
        st.session_state[_RESULT] = Shown(title, result)
    except SpendError as error:
        st.session_state[_RESULT] = Shown("Nothing was stored", error=error.finding())
    context.forget_version()


def begin_sync(place: context.Place, names: list[str] | None, *, full: bool = False) -> bool:
    """Begin a sync beside the pages; say whether it began. Raises NotAllowed for a viewer."""
    acting.require(Role.ANALYST, "A sync")

    def work(listener: Listener) -> SyncReport:
        return sync_and_watch(
            place.engine, place.settings, names, full=full, trigger="dashboard", progress=listener
        )

    begun = jobs.job(place.key).start(work)
    if begun:
        audit.record(place.engine, "synced", ", ".join(names or ["everything"]), full=full)
    return begun


def last_result() -> None:
    """Show what the last form submission led to, once."""
    shown: Shown | None = st.session_state.get(_RESULT)
    if shown is None:
        return
    with st.container(border=True):
        st.markdown(f"**{plain(shown.title)}**")
        if shown.error is not None:
            findings.show(shown.error)
        if shown.result is not None:
            show_result(shown.result)
        if st.button("Dismiss", key="dismiss-result", type="tertiary"):
            del st.session_state[_RESULT]
            st.rerun()


def show_result(result: CheckResult) -> None:
    """Show a check's findings and which of the questions the key will answer."""
    findings.show_all(result.findings)
    if not result.ok:
        return
    lines = [
        f"- :material/{'check' if a.answerable else 'close'}: {QUESTIONS[a.question]} "
        f":small[{plain(a.why)}]"
        for a in result.answers
    ]
    st.markdown("What this key will answer:\n" + "\n".join(lines))
