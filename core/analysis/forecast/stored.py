"""Outlooks as JSON and back: days as text, amounts as whole numbers."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from core.analysis.forecast.outlook import Estimate, Outlook
from core.analysis.forecast.record import Record, Said
from core.calendar import Span


def body(outlook: Outlook) -> dict[str, Any]:
    """Return an outlook as a JSON object; `of` reads it again."""
    return {
        "value": outlook.value,
        "line": outlook.line,
        "name": outlook.name,
        "first": outlook.first.isoformat(),
        "days": outlook.days,
        "months": [_estimate(month) for month in outlook.months],
        "quarter": _estimate(outlook.quarter),
        "year": _estimate(outlook.year),
        "path": [_estimate(day) for day in outlook.path],
        "record": asdict(outlook.record),
        "members": outlook.members,
    }


def of(dimension: str, method: str, as_of: date, kept: Mapping[str, Any]) -> Outlook:
    """Return the outlook that `body` wrote."""
    return Outlook(
        dimension,
        kept["value"],
        kept["line"],
        kept["name"],
        method,
        date.fromisoformat(kept["first"]),
        as_of,
        kept["days"],
        tuple(_read(month) for month in kept["months"]),
        _read(kept["quarter"]),
        _read(kept["year"]),
        tuple(_read(day) for day in kept["path"]),
        Record(**kept["record"]),
        kept["members"],
    )


def said(as_of: date, kept: Mapping[str, Any]) -> list[Said]:
    """Return what a forecast said of months, as far as it said anything."""
    months = [_read(month) for month in kept.get("months", [])]
    return [
        Said(month.span.start, as_of, month.expected, month.low80, month.high80)
        for month in months
        if month.expected is not None
    ]


_FIGURES = [field.name for field in fields(Estimate) if field.name != "span"]


def _estimate(estimate: Estimate) -> dict[str, Any]:
    figures = {name: getattr(estimate, name) for name in _FIGURES}
    span = estimate.span
    return {"start": span.start.isoformat(), "end": span.end.isoformat(), **figures}


def _read(kept: Mapping[str, Any]) -> Estimate:
    span = Span(date.fromisoformat(kept["start"]), date.fromisoformat(kept["end"]))
    return Estimate(span, **{name: kept[name] for name in _FIGURES})
