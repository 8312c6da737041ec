"""Conditions of the figures: days that stand out, and usage that two connections report."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import polars as pl

from core.analysis import counting
from core.analysis.anomalies import told
from core.analysis.overlap import classify
from core.analysis.query import Query
from core.calendar import Span
from core.ledger.anomalies import AnomalyRow, open_anomalies
from core.ledger.book import Book
from core.money import label
from core.watch.alerts.alert import Alert
from core.watch.alerts.scene import Scene

OVERLAP_DAYS = 31
"""How many days back usage that two connections report is looked for."""

_TOLD = {
    "both": "{} of the last {} days stand in the books of both, and are counted once. What is "
    "decided by which rule, and how to decide otherwise, is on Overlap.",
    "unmatched": "{} of the last {} days may stand in the books of both. Nothing proves it, so "
    "they are counted twice until you decide on Overlap.",
}


def anomaly(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each anomaly that is open: not dismissed, not made by a restatement."""
    for row in open_anomalies(scene.engine, scene.today):
        of = f"{row.dimension.replace('_', ' ')} {row.label}" if row.dimension else "Claude"
        named = "/".join(("anomaly", row.dimension, row.name, row.first.isoformat()))
        yield Alert(
            "anomaly", named,
            f"Spend on {of} is {label(row.impact)} higher than expected.",
            f"On {_days(row)} it was {label(row.actual)}; {label(row.expected)} were expected. "
            f"{_drivers(row)}On Anomalies it can be dismissed with a reason.",
            f"anomalies?{urlencode({'an': named.removeprefix('anomaly/')})}",
            row.impact,
        )  # fmt: skip


def _drivers(row: AnomalyRow) -> str:
    """Return who drove an anomaly as a sentence, '' where nobody alone did."""
    parts = [f"{child.dimension.replace('_', ' ')} {child.label} ({label(child.impact)})"
             for child in told.culprits(row)[:3]]  # fmt: skip
    return f"Who drove it: {', '.join(parts)}. " if parts else ""


def _days(row: AnomalyRow) -> str:
    last = row.end - timedelta(days=1)
    return f"{row.first}" if last <= row.first else f"{row.first} to {last}"


def overlap(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each two connections that report the same, until somebody decides."""
    if len(scene.book.connections) < 2:
        return
    names = {c.id: c.name for c in scene.book.connections}
    decided = [set(pair) for pair in counting.pairs(scene.book) if counting.word(scene.book, *pair)]
    for low, high, kind, amount in _shared(scene.book, scene).iter_rows():
        both = (low, high)
        if set(both) in decided:
            continue
        what = "report the same usage" if kind == "both" else "may report the same usage"
        yield Alert(
            "overlap", f"overlap/{both[0]}-{both[1]}/{kind}",
            f"{names[both[0]]} and {names[both[1]]} {what}.",
            _TOLD[kind].format(label(amount), OVERLAP_DAYS),
            "overlap",
            amount,
        )  # fmt: skip


def _shared(book: Book, scene: Scene) -> pl.DataFrame:
    """Return `low`, `high` (connections), `class` and `amount` of what two connections report."""
    end = scene.today + timedelta(days=1)
    rows = classify(book, Query((), "cost", Span(end - timedelta(days=OVERLAP_DAYS), end)))
    if rows.is_empty():
        return rows
    pair = [pl.col("connection_id"), pl.col("partner_id")]
    return (
        rows.filter(
            pl.col("class").is_in(list(_TOLD)),
            pl.col("partner_id").is_not_null(),
            ~pl.col("counted") | (pl.col("class") == "unmatched"),
        )
        .group_by(
            pl.min_horizontal(pair).alias("low"), pl.max_horizontal(pair).alias("high"), "class"
        )
        .agg(pl.col("value").sum().alias("amount"))
        .filter(pl.col("amount") > 0)
        .sort("low", "high", "class")
    )
