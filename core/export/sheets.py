"""What is seen, as a file: exact amounts as text, names made safe for spreadsheets."""

import polars as pl

from core.analysis.query import NAMED, TIMES, View
from core.money import dollars

_FORMULA = r"^[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
"""What spreadsheets run: the wide forms of the four signs too, where they are the usual ones."""


def safe(column: pl.Expr) -> pl.Expr:
    """Return a text column in which no spreadsheet sees a formula: such texts begin with `'`."""
    text = column.cast(pl.String)
    return (
        pl.when(text.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)
    )


def exact_dollars(units: pl.Expr) -> pl.Expr:
    """Return units of 1e-8 cents as exact decimal strings of US dollars."""
    return units.map_elements(dollars, return_dtype=pl.String)


def csv(view: View) -> str:
    """Return a view as CSV: its dimensions, names and `value` in exact US dollars or counts."""
    frame = view.frame
    money = view.query.measure in {"cost", "list_cost"}
    texts = [
        c for d in view.query.by if d not in TIMES
        for c in ((d, f"{d}_name") if d in NAMED else (d,))
    ]  # fmt: skip
    value = pl.col("value")
    exact = exact_dollars(value) if money else value
    name = f"{view.query.measure}_usd" if money else view.query.measure
    return frame.with_columns(
        *(safe(pl.col(text)).alias(text) for text in texts), exact.alias("value")
    ).rename({"value": name}).write_csv()  # fmt: skip
