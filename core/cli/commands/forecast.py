"""`claude-spend forecast`: what a month will come to, its band, and how good the method was."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from core import calendar
from core.calendar import month_start, parse_day
from core.cli import ledger, options, output
from core.cli.words import words
from core.errors import BadValue
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.forecast.month import Line
    from core.analysis.forecast.outlook import Estimate, Outlook
    from core.analysis.forecast.record import Record


def _month(text: str | None) -> str | None:
    """Refuse what is no month at once: opening a ledger for it can take a while."""
    if text is not None:
        _parsed(text)
    return text


Month = Annotated[
    str | None,
    typer.Option("--month", metavar="YYYY-MM", callback=_month, help="By default this month."),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="DIM",
        help="One line for each value: connection source workspace api_key user product model "
        "operation, and others of `report`.",
    ),
]


def forecast(month: Month = None, by: By = None, as_json: options.Json = False) -> int:
    """Say what a month will come to, with its 80 and 95 % bands and the method's track record.

    Each dollar is counted once; days are UTC days.
    """
    from core.analysis.forecast.month import lines
    from core.ledger import snapshot
    from core.watch.forecasts import issued

    dim = _dimension(by)
    chosen = _parsed(month) if month else month_start(calendar.now().date())
    with ledger.readable() as here:
        whole, said = issued(here.engine, here.settings, calendar.now)
        parts, more = issued(here.engine, here.settings, calendar.now, dim) if dim else (None, said)
        book = snapshot.book(here.engine, here.settings)
        (total,) = lines(book, whole.outlooks, "", chosen)
        some = parts is not None and (month or not book.days.is_empty())
        divided = lines(book, parts.outlooks, dim, chosen) if parts and some else []
    content = _document(total, whole.outlooks[0], chosen)
    if dim:
        content |= {"by": dim, "rows": [_row(dim, line) for line in divided]}
    content["findings"] = [f.as_dict() for f in (*here.findings, *more)]
    return output.deliver(content, as_json, _draw)


def _parsed(text: str) -> date:
    try:
        return parse_day(f"{text}-01")
    except BadValue:
        raise BadValue(
            f"{text!r} is not a month.",
            "Months are written YYYY-MM and are months of UTC days.",
            "Write the month as in 2026-11.",
        ) from None


def _dimension(by: str | None) -> str:
    if by is None:
        return ""
    dims, _ = words(by, [])
    if len(dims) > 1:
        raise typer.BadParameter("takes one dimension.", param_hint="--by")
    return dims[0]


def _document(line: "Line", outlook: "Outlook", month: date) -> dict[str, Any]:
    return {
        **_figures(line, month),
        "complete_through": _through(outlook),
        "quarter": _estimate(outlook.quarter),
        "twelve_months": _estimate(outlook.year),
    }


def _through(outlook: "Outlook") -> str | None:
    from datetime import timedelta

    return (outlook.as_of - timedelta(days=1)).isoformat() if outlook.days else None


def _figures(line: "Line", month: date) -> dict[str, Any]:
    from core.analysis.forecast.weeks import WORDS

    return {
        "month": f"{month:%Y-%m}",
        **_amounts(line.estimate),
        "method": line.method,
        "method_text": WORDS[line.method],
        "run_rate": _usd(line.estimate.run_rate),
        "windows": line.estimate.windows,
        "stretched": line.estimate.stretched,
        "backtest": _backtest(line.record),
    }


def _amounts(estimate: "Estimate") -> dict[str, str | None]:
    names = ("expected", "low80", "high80", "low95", "high95")
    return {
        "actual_to_date": dollars(estimate.actual),
        **{name: _usd(getattr(estimate, name)) for name in names},
    }


def _estimate(estimate: "Estimate") -> dict[str, Any]:
    span = estimate.span
    return {
        "from": span.start.isoformat(), "to": span.end.isoformat(), **_amounts(estimate),
        "stretched": estimate.stretched,
    }  # fmt: skip


def _usd(units: int | None) -> str | None:
    return None if units is None else dollars(units)


def _backtest(record: "Record") -> dict[str, Any]:
    return {
        "folds": record.folds,
        "wape": _share(record.wape),
        "coverage80": _share(record.coverage80),
        "coverage95": _share(record.coverage95),
        "run_rate_wape": _share(record.run_rate_wape),
        "coverage_folds": record.checked,
    }


def _share(share: Fraction | None) -> float | None:
    """Return a share as a JSON number, 0.0512 for 5.12 %; it is no money."""
    return None if share is None else round(float(share), 6)


def _row(dim: str, line: "Line") -> dict[str, Any]:
    from core.analysis.query import NAMED

    name = line.name if line.name != line.value else None
    named = {f"{dim}_name": name or None} if dim in NAMED else {}
    why = {"line": line.line} if line.line else {}
    return {dim: line.value, **named, **why, **_figures(line, line.estimate.span.start)}


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield Text(f"Forecast of {content['month']}, each dollar counted once", style="bold")
    yield Text(_headline(content))
    if content["complete_through"]:
        yield Text(f"Data complete through {content['complete_through']} (UTC).")
    yield Text(f"Method: {content['method_text']}.")
    yield from _record(content)
    yield from _table(content)
    for finding in content["findings"]:
        yield output.finding(finding)


def _headline(content: output.Document) -> str:
    from core.analysis.forecast.weeks import ACTUAL

    if content["method"] == ACTUAL:
        return f"It cost {_label(content['actual_to_date'])}."
    spent = f"{_label(content['actual_to_date'])} so far"
    if content["expected"] is None:
        return f"{spent}; no estimate."
    band = (
        f", likely {_label(content['low80'])} to {_label(content['high80'])} (80 %), "
        f"{_label(content['low95'])} to {_label(content['high95'])} (95 %)"
        if content["low80"] is not None
        else ", without a band: too few past days to check it on"
    )
    return f"Month-end estimate {_label(content['expected'])}{band}; {spent}."


def _record(content: output.Document) -> Iterable[RenderableType]:
    past = content["backtest"]
    if past["wape"] is not None:
        held = (
            f" The 80 % band held in {past['coverage80']:.0%} of {past['coverage_folds']}, the "
            f"95 % band in {past['coverage95']:.0%}."
            if past["coverage_folds"]
            else ""
        )
        yield Text(
            f"Tried on {past['folds']} past days, month ends were missed by {past['wape']:.1%}, by "
            f"the run rate by {past['run_rate_wape']:.1%}.{held}"
        )
    if content["run_rate"] is not None:
        yield Text(f"Run rate (cost so far / days x days in the month): "
                   f"{_label(content['run_rate'])}.")  # fmt: skip


def _table(content: output.Document) -> Iterable[RenderableType]:
    dim = content.get("by")
    if dim is None:
        return
    numbers = ("so far", "expected", "low 80 %", "high 80 %")
    rows = [
        (row.get(f"{dim}_name") or row[dim] or row.get("line"),
         *(_label(row[name]) for name in ("actual_to_date", "expected", "low80", "high80")))
        for row in content["rows"]
    ]  # fmt: skip
    total = [_label(content[name]) for name in ("actual_to_date", "expected", "low80", "high80")]
    yield output.table((dim, *numbers), [*rows, ("Total", *total)], numbers)


def _label(text: str | None) -> str:
    return "-" if text is None else label(from_dollars(text))
