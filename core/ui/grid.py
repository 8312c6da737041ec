"""Tables that are safe to take away: no text of a cell is run by the spreadsheet that opens it.

Streamlit's own download of a table, or of a chart's data, writes its cells as they are. A character
without width before such a text makes it text there, and changes nothing here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

_RUN = r"^[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
_FIGURE = r"^[+\-]?\$?[0-9][0-9.,]*[ %kMBT]*$"
_APART = "\u2060"


def grid(data: pl.DataFrame | Sequence[Mapping[str, Any]], **options: Any) -> Any:
    """Show rows as `st.dataframe` does, with its options, and return what it returns."""
    frame = data if isinstance(data, pl.DataFrame) else pl.DataFrame(list(data))
    return st.dataframe(apart(frame), **options)


def apart(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table, or a chart's data, whose texts no spreadsheet runs."""
    return frame.with_columns(_safe(n) for n, k in frame.schema.items() if _text(k))


def _text(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.String | pl.Enum | pl.Categorical)


def _safe(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    run = text.str.contains(_RUN) & ~text.str.contains(_FIGURE)
    return pl.when(run).then(pl.concat_str(pl.lit(_APART), text)).otherwise(text).alias(name)
