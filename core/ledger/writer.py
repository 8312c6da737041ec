"""Replaces one window of the ledger, exactly and in one transaction."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from core.calendar import Span
from core.ledger.cuts import Family, Protocol


@dataclass(frozen=True, slots=True)
class WindowData:
    """What was fetched for one connection, family and span of days.

    `frame` is a ledger frame (`frame.schema`). `days` has one row a day with the columns `DAYS`:
    the source's own `total` (cost: units of 1e-8 cents; usage: tokens), how much of it is
    `not_attributed`, whether the API `capped` the groups, and whether the day was `present`.
    A day of the span that `days` leaves out is recorded as not present. `rows` counts the result
    rows that the API sent, `requests` the HTTP requests.
    """

    connection_id: int
    family: Family
    protocol: Protocol
    span: Span
    frame: pl.DataFrame
    days: pl.DataFrame
    data_refreshed_at: datetime | None
    fetched_at: datetime
    requests: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class WindowResult:
    """What a replaced window did.

    `changed` counts the ledger's rows written or removed. `restated_rows` and `restated_delta`
    (cost only, units of 1e-8 cents) count the primary cut, on days that had been seen before.
    """

    window_id: int
    changed: int
    restated_rows: int
    restated_delta: int


DAYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.Date,
    "total": pl.Int64,
    "not_attributed": pl.Int64,
    "capped": pl.Boolean,
    "present": pl.Boolean,
}
"""The columns of `WindowData.days`."""


def replace_window(engine: Engine, run_id: int, data: WindowData) -> WindowResult:
    """Make the ledger hold exactly this frame for its connection, family and days.

    Rows of the same days that did not come again are removed, those of another protocol too.
    Raises AmountRefused (a sum beyond 64 bits), LedgerRefuses (a day outside the span, a foreign
    cut, cuts that do not sum to the day's total), DatabaseUnusable; then nothing is written.
    """
    raise NotImplementedError
