"""The runs of days that are forecast: of everything, and of a dimension's largest values."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from core.analysis.explore import ask
from core.analysis.forecast.known import Known
from core.analysis.query import NAMED, Query
from core.analysis.top import OTHER
from core.calendar import Span
from core.ledger.book import Book

LARGEST = 15
"""Values of a dimension that are forecast each; the others together are one line more."""

RANKED_BY = 90
"""Days by whose cost the largest values are found."""

REST = "other"
"""The `line` of what is left of a dimension beside its largest values."""


@dataclass(frozen=True)
class Part:
    """One run of days: everything, or one value of a dimension.

    `value` is None for everything and for what has no value; `line` says why it has none (as in
    `core.analysis.query.View`), `name` is what people call it. `cost` holds units of 1e-8 cents by
    day, of every connection; `live` those of the connections that go on. `members` are the values
    that the line REST stands for.
    """

    value: str | None
    line: str
    name: str
    cost: dict[date, int]
    live: dict[date, int]
    members: int = 1

    @property
    def key(self) -> str:
        """Return what tells this part from the others of its dimension."""
        return f"{self.value or ''}|{self.line}"

    def spent(self, span: Span) -> int:
        """Return what the days of a span have cost so far."""
        return sum(value for day, value in self.cost.items() if day in span)


def whole(
    book: Book,
    known: Known,
    span: Span,
    where: tuple[tuple[str, str | None], ...] = (),
    connections: tuple[str, ...] = (),
) -> Part:
    """Return everything that the days of a span cost, or what a filter leaves of it.

    `where` and `connections` as in `core.analysis.query.Query`, which raises what they cannot be.
    """
    query = Query(("day", "connection"), "cost", span, where, connections)
    return _part(ask(book, query).frame, known, None, "", "")


def parts(book: Book, known: Known, span: Span, dim: str) -> list[Part]:
    """Return a dimension's largest values and, as one more part, the rest of it.

    Their days sum to those of `whole`. Raises UnknownName for a word that is no dimension.
    """
    by = ("day", "connection") if dim == "connection" else ("day", "connection", dim)
    frame = ask(book, Query(by, "cost", span)).frame
    name = f"{dim}_name" if dim in NAMED else dim
    frame = frame.with_columns(
        pl.col(dim).cast(pl.String).fill_null("").alias("value of"),
        pl.col("line").fill_null("") if dim != "connection" else pl.lit("").alias("line"),
        _called(name, dim).alias("name of"),
    )
    # A value may have rows that another dimension's line explains; only a null needs a reason.
    frame = frame.with_columns(
        pl.when(pl.col("value of") == "").then(pl.col("line")).otherwise(pl.lit("")).alias("line")
    )
    ranked = _ranked(frame, known)
    rest = ranked[LARGEST:] if len(ranked) > LARGEST + 1 else []
    found = {key: _of(frame, known, key) for key in ranked[: len(ranked) - len(rest)]}
    made = list(found.values())
    if rest:
        wanted = pl.DataFrame(rest, schema=["value of", "line"], orient="row")
        others = frame.join(wanted, on=["value of", "line"], how="semi")
        made.append(replace(_part(others, known, None, REST, OTHER), members=len(rest)))
    return made


def _called(name: str, dim: str) -> pl.Expr:
    """Return what a row's value is called: its name, else its id, else why it has none."""
    return pl.coalesce(pl.col(name).cast(pl.String), pl.col(dim).cast(pl.String), pl.col("line"),
                       pl.lit(""))  # fmt: skip


def _ranked(frame: pl.DataFrame, known: Known) -> list[tuple[str, str]]:
    """Return every (value, line), that with the largest cost of the last days first."""
    since = known.as_of - timedelta(days=RANKED_BY)
    recent = pl.when(pl.col("day") >= since).then(pl.col("value")).otherwise(0)
    sizes = frame.group_by("value of", "line").agg(
        recent.sum().alias("recent"), pl.col("value").sum().alias("all")
    )
    order = sizes.sort("recent", "all", "value of", "line", descending=[True, True, False, False])
    return [(str(v), str(line)) for v, line in order.select("value of", "line").iter_rows()]


def _of(frame: pl.DataFrame, known: Known, key: tuple[str, str]) -> Part:
    value, line = key
    mine = frame.filter(pl.col("value of") == value, pl.col("line") == line)
    return _part(mine, known, value or None, line, str(mine["name of"][-1]))


def _part(frame: pl.DataFrame, known: Known, value: str | None, line: str, name: str) -> Part:
    going = frame.filter(pl.col("connection").cast(pl.String).is_in(list(known.live)))
    return Part(value, line, name, _by_day(frame), _by_day(going))


def _by_day(frame: pl.DataFrame) -> dict[date, int]:
    return dict(frame.group_by("day").agg(pl.col("value").sum()).sort("day").iter_rows())


def learned(parts: list[Part], known: Known) -> pl.DataFrame:
    """Return the runs of days to fit: `key`, `day`, `value`, one row a known day.

    A known day without cost is a zero; a part begins on the first day on which it cost
    anything, if there is one.
    """
    rows = []
    for part in parts:
        first = min((day for day in part.live if part.live[day]), default=known.first)
        rows += [(part.key, day, part.live.get(day, 0)) for day in known.days if day >= first]
    schema = {"key": pl.String, "day": pl.Date, "value": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
