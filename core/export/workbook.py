"""The export as a workbook: numbers to work with, and beside them the exact amounts as text."""

from pathlib import Path

import polars as pl
import xlsxwriter

from core.errors import BadValue
from core.export.lines import TEXTS, totals
from core.export.sheets import exact_dollars
from core.money import UNITS_PER_DOLLAR, dollars

ROWS = 1_048_575
"""The rows that a sheet can hold below its heading."""


def write(lines: pl.DataFrame, path: Path) -> None:
    """Write cost lines and their totals as two sheets. Raises BadValue for too many lines.

    Texts are written as text cells, so that no name is ever read as a formula or a link.
    """
    if lines.height > ROWS:
        raise BadValue(
            "These are more lines than a workbook's sheet can hold.",
            f"The period has {lines.height:,} lines; a sheet holds {ROWS:,}.",
            "Nothing was written. Export a shorter period, or use csv or parquet.",
        )
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        _totals(book, lines)
        _lines(book, lines)


def _totals(book: xlsxwriter.Workbook, lines: pl.DataFrame) -> None:
    sheet, bold = book.add_worksheet("Totals"), book.add_format({"bold": True})
    sheet.set_column(0, 2, 24)
    sheet.write_row(0, 0, ["Source", "Cost (USD)", "Exact cost (USD)"], bold)
    sums = [*totals(lines), ("Total", int(lines["amount"].sum()))]
    for row, (name, units) in enumerate(sums, start=1):
        sheet.write_row(row, 0, [name, units / UNITS_PER_DOLLAR, dollars(units)])


def _lines(book: xlsxwriter.Workbook, lines: pl.DataFrame) -> None:
    sheet = book.add_worksheet("Lines")
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    table = lines.select(
        "day",
        *TEXTS,
        "provisional",
        "tokens",
        (pl.col("amount") / UNITS_PER_DOLLAR).alias("cost_usd"),
        (pl.col("list_amount") / UNITS_PER_DOLLAR).alias("list_cost_usd"),
        exact_dollars(pl.col("amount")).alias("cost_usd_exact"),
    )
    sheet.freeze_panes(1, 1)
    sheet.write_row(0, 0, table.columns, book.add_format({"bold": True}))
    for number, (day, *rest) in enumerate(table.iter_rows(), start=1):
        sheet.write_datetime(number, 0, day, days)
        for column, value in enumerate(rest, start=1):
            if value is not None:
                sheet.write(number, column, value)
    sheet.autofilter(0, 0, table.height, table.width - 1)
