"""Tables of views: the rows of a chart, which sum to it, with names first and ids beside."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from core.analysis.compare import Comparison
from core.analysis.query import NAMED, TIMES, View
from core.ledger.cuts import Kind
from core.ui import charts, formats, receipt, series
from core.ui.grid import grid
from core.ui.part import part

_MONEY = "dollar"
_COUNT = "localized"


def number(title: str, measure: str, help_text: str | None = None) -> Any:
    """Return how a measure's column is shown."""
    shape = _MONEY if formats.is_money(measure) else _COUNT
    return st.column_config.NumberColumn(title, format=shape, help=help_text)


def rows(view: View, *, before: pl.DataFrame | None = None) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return a view as a table and its column settings; `before` adds the earlier period.

    Figures are floats of dollars here, for the browser to sort and format; the exact total stands
    under the table, from integers.
    """
    measure, by = view.query.measure, view.query.by
    frame, columns, settings = view.frame, [], {}
    for dim in by:
        label = f"{dim} label"
        if dim in TIMES:
            columns.append(pl.col(dim).alias(label))
            shown = "YYYY-MM" if dim == "month" else "YYYY-MM-DD"
            settings[label] = st.column_config.DateColumn(formats.title(dim), format=shown)
        else:
            frame = series.labelled(replace(view, frame=frame), dim).rename({"label": label})
            columns.append(pl.col(label))
            settings[label] = st.column_config.TextColumn(formats.title(dim))
    columns.append(charts.marks(pl.col("value"), measure).alias("value"))
    settings["value"] = number(formats.title(measure), measure)
    if not formats.is_money(measure) or view.total:
        whole = view.total or 1
        columns.append((pl.col("value") * 100 / whole).alias("share"))
        settings["share"] = st.column_config.ProgressColumn(
            "Share", format="%.1f %%", min_value=0.0, max_value=100.0
        )
    for dim in by:
        if dim in NAMED:
            columns.append(pl.col(dim).cast(pl.String).alias(f"{dim} id"))
            settings[f"{dim} id"] = st.column_config.TextColumn(f"{formats.title(dim)} id")
    return frame.select(columns), settings


@part
def show(view: View, *, key: str, height: int | None = None, side: Kind | None = None) -> None:
    """Show a view as a table and, under it, the exact total that its rows sum to.

    A chosen cell opens its row's receipt; `side`: the view is of this source's own books.
    """
    table, settings = rows(view)
    # A table of few rows needs no more room than they take.
    options: dict[str, Any] = {"height": height} if height and table.height > 11 else {}
    event: Any = grid(
        table, hide_index=True, column_config=settings, key=key, on_select="rerun",
        selection_mode="single-cell", alt=charts.takeaway(view), **options,
    )  # fmt: skip
    measure = view.query.measure
    count = f"{table.height:,} row{'' if table.height == 1 else 's'}"
    st.caption(
        f"{count}. Total {formats.plain(formats.exact(view.total, measure))}, exactly. "
        "Choose a figure for its receipt."
    )
    behind(view, event, side)


def behind(view: View, event: Any, side: Kind | None = None) -> None:
    """Show the receipt of the row of a view in which a cell was chosen, if one was."""
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < view.frame.height:
        receipt.of_row(view, cells[0][0], side)


@part
def show_comparison(both: Comparison) -> None:
    """Show two periods side by side, largest change first, with both exact totals."""
    view, measure = both.now, both.now.query.measure
    frame, settings = both.frame, {}
    columns: list[pl.Expr] = []
    for dim in [d for d in view.query.by if d not in TIMES]:
        label = f"{dim} label"
        frame = series.labelled(replace(view, frame=frame), dim).rename({"label": label})
        columns.append(pl.col(label))
        settings[label] = st.column_config.TextColumn(formats.title(dim))
    for name, title in (("value", "This period"), ("before", "Before"), ("change", "Change")):
        columns.append(charts.marks(pl.col(name), measure).alias(name))
        settings[name] = number(title, measure)
    event: Any = grid(
        frame.select(columns), hide_index=True, column_config=settings, height=420,
        key="comparison", on_select="rerun", selection_mode="single-cell",
        alt=charts.takeaway(view),
    )  # fmt: skip
    now, then = view.total, both.earlier.total
    st.caption(
        f"Total {formats.plain(formats.exact(now, measure))}, before "
        f"{formats.plain(formats.exact(then, measure))}, exactly. "
        "Choose a figure for its receipt."
    )
    _behind_comparison(both, event["selection"]["cells"])


def _behind_comparison(both: Comparison, cells: list[tuple[int, str]]) -> None:
    """Show the receipt of the chosen row's figure: of the earlier period in the column `before`."""
    if not cells or cells[0][0] >= both.frame.height:
        return
    row, column = cells[0]
    view = both.earlier if column == "before" else both.now
    by = tuple(dim for dim in view.query.by if dim not in TIMES)
    named = [c for c in both.frame.columns if c not in ("value", "before", "change")]
    values = both.frame.select(*named, pl.col("before" if column == "before" else "value"))
    frame = values.rename({values.columns[-1]: "value"})
    receipt.of_row(replace(view, query=replace(view.query, by=by), frame=frame), row)
