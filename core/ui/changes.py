"""Restatements on a page: what changed since a moment, closed months, and closing one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from core.access.roles import Role
from core.analysis.query import Query
from core.analysis.reconcile.adjustments import KINDS, Adjusted, adjusted
from core.analysis.reconcile.changes import DIMS, by_day, by_dimension
from core.calendar import Span, midnight, month_start, next_month
from core.errors import SpendError
from core.ledger.book import Book
from core.ledger.closes import Close, all_closes, close_month, reopen_month
from core.ledger.restatements import log
from core.ui import charts, context, findings, formats, reconciliation, tables
from core.ui.context import Place
from core.ui.grid import apart, grid
from core.ui.receipt import receipt_button

_SINCE = {"close": "the last month close", "1": "yesterday", "7": "7 days ago", "30": "30 days ago",
          "day": "a day of my choice", "all": "the first sync"}  # fmt: skip

_FEW, _BAR = 14, 20
"""Up to how many days on the axis a bar has a width of its own, and that width in pixels."""


def section(place: Place, book: Book) -> None:
    """Show what changed since a moment, then the closed months."""
    closes = all_closes(place.engine)
    st.subheader("What changed since I looked")
    since = _since(closes)
    changes = log(place.engine, since=since)
    _changes(book, changes, since)
    st.subheader("Closed months")
    st.caption(
        "A closed month keeps the total that you reported. Whatever Anthropic changes in it later "
        "is an adjustment: closed total plus adjustments is today's total, to the last digit."
    )
    oldest = min((close.closed_at for close in closes), default=None)
    if closes:
        again = log(place.engine, since=oldest, reread=True)
        for found in adjusted(book, closes, log(place.engine, since=oldest), again):
            _closed(place, found)
    if not closes:
        st.info("No month is closed yet.", icon=":material/lock_open:")
    if context.may(Role.ANALYST):
        _close(place, book)


def _since(closes: tuple[Close, ...]) -> datetime | None:
    known = [name for name in _SINCE if name != "close" or closes]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Since", known, format_func=_SINCE.__getitem__,
                              index=known.index("7"), key="since", bind="query-params",
                              width=230)  # fmt: skip
        if chosen == "day":
            day = st.date_input("Day (UTC)", value=month_start(context.now().date()),
                                format="YYYY-MM-DD", key="on", bind="query-params",
                                width=200)  # fmt: skip
            return midnight(day) if day else None
    if chosen == "close":
        return max(close.closed_at for close in closes)
    return None if chosen == "all" else context.now() - timedelta(days=int(chosen))


def _changes(book: Book, changes: pl.DataFrame, since: datetime | None) -> None:
    when = f"since {since:%d %b %Y %H:%M} UTC" if since else "since the first sync"
    total = int(changes["delta"].sum())
    size = int(changes["delta"].abs().sum())
    with st.container(border=True):
        if changes.is_empty():
            st.markdown("## :green[:material/check_circle: Nothing has changed]")
            st.markdown(f"No cost that the ledger had before was restated {when}.")
            return
        sign = "+" if total >= 0 else ""
        st.markdown(f"## :orange[:material/history: Changed by "
                    f"{formats.plain(sign + formats.figure(total))}]")  # fmt: skip
        st.markdown(
            f"{changes.height:,} amounts on {changes['day'].n_unique()} days were restated {when}; "
            f"{formats.plain(formats.figure(size))} without regard to signs. As each connection "
            "reported it."
        )
    st.altair_chart(_chart(book, changes), alt=f"Restated cost by day, {when}.")
    dim = st.segmented_control(
        "Divided by", list(DIMS), default="model", required=True, format_func=formats.title,
        key="cdim", bind="query-params",
    )  # fmt: skip
    _by(book, changes, dim or "model")
    st.caption(f"Total {formats.plain(formats.exact(total))}, exactly. Every row, and the same "
               "total, on the command line:")  # fmt: skip
    st.code(command(since), language=None)


def command(since: datetime | None) -> str:
    """Return the command that lists what changed since a moment: the receipt of these figures."""
    after = f" --since {since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if since else ""
    return f"claude-spend restatements{after}"


def behind(found: Adjusted) -> Query:
    """Return the question behind a closed month's total of today."""
    month = Span(found.close.month, next_month(found.close.month))
    return Query((), "cost", month, (), (found.connection,), "reported")


def _chart(book: Book, changes: pl.DataFrame) -> charts.Chart:
    data = by_day(book, changes).select(
        pl.col("day").alias("time"), "connection",
        pl.col("day").dt.to_string("%d %b %Y").alias("when"),
        charts.marks(pl.col("delta"), "cost").alias("amount"),
        pl.col("delta").map_elements(formats.exact, pl.String).alias("exact"),
    )  # fmt: skip
    width, plain = _width(changes["day"]), alt.Chart(apart(data))
    bars = (plain.mark_bar(size=width) if width else plain.mark_bar()).encode(
        x=alt.X("time:T", title=None, timeUnit="yearmonthdate",
                axis=alt.Axis(format="%d %b", labelFlush=True)),
        y=alt.Y("amount:Q", title=None, stack="zero",
                axis=alt.Axis(labelExpr=charts.MONEY_LABEL, tickCount=5)),
        color=alt.Color("connection:N", legend=alt.Legend(title=None, orient="bottom")),
        tooltip=[alt.Tooltip("when:N", title="Day"),
                 alt.Tooltip("connection:N", title="Connection"),
                 alt.Tooltip("exact:N", title="Change")],
    )  # fmt: skip
    return alt.layer(bars).properties(height=220)


