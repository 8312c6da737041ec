"""Read all pages of one answer; say what was read, from which export, and which days it covers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from core.calendar import Span
from core.errors import Finding, PaginationBroken, PayloadInvalid, WatermarkMoved
from core.ledger.cuts import Family
from core.sync.dimensions import Flat


@dataclass
class Person:
    """What a row's actor says of a user."""

    name: str
    email: str
    deleted: bool


@dataclass
class Reading:
    """What one window's answers have in common: their export, and what was met on the way."""

    span: Span
    refreshed: datetime | None = None
    moved: bool = False
    rows: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _seen: bool = False

    def take(self, pages: Iterable[Any]) -> list[Any]:
        """Return the data of all pages, and note whether they come from one export.

        Raises PaginationBroken for a page that comes twice: its money would count twice.
        """
        found: list[Any] = []
        met: set[tuple[int, object, object]] = set()
        for page in pages:
            self._export(page.data_refreshed_at)
            if page.data and not hasattr(page.data[0], "results"):
                mark = (len(page.data), page.data[0], page.data[-1])
                if mark in met:
                    raise self._twice("A page of rows")
                met.add(mark)
            found.extend(page.data)
        return found

    def _twice(self, what: str) -> PaginationBroken:
        return PaginationBroken(
            "Anthropic's answer holds the same figures twice.",
            f"{what} came again in the answer to one request, for the days {self.span}.",
            "Nothing of this window was written. Sync again; if it stays, please report it.",
        )

    def _export(self, refreshed: datetime | None) -> None:
        """Keep the older of two exports: what it covers, both cover."""
        if not self._seen:
            self.refreshed, self._seen = refreshed, True
        elif refreshed != self.refreshed:
            self.moved = True
            known = [moment for moment in (refreshed, self.refreshed) if moment]
            self.refreshed = min(known) if len(known) == 2 else None

    def settle(self, agrees: bool, *, last_try: bool) -> None:
        """Raise WatermarkMoved where answers of two exports do not add up to one another.

        On the last try they are kept, completed to the source's own totals, and a finding says so.
        """
        if not self.moved or agrees:
            return
        moved = WatermarkMoved(
            "Anthropic refreshed the data while it was being read.",
            f"The answers for {self.span} came from two exports and do not add up to one another.",
            "The window is read again from its first page.",
        )
        if not last_try:
            raise moved
        moved.fix = "Totals are the source's own; the next sync settles how they are divided."
        self.findings.append(moved.finding("warning"))

    def weigh(self, cut: str, exceeded: pl.DataFrame) -> None:
        """Note that a cut's groups exceed the source's own total on the days of a table."""
        if exceeded.is_empty():
            return
        first: date = exceeded["day"][0]
        self.findings.append(
            Finding(
                "groups_exceed_total",
                "warning",
                f"The parts of {exceeded.height} day(s) add up to more than Anthropic's own total.",
                f"First on {first}, in {cut}. The total is kept, and a negative part 'not "
                "attributed' holds the difference; single parts may be too high.",
                "Sync again: the days are read again. If it stays, please report it.",
            )
        )

    def total_rows(self, rows: list[Any]) -> Flat:
        """Return the rows of an answer without groups; raises PaginationBroken for a repeated one.

        Nothing else would notice: everything is completed to this answer.
        """
        if len(set(rows)) < len(rows):
            raise self._twice("A day's total")
        return self.flat_rows(rows)

    def flat_rows(self, rows: list[Any]) -> Flat:
        """Return flat rows with their day; raises PayloadInvalid for a day that was not asked."""
        self.rows += len(rows)
        days = [row.starting_at[:10] for row in rows]
        self._within(days)
        return Flat(days, rows)

    def bucket_rows(self, buckets: list[Any]) -> Flat:
        """Return the buckets' rows with their day; raises PayloadInvalid for a foreign day.

        Raises PaginationBroken for a day that has two buckets: a bucket is never divided.
        """
        named = [bucket.starting_at[:10] for bucket in buckets]
        self._within(named)
        if len(set(named)) < len(named):
            raise self._twice("A day")
        days: list[str] = []
        rows: list[Any] = []
        for bucket in buckets:
            days += [bucket.starting_at[:10]] * len(bucket.results)
            rows += bucket.results
        self.rows += len(rows)
        return Flat(days, rows)

    def _within(self, days: list[str]) -> None:
        foreign = set(days) - {day.isoformat() for day in self.span}
        if foreign:
            raise PayloadInvalid(
                f"Anthropic answered for {min(foreign)}, which was not asked.",
                f"The request was for the days {self.span}.",
                "Nothing of this window was written. Sync again; if it stays, please report it.",
            )


def days_of_buckets(buckets: list[Any]) -> set[date]:
    """Return the days that an answer has a bucket for, empty or not."""
    return {date.fromisoformat(bucket.starting_at[:10]) for bucket in buckets}


def days_of_export(span: Span, refreshed: datetime | None, rows: pl.DataFrame) -> set[date]:
    """Return the days that a flat answer covers: up to its export, and any that it has rows for.

    Flat answers leave empty days out, so only `data_refreshed_at` tells zero from not yet known.
    """
    with_rows = set(rows["day"].unique().to_list())
    if refreshed is None:
        return with_rows
    last = refreshed.astimezone(UTC).date()
    return with_rows | {day for day in span if day <= last}


def day_table(
    span: Span,
    present: set[date],
    capped: set[date],
    control: pl.DataFrame,
    rest: pl.DataFrame,
    family: Family,
) -> pl.DataFrame:
    """Return a row a day: `total`, `not_attributed` (the primary cut's), `capped`, `present`."""
    measure = "amount" if family == "cost" else "tokens"
    totals = control.group_by("day").agg(pl.col(measure).sum().alias("total"))
    days = pl.DataFrame({"day": list(span)}, schema={"day": pl.Date})
    return (
        days.join(totals, on="day", how="left")
        .join(rest, on="day", how="left")
        .with_columns(
            pl.col("total").fill_null(0),
            pl.col("not_attributed").fill_null(0),
            pl.col("day").is_in(list(capped)).alias("capped"),
            pl.col("day").is_in(list(present)).alias("present"),
        )
    )
