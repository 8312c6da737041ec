"""Which days of which source are known, and why not, where they are not."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl

from core.analysis.memo import per_book
from core.calendar import Span, settles_on
from core.errors import UnknownName
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import Family

STATES = ("complete", "provisional", "partial", "capped", "missing", "before_history", "future")

FAMILIES: tuple[Family, ...] = ("cost", "usage")

_STAMP = pl.Datetime("us", "UTC")

WHY = {
    "complete": "Read after Anthropic's last revision of the day.",
    "provisional": "Anthropic may still revise this day, until ",
    "partial": "The source had not reported the whole day when it was read.",
    "capped": "The report gave the 100 largest groups only; the rest stands in one row.",
    "missing": "This day was never read.",
    "no_answer": "The source gave no figures for this day when it was read on ",
    "before_history": "The known history of this source begins on ",
    "future": "This day has not begun.",
}


def coverage(
    book: Book, span: Span, *, connections: tuple[str, ...] = (), moment: datetime | None = None
) -> pl.DataFrame:
    """Return one row a connection, family and day of the span.

    Columns: `connection` (name), `family`, `day` (Date), `state` (one of STATES), `final` (no
    revision is expected), `why` (text), `total` and `not_attributed` (Int64: cost in units of
    1e-8 cents, usage in tokens; null where nothing is known), `fetched_at`, `data_refreshed_at`.
    `moment` is now; without it, the last fetch. Raises UnknownName for an unknown connection.
    """
    rows = [c for c in book.connections if not connections or c.name in connections]
    unknown = set(connections) - {c.name for c in rows}
    if unknown:
        raise UnknownName(
            f"There is no connection {min(unknown)!r}.",
            f"The ledger knows: {', '.join(c.name for c in book.connections) or 'none yet'}.",
            "Use one of these names, spelled as here.",
        )
    today = moment.astimezone(UTC).date() if moment else last_fetch(book)
    states = pl.concat([day_states(book, span, f, rows, today) for f in FAMILIES])
    names = {c.id: c.name for c in book.connections}
    return states.select(
        pl.col("connection_id").replace_strict(names, return_dtype=pl.String).alias("connection"),
        "family",
        "day",
        "state",
        "final",
        _why().alias("why"),
        "total",
        "not_attributed",
        "fetched_at",
        "data_refreshed_at",
    )


def day_states(
    book: Book, span: Span, family: Family, rows: Sequence[ConnectionRow], today: date | None
) -> pl.DataFrame:
    """Return what is known of each day of each connection, by connection and day.

    Columns: those of `Book.days`, `settles` and `begins` (Date), `state`, `final` (Boolean).
    """
    known_from = history_starts(book)
    starts = [known_from.get(c.id) or span.start for c in rows]
    grid = pl.LazyFrame(
        {"connection_id": [c.id for c in rows], "begins": starts},
        schema={"connection_id": book.days.schema["connection_id"], "begins": pl.Date},
    ).join(_days(span).lazy(), how="cross")
    held = (
        book.days.lazy()
        .filter(
            pl.col("family") == family,
            pl.col("day").is_between(span.start, span.end, closed="left"),
        )
        .with_columns(pl.col("fetched_at", "data_refreshed_at").cast(_STAMP))
    )
    return (
        grid.join(held.drop("family"), on=["connection_id", "day"], how="left")
        .with_columns(pl.lit(family).alias("family"), _state(today).alias("state"))
        .with_columns((pl.col("state").is_in(["complete", "capped"]) & _settled()).alias("final"))
        .sort("connection_id", "day")
        .collect()
    )


@per_book
def history_starts(book: Book) -> dict[int, date]:
    """Return the first day that each connection can answer for, where that is known."""
    there = book.days.filter(pl.col("present")).group_by("connection_id")
    found = dict(there.agg(pl.col("day").min()).iter_rows())
    floors = {c.id: c.history_floor for c in book.connections if c.history_floor}
    return {**found, **floors}


def history_start(book: Book, connection: ConnectionRow) -> date | None:
    """Return the first day that a connection can answer for; None where nothing is known yet."""
    return history_starts(book).get(connection.id)


@per_book
def last_fetch(book: Book) -> date | None:
    """Return the UTC day on which the ledger last read anything."""
    last = book.days["fetched_at"].max()
    return last.astimezone(UTC).date() if isinstance(last, datetime) else None


def _state(today: date | None) -> pl.Expr:
    """Return the state of a day; what says less than it seems stands first."""
    known = pl.col("present").fill_null(value=False)
    over = (pl.col("day") + timedelta(days=1)).cast(_STAMP)
    watermark = pl.min_horizontal("fetched_at", "data_refreshed_at")
    # A day that was read before the next had passed may not have been reported yet.
    early = pl.col("fetched_at").dt.date() <= pl.col("day") + timedelta(days=1)
    day, state = pl.col("day"), pl.lit
    return (
        pl.when(~known & (day < pl.col("begins"))).then(state("before_history"))
        .when(known & (watermark < over)).then(state("partial"))
        .when(known & pl.col("capped")).then(state("capped"))
        .when(known & _settled()).then(state("complete"))
        .when(known).then(state("provisional"))
        .when(day > pl.lit(today, pl.Date)).then(state("future"))
        .when(early | (day == pl.lit(today, pl.Date))).then(state("partial"))
        .otherwise(state("missing"))
    )  # fmt: skip


def _settled() -> pl.Expr:
    return pl.col("settles") <= pl.col("fetched_at").dt.date()


def _why() -> pl.Expr:
    state = pl.col("state")
    read = pl.col("fetched_at").dt.date().cast(pl.String)
    until = pl.format(WHY["provisional"] + "{}.", pl.col("settles").cast(pl.String))
    return (
        pl.when(state == "provisional").then(until)
        .when((state == "missing") & read.is_not_null())
        .then(pl.format(WHY["no_answer"] + "{}.", read))
        .when(state == "before_history")
        .then(pl.format(WHY["before_history"] + "{}.", pl.col("begins").cast(pl.String)))
        .otherwise(state.replace_strict(WHY, default=None, return_dtype=pl.String))
    )  # fmt: skip


@lru_cache(maxsize=64)
def _days(span: Span) -> pl.DataFrame:
    days = list(span)
    return pl.DataFrame(
        {"day": days, "settles": [settles_on(day) for day in days]},
        schema={"day": pl.Date, "settles": pl.Date},
    )
