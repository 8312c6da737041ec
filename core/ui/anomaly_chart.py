"""The chart of an anomaly: its series, what was expected of it, and the days that stand out."""

from dataclasses import dataclass
from datetime import date, timedelta

import altair as alt
import polars as pl

from core.analysis.anomalies import told
from core.analysis.anomalies.record import Record
from core.analysis.anomalies.rules import bottom, ceiling
from core.ledger.anomalies import AnomalyRow
from core.ui import charts, formats

BEFORE, AFTER = timedelta(days=42), timedelta(days=14)
"""Days of the series that are drawn around an anomaly."""

_OFF = "#D55E00"
_BAND = "#56B4E9"
_USUAL = "#8A94A6"

_SCHEMA = {
    "time": pl.Date, "when": pl.String, "actual": pl.Int64, "expected": pl.Int64,
    "low": pl.Int64, "high": pl.Int64, "off": pl.Boolean, "cost": pl.String, "usual": pl.String,
    "range": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """The days around an anomaly; amounts in units of 1e-8 cents, null where nothing is known."""

    frame: pl.DataFrame

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to draw."""
        return self.frame.is_empty()


def lines(record: Record, row: AnomalyRow, times: int) -> Lines:
    """Return the days around an anomaly, with what would have been usual at a sensitivity."""
    off = {day for day, _, _ in told.days(row)}
    rows = [
        _day(record, place, times, off)
        for place in range(len(record.values))
        if row.first - BEFORE <= record.day(place) < row.end + AFTER
    ]
    return Lines(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


def _day(record: Record, place: int, times: int, off: set[date]) -> tuple[object, ...]:
    day, value, band = record.day(place), record.values[place], record.bands[place]
    cost = "not known" if value is None else formats.exact(value)
    if band is None or not band.judges:
        return day, formats.day(day), value, None, None, None, day in off, cost, "", ""
    low, high = bottom(band, times), ceiling(band, times)
    said = f"{formats.figure(low)} to {formats.figure(high)}"
    usual = formats.figure(band.expected)
    return day, formats.day(day), value, band.expected, low, high, day in off, cost, usual, said


def chart(found: Lines) -> charts.Chart:
    """Return the series as bars, the expectation as a line in its band, and the days marked."""
    data = found.frame.with_columns(
        charts.marks(pl.col(name), "cost").alias(name)
        for name in ("actual", "expected", "low", "high")
    ).with_columns(
        pl.when("off").then(pl.lit("Stands out")).otherwise(pl.lit("Cost")).alias("kind")
    )
    time = alt.X("time:T", timeUnit="yearmonthdate", title=None,
                 axis=alt.Axis(format="%d %b", labelFlush=False, labelOverlap=True))  # fmt: skip
    axis = alt.Axis(labelExpr=charts.MONEY_LABEL, title=None, tickCount=5)
    tip = [alt.Tooltip("when:N", title="Day"), alt.Tooltip("cost:N", title="Cost"),
           alt.Tooltip("usual:N", title="Expected"),
           alt.Tooltip("range:N", title="Usual")]  # fmt: skip
    bars = alt.Chart(data).mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1).encode(
        x=time, y=alt.Y("actual:Q", axis=axis), tooltip=tip,
        color=alt.Color("kind:N", scale=alt.Scale(
            domain=["Cost", "Stands out"], range=[_USUAL, _OFF]),
            legend=alt.Legend(title=None, orient="bottom", symbolType="square")),
    )  # fmt: skip
    known = alt.Chart(data.drop_nulls("expected"))
    middle = alt.X("time:T", timeUnit="yearmonthdate", title=None, bandPosition=0.5)
    band = known.mark_area(opacity=0.22, color=_BAND, interpolate="step").encode(
        x=middle, y="low:Q", y2="high:Q", tooltip=tip
    )
    line = known.mark_line(color=charts.ink(), strokeWidth=1.4, strokeDash=[4, 3],
                           interpolate="step").encode(x=middle, y="expected:Q")  # fmt: skip
    return alt.layer(band, bars, line).properties(height=280)


def takeaway(row: AnomalyRow) -> str:
    """Return the chart in words, for those who cannot see it."""
    return (
        f"Cost by day around {formats.days(row.first, row.end)}: {formats.figure(row.actual)} "
        f"where {formats.figure(row.expected)} was expected."
    )
