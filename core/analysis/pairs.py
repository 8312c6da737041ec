"""A Platform and an Enterprise connection side by side: what proves, confirms and decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import polars as pl

from core.analysis import counting, evidence, identity
from core.analysis.claims import PARTS
from core.analysis.coverage import day_states, last_fetch
from core.analysis.evidence import CELL
from core.analysis.overlap import Totals, totals
from core.analysis.query import Query
from core.calendar import Span
from core.ledger.book import Book, ConnectionRow
from core.ledger.words import PairRow, Word

CAUSES: dict[str, str] = {
    "capped": "A report of this day was cut off, or left a part that it attributes to nothing.",
    "read_apart": "The sides were read at different times, and the day could still be revised: one "
    "has seen a restatement, the other not yet. Sync both.",
    "not_final": "The day is not final; Anthropic may still revise either side.",
    "one_side": "Only one of the two reports has it, though both are final.",
    "unexplained": "Both reports are final and differ.",
}
"""Why a cell is likely to differ, in the order of the test."""

APART = timedelta(hours=1)
"""Sides whose data is closer in time have most likely seen the same revisions."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of two connections, on the days of a span; costs in units of 1e-8 cents.

    `rule` is the identity that proves shared usage (None: none does), `workspaces` how many both
    sides name. `word` is the user's. `proven_days` are days on which equal amounts alone prove it.
    Of the cells that the Enterprise side has of shared usage, `equal` of `cells` are the same on
    the Platform side, `equal_amount` of `amount`. `differing`: `day`, the dimensions of CELL that
    both know (text), `enterprise`, `platform` (Int64, null for no row), `delta` (platform less
    enterprise) and `cause` (of CAUSES), the largest first.
    """

    platform: ConnectionRow
    enterprise: ConnectionRow
    rule: str | None
    workspaces: int
    word: Word | None
    proven_days: int
    cells: int
    equal: int
    amount: int
    equal_amount: int
    differing: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Effect:
    """A question's totals as they are, and as they would be with another word."""

    before: Totals
    after: Totals

    @property
    def change(self) -> int:
        """Return by how much the total counted once would rise."""
        return self.after.counted_once - self.before.counted_once


def pairs(book: Book, span: Span) -> Iterator[Pair]:
    """Yield every Platform connection with every Enterprise connection, by their ids."""
    for platform_id, enterprise_id in counting.pairs(book):
        yield pair(book, platform_id, enterprise_id, span)


def pair(book: Book, platform_id: int, enterprise_id: int, span: Span) -> Pair:
    """Return what is known of two connections on the days of a span."""
    rows = {c.id: c for c in book.connections}
    proof = identity.pair_proof(book, "cost", platform_id, enterprise_id)
    known = identity.workspaces(book)
    cells = _cells(book, platform_id, enterprise_id, span)
    mine = cells.filter(pl.col("enterprise").is_not_null())
    same = mine.filter("equal")
    days = evidence.proven(book, platform_id, enterprise_id).values()
    return Pair(
        rows[platform_id],
        rows[enterprise_id],
        proof.rule if proof else None,
        len(known[platform_id] & known[enterprise_id]),
        counting.word(book, platform_id, enterprise_id),
        len({day for some in days for day in some if day in span}),
        mine.height,
        same.height,
        int(mine["enterprise"].sum()),
        int(same["enterprise"].sum()),
        _differing(book, cells, platform_id, enterprise_id, span),
    )


def effect(
    book: Book, platform_id: int, enterprise_id: int, word: Word | None, query: Query
) -> Effect:
    """Return what a word would do to a question's totals; None takes back what was said.

    Nothing is stored. A word holds for all connections to the same books.
    """
    together = counting.companions(book, (platform_id, enterprise_id))
    others = tuple(
        said for said in book.words if (said.platform_id, said.enterprise_id) not in together
    )
    given = (PairRow(platform_id, enterprise_id, word),) if word else ()
    plain = replace(query, by=(), basis="reported")
    return Effect(totals(book, plain), totals(book.with_words((*others, *given)), plain))


def _cells(book: Book, platform_id: int, enterprise_id: int, span: Span) -> pl.DataFrame:
    """Return the cells of usage that is shared, or that comes close to being so."""
    near = evidence.close(book, platform_id, enterprise_id)
    found = [pl.DataFrame(schema=_CELLS)]
    for part in PARTS:
        for one in evidence.compared(book, platform_id, enterprise_id, "cost", part):
            cells = one.cells.filter(pl.col("day").is_between(span.start, span.end, closed="left"))
            if part == "open":
                # The Platform's other usage is no part of what nothing says whose it is.
                mine = pl.col("candidate").is_in(sorted(near)) & pl.col("enterprise").is_not_null()
                cells = cells.filter(mine)
            found.append(cells.drop("candidate"))
    return pl.concat(found, how="diagonal")


_CELLS = {
    "day": pl.Date, **dict.fromkeys(CELL, pl.String),
    "enterprise": pl.Int64, "platform": pl.Int64, "equal": pl.Boolean,
}  # fmt: skip


def _differing(
    book: Book, cells: pl.DataFrame, platform_id: int, enterprise_id: int, span: Span
) -> pl.DataFrame:
    differing = cells.filter(~pl.col("equal"))
    for side, number in (("p", platform_id), ("e", enterprise_id)):
        days = _days(book, number, span)
        named = days.rename({name: f"{name}_{side}" for name in days.columns if name != "day"})
        differing = differing.join(named, on="day", how="left")
    known = [d for d in CELL if differing[d].is_not_null().any()]
    amounts = [pl.col(side).fill_null(0) for side in ("platform", "enterprise")]
    told = differing.select(
        "day",
        *known,
        "enterprise",
        "platform",
        (amounts[0] - amounts[1]).alias("delta"),
        _cause().alias("cause"),
    )
    order = [pl.col("delta").abs().neg(), pl.col("day"), *(pl.col(d) for d in known)]
    return told.sort(order)


def _days(book: Book, connection_id: int, span: Span) -> pl.DataFrame:
    rows = [c for c in book.connections if c.id == connection_id]
    states = day_states(book, span, "cost", rows, last_fetch(book))
    return states.select(
        "day",
        "final",
        pl.coalesce("data_refreshed_at", "fetched_at").alias("stamp"),
        (pl.col("capped") | (pl.col("not_attributed") != 0)).alias("cut"),
    )


def _cause() -> pl.Expr:
    final = pl.col("final_p") & pl.col("final_e")
    apart = (pl.col("stamp_p") - pl.col("stamp_e")).abs() > APART
    missing = pl.col("enterprise").is_null() | pl.col("platform").is_null()
    return (
        pl.when(pl.col("cut_p") | pl.col("cut_e")).then(pl.lit("capped"))
        .when(~final & apart).then(pl.lit("read_apart"))
        .when(~final).then(pl.lit("not_final"))
        .when(missing).then(pl.lit("one_side"))
        .otherwise(pl.lit("unexplained"))
    )  # fmt: skip
