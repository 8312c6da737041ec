"""Alerts on a page: what stands, who is told of what, and what was sent when."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl

import polars as pl
import streamlit as st

from core.access.roles import Role
from core.errors import SpendError
from core.money import label
from core.ui import context, findings, formats
from core.ui.context import Place
from core.ui.grid import grid
from core.watch.alerts import step, targets
from core.watch.alerts.alert import KINDS, Standing
from core.watch.alerts.payloads import title
from core.watch.alerts.sent import SentRow
from core.watch.alerts.targets import Target

NAMES = {
    "budget": "Budget passed", "budget_forecast": "Budget, by the forecast",
    "anomaly": "Anomaly", "sync_failing": "Sync fails", "key_refused": "Key refused",
    "key_expiring": "Key expires", "stale": "Data not up to date", "overlap": "New overlap",
}  # fmt: skip
"""The kinds of alerts as people read them."""

TARGETS = {"email": "Mail", "slack": "Slack", "teams": "Teams", "webhook": "Webhook"}
_ICONS = {"email": "mail", "slack": "tag", "teams": "groups", "webhook": "webhook"}
_STATES = {
    "sent": "Sent", "sending": "Being sent", "waiting": "Tried again later",
    "given_up": "Given up",
}  # fmt: skip


def stands(found: Sequence[Standing], looked: datetime | None, now: datetime) -> None:
    """Show what stood when it was last looked, each with the page that shows it."""
    if looked is None and not found:
        st.info("Nothing has been looked at yet. Each sync looks when it is done.",
                icon=":material/hourglass_top:")  # fmt: skip
        return
    if not found:
        st.success("Nothing stands that would have to be told.", icon=":material/check_circle:")
    st.caption(f"Last looked {formats.ago(looked, now)}.")
    for number, one in enumerate(found):
        alert = one.alert
        amount = "" if alert.amount is None else f" · {formats.plain(label(alert.amount))}"
        with st.container(border=True, key=f"stands-{number}"):
            st.markdown(f"**{formats.plain(alert.title)}**  \n{formats.commands(alert.text)}")
            with st.container(horizontal=True, vertical_alignment="center"):
                name, _, query = alert.page.partition("?")
                st.page_link(f"pages/{name}.py", label=f"Open {title(alert.page)}",
                             icon=":material/arrow_forward:",
                             query_params=dict(parse_qsl(query)))  # fmt: skip
                st.caption(f"{NAMES[alert.kind]}{amount} · {formats.ago(one.since, now)}",
                           width="content")  # fmt: skip


def card(place: Place, target: Target) -> None:
    """Show one target, what it gets, and what can be done with it."""
    with st.container(border=True, key=f"target-{target.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/{_ICONS[target.kind]}: **{formats.plain(target.name)}**",
                        width="content")  # fmt: skip
            st.badge(TARGETS[target.kind], color="blue")
            st.badge(
                "Paused" if target.paused else "On", color="gray" if target.paused else "green"
            )
            if context.may(Role.ADMIN):
                st.caption(formats.plain(target.hint), width="content")
        if not context.may(Role.ADMIN):
            return
        st.multiselect(
            "Gets", list(KINDS), default=list(target.kinds or KINDS),
            format_func=lambda kind: NAMES[kind],
            key=f"kinds-{target.id}", on_change=_choose, args=(place, target),
            help="None chosen stands for all.",
        )  # fmt: skip
        with st.container(horizontal=True):
            if st.button("Send a test", icon=":material/send:", key=f"test-{target.id}"):
                _test(place, target)
            word, icon = ("Resume", "play_arrow") if target.paused else ("Pause", "pause")
            st.button(word, icon=f":material/{icon}:", key=f"pause-{target.id}",
                      on_click=_pause, args=(place, target))  # fmt: skip
            if st.button("Remove", icon=":material/delete:", key=f"remove-{target.id}"):
                _remove(place, target)


def _choose(place: Place, target: Target) -> None:
    with findings.explained():
        targets.choose(place.engine, target.name, st.session_state[f"kinds-{target.id}"])


def _pause(place: Place, target: Target) -> None:
    with findings.explained():
        targets.pause(place.engine, target.name, not target.paused)


def _test(place: Place, target: Target) -> None:
    try:
        with st.spinner("Sending …"):
            said = step.send_test(place.engine, place.settings, target.name)
    except SpendError as error:
        findings.show(error.finding())
        return
    st.success(f"{formats.plain(target.name)} took it. {formats.plain(said)}".strip(),
               icon=":material/check:")  # fmt: skip


@st.dialog("Remove the target")
def _remove(place: Place, target: Target) -> None:
    st.markdown(
        f"The address of **{formats.plain(target.name)}** is erased, and the record of what it got."
    )
    if st.button("Remove", type="primary", key=f"really-remove-{target.id}"):
        with findings.explained():
            targets.remove(place.engine, target.name)
        st.rerun()


def log(rows: Sequence[SentRow]) -> None:
    """Show what was sent, or not and why, the newest first."""
    if not rows:
        st.caption("Nothing has been sent yet.")
        return
    frame = pl.DataFrame(
        {
            "when": [row.sent_at or row.claimed_at for row in rows],
            "target": [row.target for row in rows],
            "state": [_STATES[row.state] for row in rows],
            "kind": [NAMES.get(row.kind, row.kind) for row in rows],
            "what": [row.title for row in rows],
            "problem": [row.problem for row in rows],
        }
    )
    columns = {
        "when": st.column_config.DatetimeColumn("When (UTC)", format="YYYY-MM-DD HH:mm",
                                                timezone="UTC"),
        "target": st.column_config.TextColumn("Target"),
        "state": st.column_config.TextColumn("State", width="small"),
        "kind": st.column_config.TextColumn("Kind"),
        "what": st.column_config.TextColumn("What", width="large"),
        "problem": st.column_config.TextColumn("Problem", width="medium"),
    }  # fmt: skip
    grid(frame, hide_index=True, column_config=columns, key="alerts-log",
                 alt="What was sent to whom, the newest first.")  # fmt: skip
