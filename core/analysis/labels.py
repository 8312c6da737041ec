"""What people read in place of ids and of what stands for null in the ledger."""

import polars as pl

from core.analysis.query import NAMED
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE, DIMENSIONS, NO_KEY, NOT_ATTRIBUTED

NOT_AVAILABLE = "(not available)"
"""A dimension of a row whose report does not know it; never stored, never shown."""

REST = "not attributed"
UNKNOWN = "not available"

UNSPLIT = {"code_execution": "(code execution)", "session": "(sessions)"}
FAST_MODE = "(fast mode)"
NO_USAGE = "(no usage)"
"""`api_key` of allocated cost that no key's usage goes with, by operation; and for all others."""

LINES: dict[str, str] = {
    NOT_ATTRIBUTED: REST,
    NOT_AVAILABLE: UNKNOWN,
    "(code execution)": "code execution",
    "(sessions)": "sessions",
    FAST_MODE: "fast mode",
    NO_USAGE: "cost without usage",
}
"""Why a dimension is null, by what stands for it; the first that a row has is its `line`."""

LABELS: dict[str, dict[str, str]] = {
    "workspace": {DEFAULT_WORKSPACE: "Default", NOT_ATTRIBUTED: REST},
    "api_key": {
        NO_KEY: "no key",
        NOT_ATTRIBUTED: REST,
        **{raw: LINES[raw] for raw in (*UNSPLIT.values(), FAST_MODE, NO_USAGE)},
    },
    "user": {"": REST, NOT_ATTRIBUTED: REST},
}
"""Names of what is null in the id's own column."""

_EMPTY = ["", NO_KEY, DEFAULT_WORKSPACE, *LINES]


def labelled(book: Book, frame: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Return the frame with ids null where they stand for null, with names, and with `line`."""
    dims = [d for d in by if d in DIMENSIONS]
    named = [_names(book, frame, d).alias(f"{d}_name") for d in by if d in NAMED]
    ids = [
        pl.when(~pl.col(d).is_in(_EMPTY)).then(pl.col(d)).alias(d)
        for d in (*dims, *(d for d in by if d == "organization"))
    ]
    return frame.with_columns(_line(dims), *named).with_columns(ids)


def columns(by: tuple[str, ...]) -> list[str]:
    """Return a frame's columns up to its measures: each dimension, names after the named ones."""
    return [c for d in by for c in ((d, f"{d}_name") if d in NAMED else (d,))]


def _line(dims: list[str]) -> pl.Expr:
    def some(raw: str) -> pl.Expr:
        return pl.any_horizontal([pl.lit(value=False), *(pl.col(d) == raw for d in dims)])

    found = [pl.when(some(raw)).then(pl.lit(line)) for raw, line in LINES.items()]
    return pl.coalesce(*found, pl.lit(None, pl.String)).alias("line")


def _names(book: Book, frame: pl.DataFrame, dim: str) -> pl.Series:
    ids = frame[dim].unique().to_list()
    names = {raw: name for raw in ids if raw is not None and (name := _name(book, dim, raw))}
    if not names:
        return pl.Series([None] * frame.height, dtype=pl.String)
    return frame[dim].replace_strict(names, default=None, return_dtype=pl.String)


def _name(book: Book, dim: str, raw: str) -> str | None:
    if raw in LABELS.get(dim, {}):
        return LABELS[dim][raw]
    if dim == "organization":
        names = (c.organization_name for c in book.connections if c.organization_id == raw)
        return next(filter(None, names), None)
    # Two connections may know the same id; the first that has a word for it gives it.
    rows = (book.names.get((c.id, dim, raw)) for c in book.connections)
    return next((row.name or row.email for row in rows if row and (row.name or row.email)), None)
