"""Replaces one window of the ledger, exactly and in one transaction."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Engine
from sqlmodel import Session

from core.calendar import Span
from core.ledger import bulk, checks, days, rows, series
from core.ledger.cuts import PRIMARY, Family, Protocol
from core.ledger.days import DAYS as DAYS
from core.ledger.diff import KEYS, difference
from core.ledger.engine import writing
from core.ledger.frame import MEASURES
from core.ledger.tables import FACTS, RESTATEMENTS, Window, table
from core.ledger.versions import bump


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
    (cost only, units of 1e-8 cents) count the primary cut, on days that had been seen before in the
    same protocol.
    """

    window_id: int
    changed: int
    restated_rows: int
    restated_delta: int


_SIDES = ("after", "before")


def replace_window(engine: Engine, run_id: int, data: WindowData) -> WindowResult:
    """Make the ledger hold exactly this frame for its connection, family and days.

    Rows of the same days that did not come again are removed, those of another protocol too.
    Raises AmountRefused (a sum beyond 64 bits), LedgerRefuses (rows without day or amount, a day
    outside the span, a foreign cut, cuts that do not sum to the day's total), DatabaseUnusable;
    then nothing is written.
    """
    checks.complete(data.frame, data.family)
    checks.fits(data.frame, data.family)
    checks.belongs(data.frame, data.family, data.protocol, data.span)
    checks.adds_up(data.frame, data.days, data.family)
    packed = series.pack(data.frame, data.family, data.connection_id)
    with writing(engine) as session:
        return _replace(session, run_id, data, packed)


def _replace(
    session: Session, run_id: int, data: WindowData, packed: series.Packed
) -> WindowResult:
    measures = MEASURES[data.family]
    before = days.known(session, data.connection_id, data.family, data.span)
    ids = series.ids(session, data.connection_id, packed.keys)
    # Days never met before hold nothing: no row of theirs needs to be read or compared.
    mine = ids.join(packed.keys, on="code").select("series_id", "cut")
    cuts = series.cuts_of(session, data.connection_id) if before else mine
    new = packed.rows.join(ids, on="code").select(*KEYS, *measures)
    old = _kept(session, data, cuts) if before else new.clear()
    changes = difference(old, new, measures)
    window = _window(session, run_id, data, changes.height)
    rows.apply(session, FACTS[data.family], changes, measures)
    restated = changes.filter(pl.col("day").is_in(days.seen(before)))
    rows.log(session, RESTATEMENTS[data.family], window.id or 0, restated, measures)
    stated = days.described(data.span, data.days, new["day"].unique())
    visible = days.record(session, _fetch(window), stated, before)
    came = new.join(cuts, on="series_id")
    checks.written(session, data.connection_id, data.family, data.span, came)
    if visible or changes.height:
        bump(session, facts=changes.height > 0)
    # Another protocol is another reading: what differs then is not what Anthropic revised.
    reread = [day for day, state in before.items() if state["protocol"] != data.protocol]
    revised = restated.filter(~pl.col("day").is_in(reread))
    return _result(window, changes.height, revised, cuts)


def _kept(session: Session, data: WindowData, cuts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that the ledger holds for the window's connection, family and days."""
    model, measures = FACTS[data.family], MEASURES[data.family]
    day = table(model).c.day
    inside = (day >= days.number(data.span.start), day < days.number(data.span.end))
    found = bulk.facts(session, model, measures, *inside)
    return found.join(cuts, on="series_id", how="semi")


def _window(session: Session, run_id: int, data: WindowData, changed: int) -> Window:
    window = Window(
        run_id=run_id,
        connection_id=data.connection_id,
        family=data.family,
        protocol=data.protocol,
        first_day=days.number(data.span.start),
        end_day=days.number(data.span.end),
        fetched_at=data.fetched_at,
        data_refreshed_at=data.data_refreshed_at,
        requests=data.requests,
        rows=data.rows,
        changed=changed,
    )
    session.add(window)
    session.flush()
    return window


def _fetch(window: Window) -> days.Fetch:
    return days.Fetch(
        window.id or 0,
        window.connection_id,
        window.family,
        window.protocol,
        window.fetched_at,
        window.data_refreshed_at,
    )


def _result(
    window: Window, changed: int, restated: pl.DataFrame, cuts: pl.DataFrame
) -> WindowResult:
    if window.family != "cost":
        return WindowResult(window.id or 0, changed, 0, 0)
    main = cuts.filter(pl.col("cut").is_in(PRIMARY)).select("series_id")
    moved = pl.col("before_amount").ne_missing(pl.col("after_amount"))
    mine = restated.filter(moved).join(main, on="series_id", how="semi")
    after, before = (int(mine[f"{side}_amount"].cast(pl.Int128).sum()) for side in _SIDES)
    return WindowResult(window.id or 0, changed, mine.height, after - before)
