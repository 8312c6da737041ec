"""A forecast on a page: the headline, its track record, what is ahead, and a dimension's parts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from core.analysis.explore import ask
from core.analysis.forecast.month import whole_months
from core.analysis.forecast.outlook import Estimate, Outlook
from core.analysis.forecast.record import Record
from core.analysis.forecast.weeks import MODEL, WORDS
from core.analysis.query import Query
from core.calendar import Span, month_start, next_month
from core.ledger.book import Book
from core.money import UNITS_PER_CENT, UNITS_PER_DOLLAR
from core.ui import charts, forecast_charts, formats, receipt, tables
from core.ui.grid import grid

SPANS = {"month": "This month", "next": "Next month", "quarter": "Quarter", "year": "12 months"}
"""The times that a table of parts can be of."""

_ENOUGH, _HOLDS = 20, 70
"""Folds from which a record says anything, and percent below which the 80 % band is too narrow."""

_PAST_MONTHS = 6
_DAY = timedelta(days=1)


def about(units: int, to: str = "nearest") -> str:
    """Return a figure to three significant digits: the `nearest`, or rounded `down` or `up`."""
    whole = abs(units) // UNITS_PER_DOLLAR
    step = UNITS_PER_DOLLAR * 10 ** max(0, len(str(whole)) - 3) if whole else UNITS_PER_CENT
    more = {"down": 0, "nearest": step // 2, "up": step - 1}[to]
    return formats.figure((units + more) // step * step).removesuffix(".00")


def likely(estimate: Estimate) -> str:
    """Return an estimate's bands in words; empty where it has none."""
    ends = (estimate.low80, estimate.high80, estimate.low95, estimate.high95)
    if any(end is None for end in ends):
        return ""
    low80, high80, low95, high95 = (
        about(end, "up" if n % 2 else "down") for n, end in enumerate(ends) if end is not None
    )
    return f"likely {low80} to {high80} (80 %), {low95} to {high95} (95 %)"


def this_month(outlook: Outlook, today: date) -> Estimate:
    """Return the estimate of the month of a day; of the last one that was forecast after that."""
    start = month_start(today)
    return next((e for e in outlook.months if e.span.start == start), outlook.months[-1])


def through(outlook: Outlook) -> date:
    """Return the last day that is known whole."""
    return outlook.as_of - _DAY


def of(outlook: Outlook, span: str, today: date) -> Estimate:
    """Return the estimate of one of SPANS."""
    if span in ("quarter", "year"):
        return outlook.quarter if span == "quarter" else outlook.year
    return this_month(outlook, today if span == "month" else next_month(today))


def headline(outlook: Outlook, month: Estimate) -> None:
    """Say in one look what the month will come to, of which parts, and what the run rate says."""
    with st.container(border=True, height="stretch"):
        st.caption(f":material/trending_up: {month.span.start:%B %Y}, each dollar counted once")
        if month.expected is None:
            st.markdown("## :gray[No estimate yet]")
            st.markdown(f"{formats.plain(formats.figure(month.actual))} so far. "
                        f"The method is {WORDS[outlook.method]}.")  # fmt: skip
            return
        st.markdown(f"## Month-end estimate {_plain(about(month.expected))}")
        words = likely(month) or "no band: too few past days to check one on"
        st.markdown(f"**{formats.plain(words)}**")
        left = month.expected - month.actual
        parts = st.grid(3, min_column_width=120)
        parts.metric("Spent so far", formats.short(month.actual), help=_exactly(month.actual))
        parts.metric("Still to come", formats.short(left), help=_exactly(left))
        if month.run_rate is not None:
            parts.metric("Run rate", formats.short(month.run_rate),
                         help="Cost of the whole days so far / their number × days in the month: "  # noqa: RUF001
                         "what many cost tools show. " + _exactly(month.run_rate))  # fmt: skip
        st.caption(
            f"By {WORDS[outlook.method]}; `claude-spend forecast` says it to the last digit."
        )


def record(outlook: Outlook, issued: Record) -> None:
    """Show how good the method has been on this organisation's own data."""
    past = outlook.record
    with st.container(border=True, height="stretch"):
        st.caption(":material/fact_check: How good has this been, on your own data?")
        if past.wape is None or past.run_rate_wape is None:
            st.markdown("## :gray[Not known yet]")
            st.markdown("No month has ended yet that could have been forecast from enough days.")
            return
        st.markdown(f"## Missed by {float(past.wape):.1%}")
        st.markdown(
            f"The run rate missed by **{float(past.run_rate_wape):.1%}**. Both were asked on "
            f"{past.folds} past days, with what was known by then, and held against the month end."
        )
        if past.coverage80 is not None and past.coverage95 is not None:
            st.markdown(
                f"The 80 % band held in **{float(past.coverage80):.0%}** of {past.checked}, the "
                f"95 % band in **{float(past.coverage95):.0%}**."
            )
        if past.checked >= _ENOUGH and 100 * past.held80 < _HOLDS * past.checked:
            st.caption(":material/warning: The band has been too narrow here: allow for more.")
        st.caption(_issued(issued))


