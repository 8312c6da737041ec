"""What a window must satisfy before and after it is written."""

import polars as pl
from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session

from core import money
from core.calendar import Span
from core.errors import AmountRefused, LedgerRefuses
from core.ledger.cuts import CUTS
from core.ledger.days import number
from core.ledger.frame import KEY, MEASURES
from core.ledger.tables import FACTS, Series, table

_CUTS = {cut.name: (cut.protocol, cut.family) for cut in CUTS}
_NOTHING = "Nothing of this window was written; what was kept before still stands."


def complete(frame: pl.DataFrame, family: str) -> None:
    """Refuse rows without a day, a key or (cost) an amount; raises LedgerRefuses."""
    needed = ["day", *KEY, *(["amount"] if family == "cost" else [])]
    nulls = frame.select(needed).null_count().row(0, named=True)
    found = [name for name, count in nulls.items() if count]
    if found:
        raise LedgerRefuses(
            f"Rows of {family} came without {' and '.join(found)}.",
            "A missing dimension is written as an empty text, a missing amount is no amount.",
            f"{_NOTHING} Please report this.",
            code="rows_incomplete",
        )


def fits(frame: pl.DataFrame, family: str) -> None:
    """Refuse a frame whose sums could leave 64 bits; raises AmountRefused."""
    # Sums of Int64 wrap around without a word, hence 128 bits here.
    sizes = frame.select(
        pl.col(m).cast(pl.Int128).abs().sum().alias(m) for m in MEASURES[family]
    ).row(0, named=True)
    for measure, size in sizes.items():
        if size > money.LARGEST:
            raise AmountRefused(
                f"The window's {measure} is too large to be kept exactly.",
                f"Its absolute values sum to {size}, more than 64 bits hold.",
                f"{_NOTHING} Please report this; no real bill is so large.",
            )


def belongs(frame: pl.DataFrame, family: str, protocol: str, span: Span) -> None:
    """Refuse rows of other days or of another source's cuts; raises LedgerRefuses."""
    outside = frame.filter(~pl.col("day").is_between(span.start, span.end, closed="left"))
    if not outside.is_empty():
        named = outside.select(pl.col("day").min()).item()
        raise LedgerRefuses(
            f"An answer for {span} holds figures of {named}.",
            "Figures may only be replaced for days that were asked for.",
            f"{_NOTHING} Sync again; if it stays, report it.",
            code="day_outside_window",
        )
    for cut in frame["cut"].unique():
        if _CUTS.get(cut) != (protocol, family):
            raise LedgerRefuses(
                f"Rows of the cut {cut!r} do not belong to {protocol} {family}.",
                "Each cut belongs to one protocol and one family.",
                f"{_NOTHING} Please report this.",
                code="foreign_cut",
            )


def adds_up(frame: pl.DataFrame, days: pl.DataFrame, family: str) -> None:
    """Refuse a cut that does not sum to its day's total, day by day; raises LedgerRefuses.

    A cut without any row in the window was not asked for, and is not checked.
    """
    measure = MEASURES[family][0]
    parts = frame.group_by("cut", "day").agg(pl.col(measure).sum().alias("parts"))
    every = frame.select("cut").unique().join(days.select("day", "total"), how="cross")
    both = every.join(parts, on=("cut", "day"), how="full", coalesce=True).with_columns(
        pl.col("total", "parts").fill_null(0)
    )
    wrong = both.filter(pl.col("total") != pl.col("parts")).sort("day", "cut")
    if not wrong.is_empty():
        cut, day, total, sums = wrong.select("cut", "day", "total", "parts").row(0)
        raise LedgerRefuses(
            f"The parts of {cut} on {day} do not sum to the source's total.",
            f"They sum to {sums}; the total is {total}. {wrong.height} such day(s).",
            f"{_NOTHING} Sync again; if it stays, report it.",
            code="parts_differ_from_total",
        )


def written(
    session: Session, connection_id: int, family: str, span: Span, rows: pl.DataFrame
) -> None:
    """Read the window back and compare it with what came; raises LedgerRefuses.

    `rows` holds `cut` and the family's measures, one row a fact. Compared are how many facts
    are stored, and what they sum to cut by cut.
    """
    c, measure = table(FACTS[family]).c, MEASURES[family][0]
    came = rows.group_by("cut").agg(pl.col(measure).sum().alias("sum")).sort("cut")
    sums: list[ColumnElement[int]] = []
    for cut in came["cut"]:
        inside = c.series_id.in_(_series(connection_id).where(table(Series).c.cut == cut))
        sums.append(func.coalesce(func.sum(c[measure]).filter(inside), 0))
    wanted = select(
        func.count().filter(c.series_id.in_(_series(connection_id))),
        *sums,
    ).where(c.day >= number(span.start), c.day < number(span.end))
    found = [int(value) for value in session.execute(wanted).one()]
    expected = [rows.height, *came["sum"]]
    if found != expected:
        raise LedgerRefuses(
            "What was written is not what came.",
            f"Stored count and sums {found}, expected {expected}.",
            f"{_NOTHING} Run `claude-spend doctor`; the database may be damaged.",
            code="control_sum_differs",
        )


def _series(connection_id: int) -> Select[int]:
    c = table(Series).c
    return select(c.id).where(c.connection_id == connection_id)
