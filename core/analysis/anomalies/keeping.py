"""Records as the ledger keeps them: whole numbers and days as text, in and out."""

from datetime import date, timedelta
from typing import Any

from core.analysis.anomalies.events import Event
from core.analysis.anomalies.record import Record
from core.analysis.anomalies.rules import Band
from core.analysis.anomalies.watched import Series
from core.ledger.anomalies import AnomalyRow, WatchedRow


def row_of(record: Record, stamp: str) -> WatchedRow:
    """Return a record as the ledger keeps it."""
    series = record.series
    body = {
        "values": list(record.values),
        "bands": [_numbers(band) for band in record.bands],
        "firsts": {day.isoformat(): [value, *_listed(band)]
                   for day, (value, band) in sorted(record.firsts.items())},
    }  # fmt: skip
    end = record.first + timedelta(days=len(record.values))
    return WatchedRow(series.dimension, series.name, series.label, record.method, record.basis,
                      stamp, record.first, end, body)  # fmt: skip


def record_of(row: WatchedRow) -> Record:
    """Return what was kept; its series knows no connections, which `basis` stands for."""
    values = tuple(row.body["values"])
    series = Series(row.dimension, row.name, row.label, row.first, values, ())
    firsts = {
        date.fromisoformat(day): (value, Band(*numbers))
        for day, (value, *numbers) in row.body["firsts"].items()
    }
    bands = tuple(None if band is None else Band(*band) for band in row.body["bands"])
    return Record(series, row.method, row.basis, row.first, values, bands, firsts)


def anomaly_of(event: Event, body: dict[str, Any]) -> AnomalyRow:
    """Return an event as the ledger keeps it; `body` is what drove it."""
    days = [[day.day.isoformat(), day.actual, day.expected] for day in event.days]
    series = event.series
    return AnomalyRow(
        series.dimension, series.name, event.first, event.end, "drop" if event.drop else "over",
        event.state, series.label, event.expected, event.actual, event.stamp,
        body={"days": days} | body,
    )  # fmt: skip


def _numbers(band: Band | None) -> list[int] | None:
    return None if band is None else _listed(band)


def _listed(band: Band) -> list[int]:
    known = [band.expected, band.scale, band.spent]
    return known if band.limit is None else [*known, band.limit]
