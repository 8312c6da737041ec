"""Pages of ready texts: flat rows by number of rows, and buckets by number of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from core.demo.api import text
from core.demo.api.asking import Plan
from core.demo.api.books import Range
from core.demo.api.call import Call, page
from core.demo.api.identities import deleted
from core.demo.api.query import WIDTHS


@dataclass(frozen=True)
class Prepared:
    """The ready texts of a query's rows in their order; a fanned-out row is one text."""

    lines: list[str]
    deleted: list[bool]


def prepared(call: Call, sums: pl.DataFrame, line: pl.Expr) -> Prepared:
    """Return every row's text, and which rows belong to deleted users."""
    if sums.is_empty():
        return Prepared([], [])
    gone = [False] * len(sums)
    if "actor" in sums.columns:
        gone = sums["actor"].is_in(deleted(call.organisation)).fill_null(value=False).to_list()
    return Prepared(sums.select(line.alias("line"))["line"].to_list(), gone)


def ranked(sums: pl.DataFrame, asked: Plan, metric: str) -> pl.DataFrame:
    """Return the groups in the order asked for; equal ones by their dimensions."""
    if asked.order_by == "time" and asked.span.width is not None:
        keys, down = ["at", metric], [asked.descending, True]
    else:
        keys, down = [metric if asked.order_by == "time" else asked.order_by], [asked.descending]
    ties = [name for name in ("at", *asked.by) if name not in keys]
    return sums.sort([*keys, *ties], descending=[*down, *(False for _ in ties)], nulls_last=True)


def at_start(facts: pl.DataFrame, span: Range) -> pl.DataFrame:
    """Return facts with `at`, their bucket; without buckets, the start of the range."""
    if span.width is not None:
        return facts
    return facts.with_columns(pl.lit(span.start.replace(tzinfo=None)).alias("at"))


def bucket_end(width: str) -> pl.Expr:
    """Return the end of each row's bucket as a JSON string."""
    return pl.col("at").dt.offset_by(width).dt.strftime('"%Y-%m-%dT%H:%M:%SZ"')


def flat_page(
    call: Call, limit: int, found: Prepared, more: Mapping[str, object] | None = None
) -> bytes:
    """Return the asked page of rows.

    Deleted users are left out, if asked, after paging: such a page is short and has a successor.
    """
    offset = call.offset()
    end = offset + limit
    skip = call.query.flag("exclude_deleted_users")
    chosen = zip(found.lines[offset:end], found.deleted[offset:end], strict=True)
    lines = (line for line, gone in chosen if not (skip and gone))
    following = call.next_page(end, len(found.lines))
    return page(text.array(lines), call, following, watermark=True, more=more)


def bucket_page(
    call: Call,
    starts: list[datetime],
    width: str,
    limit: int,
    texts: Mapping[datetime, str],
    more: Mapping[str, object] | None = None,
    *,
    watermark: bool = False,
) -> bytes:
    """Return the asked page of buckets, empty ones included; `texts` has naive UTC keys."""
    offset = call.offset()
    lines = [
        f'{{"starting_at":{text.stamp(at)},"ending_at":{text.stamp(at + WIDTHS[width])},'
        f'"results":[{texts.get(at.replace(tzinfo=None), "")}]}}'
        for at in starts[offset : offset + limit]
    ]
    following = call.next_page(offset + limit, len(starts))
    return page(text.array(lines), call, following, watermark=watermark, more=more)


def bucket_texts(sums: pl.DataFrame, row: pl.Expr) -> dict[datetime, str]:
    """Return the joined row texts of every bucket `at`, in the order of the rows."""
    if sums.is_empty():
        return {}
    lines = sums.select("at", row.alias("line")).group_by("at", maintain_order=True)
    return dict(lines.agg(pl.col("line").str.join(",")).iter_rows())


def page_range(call: Call, span: Range, limit: int) -> Range:
    """Return the part of a range that the asked page shows; days are read all at once."""
    starts = span.buckets()[call.offset() :][:limit]
    if span.width == "1d" or not starts:
        return span
    return Range(starts[0], starts[-1] + WIDTHS[str(span.width)], span.width)