def _issued(issued: Record) -> str:
    if not issued.folds or issued.wape is None:
        return "Forecasts that were really issued are kept, and judged here when months end."
    held = f"; the 80 % band held in {issued.held80} of {issued.checked}" if issued.checked else ""
    return (
        f"{issued.folds} forecasts really issued for months that have ended missed them by "
        f"{float(issued.wape):.1%}{held}."
    )


def chart(outlook: Outlook, month: Estimate, book: Book, today: date) -> None:
    """Show the month as it adds up, with the question behind what is spent."""
    query = Query(("day",), "cost", Span(month.span.start, min(month.span.end, today + _DAY)))
    frame = ask(book, query).frame
    daily = dict(frame.select("day", "value").iter_rows())
    st.altair_chart(
        forecast_charts.month(outlook, month, daily), alt=forecast_charts.takeaway(month)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"UTC days; data complete through {formats.day(outlook.as_of - _DAY)}. The band is "
            f"that of the sum: from this method's own errors over {month.windows} past spans.",
            width="stretch",
        )
        asked = Query((), "cost", query.span)
        receipt.receipt_button({"Spent so far": asked}, "forecast-month")


def ahead(outlook: Outlook, book: Book) -> None:
    """Show the quarter, twelve months, and the months one beside the other."""
    cards = st.grid(2, min_column_width=300)
    for title, estimate in (("This quarter", outlook.quarter), ("Twelve months", outlook.year)):
        with cards.container(border=True, height="stretch"):
            st.caption(f"{title}, {formats.days(estimate.span.start, estimate.span.end)}")
            if estimate.expected is None:
                st.markdown("### :gray[No estimate yet]")
                continue
            st.markdown(f"### {_plain(about(estimate.expected))}")
            st.markdown(formats.plain(likely(estimate)) or "no band yet")
            if estimate.stretched:
                st.caption("No past forecast so far ahead could be checked: the band of a quarter "
                           "was widened, as that of a level that wanders.")  # fmt: skip
    past = whole_months(book, outlook.months[0].span.start, _PAST_MONTHS)
    st.altair_chart(
        forecast_charts.months(past, outlook.months), alt=forecast_charts.takeaway(outlook.year)
    )
    st.caption("Some of the latest growth goes on for five weeks, then the level and its weekdays "
               "stay: what months far ahead may grow by is in their bands alone.")  # fmt: skip


def table(outlooks: Sequence[Outlook], whole: Outlook, dim: str, span: str, today: date) -> None:
    """Show a dimension's parts, which sum to the organisation's forecast, and their records."""
    if not outlooks:
        st.info(
            f"Not worked out by {formats.title(dim).lower()} yet. The next sync does it; "
            f"`claude-spend forecast --by {dim}` does it now.",
            icon=":material/hourglass_top:",
        )
        return
    rows = [_row(outlook, of(outlook, span, today), dim) for outlook in outlooks]
    schema = {"label": pl.String, "actual": pl.Int64, "expected": pl.Int64, "low": pl.Int64,
              "high": pl.Int64, "wape": pl.Float64, "rate": pl.Float64, "method": pl.String,
              "id": pl.String}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort(
        pl.col("expected").fill_null(0), pl.col("label") != "Other", descending=True
    )
    money = ("actual", "expected", "low", "high")
    shown = frame.with_columns(charts.marks(pl.col(name), "cost") for name in money)
    grid(shown, hide_index=True, column_config=_columns(dim), key="forecast-parts",
                 alt=f"Forecast by {formats.title(dim).lower()}")  # fmt: skip
    total = of(whole, span, today)
    expected = formats.plain(formats.exact(total.expected or 0))
    st.caption(
        f"Expected {expected} in all, exactly what the organisation's own forecast says: each "
        "day's parts are scaled to it. Bands do not add up: not all is off on one day."
    )


def _row(outlook: Outlook, estimate: Estimate, dim: str) -> tuple[object, ...]:
    past = outlook.record
    return (
        formats.value(dim, outlook.name) if outlook.name else f"no {formats.title(dim).lower()}",
        estimate.actual, estimate.expected, estimate.low80, estimate.high80,
        None if past.wape is None else float(past.wape * 100),
        None if past.run_rate_wape is None else float(past.run_rate_wape * 100),
        "" if outlook.method == MODEL else WORDS[outlook.method].partition(":")[0],
        outlook.value,
    )  # fmt: skip


def _columns(dim: str) -> dict[str, Any]:
    return {
        "label": st.column_config.TextColumn(formats.title(dim)),
        "actual": tables.number("Spent", "cost"),
        "expected": tables.number("Expected", "cost"),
        "low": tables.number("Low (80 %)", "cost"),
        "high": tables.number("High (80 %)", "cost"),
        "wape": st.column_config.NumberColumn(
            "Missed by", format="%.1f %%", help="Error of past month ends, by this method."
        ),
        "rate": st.column_config.NumberColumn(
            "Run rate missed by", format="%.1f %%", help="The same, by cost so far / days."
        ),
        "method": st.column_config.TextColumn("Method, where it is no model"),
        "id": st.column_config.TextColumn(f"{formats.title(dim)} id"),
    }


def _plain(text: str) -> str:
    return formats.plain(text)


def _exactly(units: int) -> str:
    return formats.plain(formats.exact(units))
