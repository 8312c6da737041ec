"""Charts of a forecast: the month as it adds up, and the months one beside the other."""

from datetime import date, timedelta

import altair as alt
import polars as pl

from core.analysis.forecast.outlook import Estimate, Outlook
from core.calendar import Span
from core.ui import charts, formats

SPENT, EXPECTED, RATE, BAND = "Spent", "Expected", "Run rate", "80 % band"

_COLOURS = {SPENT: "#0072B2", EXPECTED: "#CF8300", RATE: "#8A94A6", BAND: "#CF8300"}
_DASHES: dict[str, list[int]] = {SPENT: [1, 0], EXPECTED: [6, 3], RATE: [2, 3]}
_DAY = timedelta(days=1)
_ROW = {"time": pl.Date, "kind": pl.String, "units": pl.Int64, "low": pl.Int64, "high": pl.Int64}

Row = tuple[date, str, int, int | None, int | None]


def month(outlook: Outlook, this: Estimate, daily: dict[date, int]) -> charts.Chart:
    """Return the month as it adds up: spent, expected with its band, and the run rate's line.

    `daily`: cost of the month's days, units of 1e-8 cents.
    """
    spent = [*_spent(this.span.start, outlook.as_of, daily)]
    frame = _frame([*spent, *_path(outlook, this, spent), *_rate(this)])
    kinds = [kind for kind in (SPENT, EXPECTED, RATE) if kind in set(frame["kind"])]
    base = alt.Chart(frame).encode(x=_x())
    lines = base.mark_line(strokeWidth=2.5, interpolate="linear").encode(
        y=alt.Y("amount:Q", title=None, axis=_money()),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=_palette(kinds)),
                        legend=alt.Legend(title=None, orient="bottom", symbolType="stroke")),
        strokeDash=alt.StrokeDash("kind:N", legend=None, scale=alt.Scale(
            domain=kinds, range=[_DASHES[kind] for kind in kinds])),
    )  # fmt: skip
    band = base.transform_filter("isValid(datum.bottom)").mark_area(
        opacity=0.3, color=_COLOURS[BAND]
    )
    points = base.mark_point(size=60, opacity=0).encode(
        y="amount:Q",
        tooltip=[
            alt.Tooltip("when:N", title="Up to and with"),
            alt.Tooltip("kind:N", title="What"),
            alt.Tooltip("exact:N", title="Cost together"),
            alt.Tooltip("range:N", title=BAND),
        ],
    )
    shade = band.encode(y="bottom:Q", y2="top:Q")
    return alt.layer(shade, lines, points).properties(height=charts.HEIGHT)


def months(past: dict[date, int], ahead: tuple[Estimate, ...]) -> charts.Chart:
    """Return months as bars: what was spent, what is to come, and its 80 % band as a whisker."""
    rows: list[Row] = [(start, SPENT, amount, None, None) for start, amount in past.items()]
    for estimate in ahead:
        rows.append((estimate.span.start, SPENT, estimate.actual, None, None))
        if estimate.expected is not None:
            rest = estimate.expected - estimate.actual
            rows.append((estimate.span.start, EXPECTED, rest, estimate.low80, estimate.high80))
    frame = _frame([row for row in rows if row[2]])
    kinds = [kind for kind in (SPENT, EXPECTED) if kind in set(frame["kind"])]
    base = alt.Chart(frame).encode(
        x=alt.X("yearmonth(time):O", title=None, axis=alt.Axis(format="%b %y", labelAngle=0))
    )
    bars = base.mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1).encode(
        y=alt.Y("amount:Q", title=None, axis=_money(), stack="zero"),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=_palette(kinds)),
                        legend=alt.Legend(title=None, orient="bottom", symbolType="square")),
        order=alt.Order("kind:N", sort="descending"),
        opacity=alt.condition(f"datum.kind == '{EXPECTED}'", alt.value(0.6), alt.value(1.0)),
        tooltip=[alt.Tooltip("month:N", title="Month"), alt.Tooltip("kind:N", title="What"),
                 alt.Tooltip("exact:N", title="Cost"), alt.Tooltip("range:N", title=BAND)],
    )  # fmt: skip
    whisker = base.transform_filter("isValid(datum.bottom)").mark_rule(color=charts.ink())
    ends = whisker.encode(y="bottom:Q", y2="top:Q")
    return alt.layer(bars, ends).properties(height=260)


def takeaway(this: Estimate) -> str:
    """Return the month's chart in one sentence, for those who cannot see it."""
    spent = formats.figure(this.actual)
    head = f"{this.span.start:%B %Y}: {spent} spent so far"
    if this.expected is None:
        return f"{head}; no forecast."
    band = (
        f", likely {formats.figure(this.low80)} to {formats.figure(this.high80)}"
        if this.low80 is not None and this.high80 is not None
        else ""
    )
    return f"{head}, {formats.figure(this.expected)} expected by its end{band}."


def _spent(start: date, as_of: date, daily: dict[date, int]) -> list[Row]:
    rows: list[Row] = []
    for day in Span(start, max(start, as_of)):
        before = rows[-1][2] if rows else 0
        rows.append((day, SPENT, before + daily.get(day, 0), None, None))
    return rows


def _path(outlook: Outlook, this: Estimate, spent: list[Row]) -> list[Row]:
    """Return the expected path, which begins where what is known ends."""
    ahead = [
        e for e in outlook.path
        if e.span.start == this.span.start and e.span.end > outlook.as_of and e.expected is not None
    ]  # fmt: skip
    path: list[Row] = [
        (e.span.end - _DAY, EXPECTED, e.expected or 0, e.low80, e.high80) for e in ahead
    ]
    if not spent or not path:
        return path
    day, _, units, *_ = spent[-1]
    known = None if this.low80 is None else units
    return [(day, EXPECTED, units, known, known), *path]


def _rate(this: Estimate) -> list[Row]:
    if this.run_rate is None:
        return []
    last = this.span.end - _DAY
    first = this.run_rate // this.span.days
    return [(this.span.start, RATE, first, None, None), (last, RATE, this.run_rate, None, None)]


def _frame(rows: list[Row]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=_ROW, orient="row")
    exact = pl.col("units").map_elements(lambda v: formats.figure(v), pl.String)
    ends = [pl.col(n).map_elements(lambda v: formats.figure(v), pl.String) for n in ("low", "high")]
    return frame.select(
        "time",
        "kind",
        pl.col("time").dt.to_string("%d %b %Y").alias("when"),
        pl.col("time").dt.to_string("%B %Y").alias("month"),
        charts.marks(pl.col("units"), "cost").alias("amount"),
        charts.marks(pl.col("low"), "cost").alias("bottom"),
        charts.marks(pl.col("high"), "cost").alias("top"),
        exact.alias("exact"),
        pl.format("{} to {}", *ends).alias("range"),
    )


def _palette(kinds: list[str]) -> list[str]:
    return [_COLOURS[kind] for kind in kinds]


def _x() -> alt.X:
    axis = alt.Axis(format="%d %b", labelOverlap=True, labelFlush=False)
    return alt.X("time:T", title=None, timeUnit="yearmonthdate", axis=axis)


def _money() -> alt.Axis:
    return alt.Axis(labelExpr=charts.MONEY_LABEL, title=None, tickCount=5)
