"""Windows made from a few rows, and the ledger's contents as plain Python."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import Engine

from core.calendar import Span
from core.ledger.book import Book
from core.ledger.cuts import CUTS, DIMENSIONS, NOT_ATTRIBUTED
from core.ledger.days import DAYS
from core.ledger.engine import writing
from core.ledger.frame import MEASURES, conform, empty
from core.ledger.tables import Connection, SyncRun
from core.ledger.writer import WindowData, WindowResult, replace_window

BILL = "platform/reports/cost/bill"
KEY = "platform/unified/cost/key"
WHO = "platform/unified/cost/who"
SEATS = "enterprise/reports/cost/who"
TOKENS = "platform/reports/usage/key"

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_CUTS = {cut.name: cut for cut in CUTS}


def day(number: int) -> date:
    """A day of November 2026."""
    return date(2026, 11, number)


def span(first: int, end: int) -> Span:
    """Days of November 2026, the end exclusive."""
    return Span(day(first), day(end))


def fact(cut: str, when: int, lead: int | None, **more: Any) -> dict[str, Any]:
    """One row: `lead` is its amount (cost) or tokens (usage)."""
    return {"cut": cut, "day": day(when), MEASURES[_CUTS[cut].family][0]: lead, **more}


def rest(cut: str, when: int, lead: int) -> dict[str, Any]:
    """One row that completes a cut to its total."""
    return fact(cut, when, lead, **dict.fromkeys(DIMENSIONS, NOT_ATTRIBUTED))


def frame_of(rows: Sequence[dict[str, Any]], family: str) -> pl.DataFrame:
    """A ledger frame of rows that name their cut."""
    parts = [
        conform(pl.DataFrame([{k: v for k, v in row.items() if k != "cut"}]), family, row["cut"])
        for row in rows
    ]
    return pl.concat([empty(family), *parts])


def days_of(
    frame: pl.DataFrame, family: str, where: Span, capped: Iterable[int] = ()
) -> pl.DataFrame:
    """One row a day: the total of the first cut that has rows there."""
    lead = MEASURES[family][0]
    known = frame.group_by("day", "cut").agg(pl.col(lead).sum().alias("total"))
    loose = (
        frame.filter(pl.col("workspace") == NOT_ATTRIBUTED)
        .group_by("day", "cut").agg(pl.col(lead).sum().alias("not_attributed"))
    )  # fmt: skip
    first = (
        known.join(loose, on=("day", "cut"), how="left")
        .sort("cut")
        .unique("day", keep="first", maintain_order=True)
    )
    flags = pl.col("day").is_in([day(n) for n in capped])
    return (
        pl.DataFrame({"day": list(where)}, schema={"day": pl.Date})
        .join(first, on="day", how="left")
        .with_columns(
            pl.col("total", "not_attributed").fill_null(0),
            flags.alias("capped"),
            pl.lit(value=True).alias("present"),
        )
        .select(*DAYS)
    )


def window(
    rows: Sequence[dict[str, Any]],
    where: Span,
    *,
    family: str = "cost",
    protocol: str | None = None,
    connection: int = 1,
    at: datetime = NOON,
    refreshed: datetime | None = None,
    days: pl.DataFrame | None = None,
    capped: Iterable[int] = (),
) -> WindowData:
    """What a fetch of these rows hands to the writer."""
    frame = frame_of(rows, family)
    spoken = protocol or (_CUTS[rows[0]["cut"]].protocol if rows else "reports")
    return WindowData(
        connection_id=connection,
        family=family,  # type: ignore[arg-type]
        protocol=spoken,  # type: ignore[arg-type]
        span=where,
        frame=frame,
        days=days_of(frame, family, where, capped) if days is None else days,
        data_refreshed_at=refreshed,
        fetched_at=at,
        requests=1,
        rows=len(rows),
    )


def put(engine: Engine, data: WindowData) -> WindowResult:
    """Write a window under the first run."""
    return replace_window(engine, 1, data)


def begin(engine: Engine) -> None:
    """A run and a connection, so that windows have something to belong to."""
    with writing(engine) as session:
        session.add(SyncRun(started_at=NOON, trigger="test"))
        session.add(Connection(name="console", kind="platform", created_at=NOON))


Facts = dict[tuple[Any, ...], tuple[int | None, ...]]


def contents(book: Book, family: str = "cost") -> Facts:
    """The book's facts of a family: (connection, day, cut, dimensions…) to measures."""
    rows = book.facts.filter(pl.col("family") == family).select(
        "connection_id", "day", "cut", *DIMENSIONS, *MEASURES[family]
    )
    width = 3 + len(DIMENSIONS)
    found = {row[:width]: row[width:] for row in rows.rows()}
    assert len(found) == rows.height, "two rows of one series on one day"
    return found


def key(connection: int, when: int, cut: str, **dims: str) -> tuple[Any, ...]:
    """The key of one row in `contents`."""
    return (connection, day(when), cut, *(dims.get(name, "") for name in DIMENSIONS))