def _width(days: pl.Series) -> int | None:
    """Return a bar's width: one that fills its day fills half the page when days are few."""
    known = days.unique().sort().to_list()
    return _BAR if known and (known[-1] - known[0]).days < _FEW else None


def _by(book: Book, changes: pl.DataFrame, dim: str) -> None:
    found = by_dimension(book, changes, dim)
    shown = found.with_columns(
        pl.Series("label", [formats.value(dim, text) for text in found["label"]], pl.String),
        *(charts.cents(pl.col(name)).alias(name) for name in ("before", "after", "delta")),
    ).select("label", "connection", "rows", "before", "after", "delta")
    columns: dict[str, Any] = {
        "label": st.column_config.TextColumn(formats.title(dim)),
        "connection": st.column_config.TextColumn("Connection"),
        "rows": tables.number("Amounts", "tokens"),
        **{n: tables.number(n.capitalize(), "cost") for n in ("before", "after")},
        "delta": tables.number("Change", "cost"),
    }
    options: dict[str, Any] = {"height": 420} if shown.height > 11 else {}
    grid(shown, hide_index=True, column_config=columns, key="changes",
                 alt=f"What was restated, by {dim}.", **options)  # fmt: skip


def _closed(place: Place, found: Adjusted) -> None:
    close, count = found.close, found.adjustments.height
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{close.month:%B %Y}** · {formats.plain(found.connection)}",
                        width="stretch")  # fmt: skip
            word = f"{count} adjustment{'' if count == 1 else 's'}" if count else "unchanged"
            st.badge(word, color="orange" if count else "green")
            if context.may(Role.ANALYST) and st.button(
                "Reopen", icon=":material/lock_open:", type="tertiary",
                key=f"reopen-{close.connection_id}-{close.month}",
            ):  # fmt: skip
                with findings.explained():
                    reopen_month(place.engine, close.connection_id, close.month)
                _changed()
        note = f" {formats.plain(close.note)}" if close.note else ""
        st.markdown(
            f"Closed with **{formats.plain(formats.figure(close.total))}** on "
            f"{close.closed_at:%d %b %Y %H:%M} UTC, adjusted by "
            f"**{formats.plain(formats.figure(found.delta))}**, now "
            f"**{formats.plain(formats.figure(found.now))}**.{note}"
        )
        receipt_button(behind(found), f"close-{close.connection_id}-{close.month}")
        if count:
            _adjustments(found)


def _adjustments(found: Adjusted) -> None:
    shown = found.adjustments.with_columns(
        pl.col("kind").replace_strict(KINDS, return_dtype=pl.String),
        charts.cents(pl.col("amount")).alias("amount"),
    )
    columns: dict[str, Any] = {
        "seen_at": st.column_config.DatetimeColumn("Seen (UTC)", format="YYYY-MM-DD HH:mm"),
        "day": st.column_config.DateColumn("Day"),
        "kind": st.column_config.TextColumn("What"),
        "amount": tables.number("Adjustment", "cost"),
    }
    with st.expander("Adjustments", icon=":material/list:"):
        grid(shown, hide_index=True, column_config=columns,
                     key=f"adjustments-{found.close.connection_id}-{found.close.month}",
                     alt="The adjustments of this month.")  # fmt: skip
        st.caption(f"Sum {formats.plain(formats.exact(found.delta))}, exactly. The same again:")
        month, until = found.close.month, next_month(found.close.month)
        again = reconciliation.command(Span(month, until), (found.connection,))
        st.code(again, language="bash")


def _close(place: Place, book: Book) -> None:
    last = month_start(month_start(context.now().date()) - timedelta(days=1))
    held = book.days.filter(pl.col("present"), pl.col("family") == "cost")["day"]
    months = sorted({month_start(day) for day in held.unique() if day < month_start(
        context.now().date())}, reverse=True)  # fmt: skip
    with st.expander("Close a month", icon=":material/lock:"), st.form("close", border=False):
        row = st.grid(3, min_column_width=200)
        names = [c.name for c in book.connections]
        chosen = row.multiselect("Connections", names, default=names)
        month = row.selectbox("Month", months or [last], format_func=lambda m: f"{m:%B %Y}")
        note = row.text_input("Note (optional)")
        st.caption("Figures of a month are final about a week into the month after the next.")
        sent = st.form_submit_button("Close", type="primary")
    if not sent:
        return
    try:
        for connection in (c for c in book.connections if c.name in chosen):
            close_month(place.engine, connection.id, month, note=note)
    except SpendError as error:
        findings.show(error.finding())
        return
    _changed()


def _changed() -> None:
    context.forget_version()
    st.rerun()
