"""One connection: state, coverage, freshness, and what can be done with it."""

from datetime import timedelta
from typing import Any

import altair as alt
import polars as pl
import streamlit as st
from pydantic import SecretStr

from core.access.roles import Role
from core.analysis import coverage
from core.analysis.freshness import Freshness, freshness
from core.calendar import Span
from core.connections import store
from core.connections.checks import check
from core.connections.recognise import clean
from core.connections.store import ConnectionInfo
from core.connections.vault import open_vault
from core.errors import Finding, SpendError
from core.ledger import runs
from core.ui import connect, context, findings, formats, jobs, keybox
from core.ui.context import Place

_STATES: dict[str, tuple[str, Any]] = {
    "ok": ("Connected", "green"),
    "unverified": ("Not checked", "orange"),
    "failing": ("Failing", "red"),
    "disconnected": ("Disconnected", "gray"),
}

_COLOURS = {
    "complete": "#009E73",
    "provisional": "#56B4E9",
    "partial": "#F0E442",
    "capped": "#CC79A7",
    "missing": "#D55E00",
    "before_history": "#B8BEC9",
    "future": "#E4E7EC",
}


_AGAIN = "The old key stays as it was: enter the new one again in a few minutes."


def show(place: Place, connection: ConnectionInfo, *, actions: bool = True) -> None:
    """Show one connection as a card, with what can be done with it unless told not to."""
    book = context.book(place)
    fresh = {f.connection: f for f in freshness(book, context.now())}.get(connection.name)
    with st.container(border=True, key=f"card-{connection.id}-{place.simulated}"):
        word, colour = _STATES[connection.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{formats.plain(connection.name)}**", width="content")
            st.badge(word, color=colour)
            st.badge(formats.value("source", connection.kind), color="blue")
        _facts(connection, fresh)
        findings.show_all(f for f in connection.findings if f.code != "ok")
        if fresh is not None and fresh.history_from is not None:
            _calendar(place, connection, fresh)
        _last_sync(place, connection)
        if actions:
            _actions(place, connection)


def _facts(connection: ConnectionInfo, fresh: Freshness | None) -> None:
    known = [n for n in (connection.organization_name, connection.organization_id) if n]
    where = ", ".join(formats.plain(n) for n in known) or "Organization unknown"
    key = f"key `{connection.key_hint}`" if connection.key_hint else "no key"
    lines = [f"{where}; {key}; {connection.protocol or 'not negotiated'} protocol."]
    if fresh is not None and fresh.history_from:
        lines.append(
            f"Data from {formats.day(fresh.history_from)} through "
            f"{formats.day(fresh.data_through)}, final through {formats.day(fresh.final_through)}. "
            f"Synced {formats.ago(fresh.fetched_at, context.now())}."
        )
    else:
        lines.append("Nothing has been read yet.")
    st.caption("  \n".join(lines))


def _calendar(place: Place, connection: ConnectionInfo, fresh: Freshness) -> None:
    """Show a year of days as small squares, coloured by what is known of them."""
    today = context.now().date()
    span = Span(max(fresh.history_from or today, today - timedelta(days=370)),
                today + timedelta(days=1))  # fmt: skip
    days = coverage.coverage(
        context.book(place), span, connections=(connection.name,), moment=context.now()
    )
    shown = days.filter(pl.col("family") == "cost").select(
        pl.col("day").alias("date"),
        pl.col("day").dt.truncate("1w").alias("week"),
        pl.col("day").dt.strftime("%a").alias("weekday"),
        pl.col("day").dt.to_string("%d %b %Y").alias("when"),
        "state",
        "why",
        pl.col("total").map_elements(formats.exact, return_dtype=pl.String).alias("cost"),
    )
    states = [s for s in _COLOURS if s in set(shown["state"].to_list())]
    chart = (
        alt.Chart(shown)
        .mark_rect(cornerRadius=2, stroke=None)
        .encode(
            x=alt.X("week:O", timeUnit="yearmonthdate", title=None,
                    axis=alt.Axis(format="%b", labelOverlap=True, ticks=False, domain=False,
                                  labelExpr="date(datum.value) <= 7 ? "
                                  "timeFormat(datum.value, '%b') : ''", labelAngle=0),
                    scale=alt.Scale(paddingInner=0.15)),
            y=alt.Y("weekday:O", sort=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
                    title=None, axis=alt.Axis(ticks=False, domain=False, values=["Mon", "Thu",
                    "Sun"]), scale=alt.Scale(paddingInner=0.15)),
            color=alt.Color("state:N", scale=alt.Scale(domain=states,
                            range=[_COLOURS[s] for s in states]),
                            legend=alt.Legend(title=None, orient="bottom", symbolType="square")),
            tooltip=[alt.Tooltip("when:N", title="Day"), alt.Tooltip("state:N", title="State"),
                     alt.Tooltip("why:N", title="Why"), alt.Tooltip("cost:N", title="Cost")],
        )
        .properties(height=230)
    )  # fmt: skip
    counts = dict(shown.group_by("state").len().iter_rows())
    words = ", ".join(f"{counts[s]} {s.replace('_', ' ')}" for s in states)
    st.altair_chart(chart, alt=f"Coverage by day of {connection.name}: {words}.",
                    key=f"coverage-{connection.id}-{place.simulated}")  # fmt: skip
    st.caption(f"Coverage of cost by UTC day: {words}.")


def _last_sync(place: Place, connection: ConnectionInfo) -> None:
    last = runs.latest(place.engine, connection.id)
    if last is None:
        return
    part = {p.connection_id: p for p in runs.parts(place.engine, last.id)}.get(connection.id)
    with st.expander(f"Last sync: {last.outcome}, {formats.ago(last.at, context.now())}",
                     icon=":material/history:"):  # fmt: skip
        if part is not None:
            st.markdown(
                f"{part.replaced} windows replaced, {part.unchanged} unchanged, {part.failed} "
                f"failed of {part.planned}; {part.requests:,} requests, {part.rows:,} rows; "
                f"{part.restated_rows:,} rows restated, "
                f"{formats.plain(formats.exact(part.restated_delta))} in sum."
            )
            findings.show_all(Finding(**f) for f in part.findings)
        job = jobs.job(place.key)
        if job.progress.log:
            st.code("\n".join(job.progress.log), language=None, height=200)


def _actions(place: Place, connection: ConnectionInfo) -> None:
    if not context.may(Role.ANALYST):
        return
    busy = jobs.job(place.key).running
    off = connection.state == "disconnected"
    number = connection.id
    with st.container(horizontal=True):
        if st.button("Sync now", icon=":material/sync:", key=f"sync-{number}",
                     disabled=busy or off):  # fmt: skip
            connect.begin_sync(place, [connection.name])
            st.rerun()
        if st.button("Read all again", key=f"full-{number}", disabled=busy or off,
                     help="Reads the whole history again; nothing changes unless Anthropic's "
                     "figures have."):  # fmt: skip
            connect.begin_sync(place, [connection.name], full=True)
            st.rerun()
        if st.button("Check", icon=":material/fact_check:", key=f"check-{number}", disabled=off):
            _check(place, connection)
        if not context.may(Role.ADMIN):
            return
        if st.button("Rotate key", icon=":material/key:", key=f"rotate-{number}"):
            _rotate(place, connection)
        if st.button("Disconnect", icon=":material/link_off:", key=f"disconnect-{number}"):
            _disconnect(place, connection)


def _check(place: Place, connection: ConnectionInfo) -> None:
    with findings.explained(), st.spinner("Asking Anthropic what this key may read …"):
        key = store.get_key(place.engine, open_vault(place.settings, place.engine),
                            connection.name)  # fmt: skip
        result = check(connection.kind, key, place.settings, connection.organization_id)
        store.record_check(place.engine, connection.name, result)
    connect.show_result(result)


@st.dialog("Rotate the key")
def _rotate(place: Place, connection: ConnectionInfo) -> None:
    st.markdown(f"A new key for **{formats.plain(connection.name)}**; its history stays.")
    name = f"rotate-{connection.id}"
    with st.form(name, border=False):
        keybox.box("New key", name)
        sent = st.form_submit_button("Check and rotate", type="primary", key=f"{name}-go",
                                     on_click=keybox.take, args=(name,))  # fmt: skip
    if sent:
        with st.spinner("Asking Anthropic what this key may read …"):
            rotated = _rotated(place, connection, keybox.taken(name))
        if rotated:
            context.forget_version()
            st.rerun()


def _rotated(place: Place, connection: ConnectionInfo, text: SecretStr) -> bool:
    try:
        key = clean(text)
        result = check(connection.kind, key, place.settings, connection.organization_id)
        if result.ok:
            vault = open_vault(place.settings, place.engine)
            store.rotate(place.engine, vault, connection.name, key, result=result)
    except SpendError as error:
        findings.show(error.finding())
        return False
    if not result.ok:
        findings.show_all(findings.unstored(result.findings, _AGAIN))
    return result.ok


@st.dialog("Disconnect")
def _disconnect(place: Place, connection: ConnectionInfo) -> None:
    st.markdown(
        f"The key of **{formats.plain(connection.name)}** is erased. What has been read so far "
        "stays, unless you delete it too."
    )
    delete = st.checkbox("Delete its history as well; this cannot be undone",
                         key=f"delete-{connection.id}")  # fmt: skip
    word = "Disconnect and delete" if delete else "Disconnect"
    if st.button(word, type="primary", key=f"really-{connection.id}"):
        try:
            store.disconnect(place.engine, connection.name, delete_data=delete)
        except SpendError as error:
            findings.show(error.finding())
            return
        context.forget_version()
        st.rerun()
