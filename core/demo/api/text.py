"""JSON written by columns: a row's text is put together for all rows at once.

Ids and names of dimensions never need escaping; what might (an actor's name) comes ready made.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl

from core.calendar import zulu
from core.demo.shape import CENT_STEP
from core.money import UNITS_PER_CENT

Field = tuple[str, pl.Expr | str]
"""A member's name, and its JSON text: the same for every row, or an expression."""

NULL = "null"


def quoted(column: str) -> pl.Expr:
    """Return a text column as JSON strings and nulls."""
    return pl.concat_str([pl.lit('"'), pl.col(column), pl.lit('"')]).fill_null(NULL)


def moment(column: str) -> pl.Expr:
    """Return a naive UTC moment as a JSON string."""
    return pl.col(column).dt.strftime('"%Y-%m-%dT%H:%M:%SZ"')


def stamp(value: datetime) -> str:
    """Return one moment as a JSON string."""
    return f'"{zulu(value)}"'


def whole(column: str) -> pl.Expr:
    """Return an integer column as JSON numbers and nulls."""
    return pl.col(column).cast(pl.String).fill_null(NULL)


def cents(column: str, *, trimmed: bool = False) -> pl.Expr:
    """Return units as JSON strings of decimal cents: six decimals, or as few as it takes."""
    units = pl.col(column)
    digits = (units % UNITS_PER_CENT // CENT_STEP).cast(pl.String).str.zfill(6)
    text = pl.concat_str((units // UNITS_PER_CENT).cast(pl.String), pl.lit("."), digits)
    if trimmed:
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return pl.concat_str(pl.lit('"'), text, pl.lit('"'))


def record(fields: Iterable[Field]) -> pl.Expr:
    """Return JSON objects; the parts that are the same in every row are written as one."""
    parts: list[pl.Expr] = []
    fixed = "{"
    for n, (name, value) in enumerate(fields):
        fixed += f'{"," if n else ""}"{name}":'
        if isinstance(value, str):
            fixed += value
            continue
        parts += [pl.lit(fixed), value]
        fixed = ""
    return pl.concat_str([*parts, pl.lit(fixed + "}")])


def actors(column: str, texts: Mapping[str, str]) -> pl.Expr:
    """Return actors as ready-made JSON objects by their id; null where there is none."""
    return pl.col(column).replace_strict(texts, default=NULL, return_dtype=pl.String)


def array(lines: Iterable[str]) -> bytes:
    """Return a JSON array of ready texts; empty ones are left out."""
    return ("[" + ",".join(line for line in lines if line) + "]").encode()
