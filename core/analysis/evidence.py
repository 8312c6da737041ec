"""Equal amounts: two connections' reports compared cell by cell, for one pair at a time.

Identity says which Enterprise rows are a Platform connection's usage; the cells confirm it. Where
the reports give no identity, the cells are the only ground: what equals the other side's amounts
to the last unit, in every cell of a day and in enough of them, is the same usage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Literal, get_args

import polars as pl

from core.analysis import identity
from core.analysis.cells import text
from core.analysis.memo import per_book
from core.ledger.book import Book
from core.ledger.cuts import (
    DEFAULT_WORKSPACE,
    NOT_ATTRIBUTED,
    Cut,
    Family,
    Kind,
    Protocol,
    cuts_of,
    primary,
)
from core.ledger.frame import OPERATIONS
from core.money import UNITS_PER_CENT

Part = Literal["identity", "open"]

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

CELL = ("model", "operation", "context_window", "inference_geo", "speed")
"""What a cell is made of beside its day, as far as every report of both sides knows it."""

COMPARED: dict[Family, tuple[str, ...]] = {
    "cost": ("amount",),
    "usage": ("tokens", "web_searches"),
}

UNNAMED = ("", "other")
"""Products of the Enterprise reports that say nothing of where the usage came from."""

ENOUGH = 12
"""So many different token amounts must be equal before equality proves anything.

Two unrelated amounts of a cent or more agree to 1e-8 cents about once in thousands of times; a
dozen that differ from each other, with nothing unequal beside them, never do. Small change does:
five web searches cost the same everywhere.
"""

TELLING = UNITS_PER_CENT
"""An amount below this proves nothing."""

NEAR = 100
"""Sums that differ by less than the hundredth part come close."""


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """The cells of one pair, of the days on which each side spoke one protocol.

    `cells`: `candidate` (the Enterprise row's workspace where that is what is open, else ''),
    `day`, `dims` (text), and the two sides' first measure as `enterprise` and `platform` (Int64,
    null where that side has no row), and `equal` in every measure.
    """

    part: Part
    dims: tuple[str, ...]
    cells: pl.DataFrame


def usage_of(book: Book, cut: Cut, part: Part, platform_id: int, enterprise_id: int) -> pl.Expr:
    """Return the predicate on an Enterprise cut's rows that may be a Platform connection's usage.

    `identity`: it is, by proof. `open`: nothing says whose it is.
    """
    mine = pl.col("connection_id") == enterprise_id
    proof = identity.pair_proof(book, cut.family, platform_id, enterprise_id)
    if part == "identity":
        return proof.rows(cut) if proof else pl.lit(value=False)
    if "workspace" not in cut.dims:
        return mine & pl.col("product").is_in(UNNAMED)
    return mine & ~_proven(book, cut, enterprise_id) & _unknown(book, cut, platform_id)


def mirror_of(book: Book, cut: Cut, part: Part, platform_id: int, enterprise_id: int) -> pl.Expr:
    """Return the predicate on a Platform cut's rows that stand against those of `usage_of`."""
    mine = pl.col("connection_id") == platform_id
    proof = identity.pair_proof(book, cut.family, platform_id, enterprise_id)
    if part == "identity":
        told = identity.seen(book, proof) if proof else frozenset()
        return mine & pl.col("workspace").is_in(sorted(told))
    # An Enterprise report that names no workspace may hold usage of any.
    unnamed = pl.col("day").is_in(sorted(spoken(book, enterprise_id, cut.family, "reports")))
    everything = unnamed & (pl.col("workspace") != NOT_ATTRIBUTED)
    return mine & (everything | (~unnamed & (pl.col("workspace") == DEFAULT_WORKSPACE)))


@per_book
def spoken(book: Book, connection_id: int, family: Family, protocol: Protocol) -> frozenset[date]:
    """Return the days of which a connection has data that it read by one protocol."""
    mine = (pl.col("connection_id") == connection_id) & (pl.col("family") == family)
    by = pl.col("protocol").cast(pl.String) == protocol
    return frozenset(book.days.filter(mine, by, pl.col("present"))["day"])


@per_book
def compared(
    book: Book, platform_id: int, enterprise_id: int, family: Family, part: Part
) -> tuple[Compared, ...]:
    """Return a pair's cells, for each combination of the two sides' protocols."""
    pair = (platform_id, enterprise_id)
    found = (_compare(book, pair, part, *cuts) for cuts in _cuts(book, pair, family))
    return tuple(one for one in found if one is not None)


@per_book
def proven(book: Book, platform_id: int, enterprise_id: int) -> dict[str, frozenset[date]]:
    """Return, by candidate, the days whose open cost equals the Platform's in every cell.

    Empty where too few amounts are equal to prove anything.
    """
    found: dict[str, frozenset[date]] = {}
    for one in compared(book, platform_id, enterprise_id, "cost", "open"):
        # A cell that only the Platform has says nothing against the others.
        mine = one.cells.filter(pl.col("enterprise").fill_null(0) != 0)
        whole = mine.filter(pl.col("equal").all().over("candidate", "day"))
        telling = whole.filter(_tells()).group_by("candidate").agg(pl.col("enterprise").n_unique())
        able = telling.filter(pl.col("enterprise") >= ENOUGH)["candidate"].to_list()
        for candidate in able:
            days = whole.filter(pl.col("candidate") == candidate)["day"]
            found[candidate] = found.get(candidate, frozenset()) | frozenset(days)
    return found


@per_book
def close(book: Book, platform_id: int, enterprise_id: int) -> frozenset[str]:
    """Return the candidates whose amounts come close to the Platform's, proven or not."""
    found = set(proven(book, platform_id, enterprise_id))
    for one in compared(book, platform_id, enterprise_id, "cost", "open"):
        shared = pl.col("enterprise").is_not_null() & pl.col("platform").is_not_null()
        sums = one.cells.group_by("candidate").agg(
            pl.col("enterprise").sum(),
            pl.col("platform").sum(),
            pl.col("enterprise").filter("equal").sum().alias("same"),
            pl.col("enterprise").filter(shared & _tells()).n_unique().alias("cells"),
        )
        gap = (pl.col("enterprise") - pl.col("platform")).abs()
        alike = (pl.col("same") * 2 >= pl.col("enterprise")) | (
            gap * NEAR < pl.col("enterprise").abs()
        )
        near = sums.filter(pl.col("cells") >= ENOUGH, pl.col("enterprise") != 0, alike)
        found |= set(near["candidate"])
    return frozenset(found)


def _tells() -> pl.Expr:
    tokens = pl.col("operation").is_in(sorted(OPERATIONS.values()))
    return tokens & (pl.col("enterprise").abs() >= TELLING)


def _proven(book: Book, cut: Cut, enterprise_id: int) -> pl.Expr:
    others = [p for p in identity.proofs(book, cut.family) if p.connection_id == enterprise_id]
    tests = [p.rows(cut) for p in others if p.rule != "same_books"]
    return pl.any_horizontal([pl.lit(value=False), *tests])


def _unknown(book: Book, cut: Cut, platform_id: int) -> pl.Expr:
    """Return the predicate on rows of a workspace that may be a Platform's default workspace."""
    if DEFAULT_WORKSPACE not in identity.mentioned(book)[platform_id]:
        return pl.lit(value=False)
    return identity.platform_usage(cut) & ~pl.col("workspace").is_in(identity.NOWHERE)


def _cuts(book: Book, pair: tuple[int, int], family: Family) -> Iterator[tuple[Cut, Cut]]:
    """Yield the cuts to compare, for each combination of the protocols that were spoken."""
    for enterprise, platform in product(PROTOCOLS, PROTOCOLS):
        if _shared_days(book, pair, family, enterprise, platform):
            own = primary("enterprise", enterprise, family)
            dims = set(_dims(family, enterprise))
            theirs = cuts_of("platform", platform, family)
            yield max(theirs, key=lambda cut: len(cut.dims & dims)), own


def _dims(family: Family, protocol: Protocol) -> list[str]:
    """Return what all Enterprise reports of a protocol know, so that each can be held to a cell."""
    kind: Kind = "enterprise"
    return [d for d in CELL if all(d in cut.dims for cut in cuts_of(kind, protocol, family))]


def _compare(
    book: Book, pair: tuple[int, int], part: Part, theirs: Cut, own: Cut
) -> Compared | None:
    dims = [d for d in _dims(own.family, own.protocol) if d in theirs.dims]
    named = "workspace" if part == "open" and "workspace" in own.dims else None
    candidate = (pl.col(named).cast(pl.String) if named else pl.lit("")).alias("candidate")
    days = _shared_days(book, pair, own.family, own.protocol, theirs.protocol)
    on_days = pl.col("day").is_in(sorted(days))
    test = usage_of(book, own, part, *pair)
    needed = {*dims, *identity.TELLING} & own.dims
    mine = book.rows(own.family, [own.name], needed).filter(on_days, test)
    if mine.is_empty():
        return None
    test = mirror_of(book, theirs, part, *pair)
    other = book.rows(own.family, [theirs.name], {*dims, "workspace"})
    return Compared(part, tuple(dims), _joined(
        _summed(mine, own.family, dims, [candidate]),
        _summed(other.filter(on_days, test), own.family, dims, []), own.family, dims,
    ))  # fmt: skip


def _shared_days(
    book: Book, pair: tuple[int, int], family: Family, enterprise: Protocol, platform: Protocol
) -> frozenset[date]:
    mine = spoken(book, pair[1], family, enterprise)
    return mine & spoken(book, pair[0], family, platform)


def _summed(
    rows: pl.DataFrame, family: Family, dims: list[str], more: list[pl.Expr]
) -> pl.DataFrame:
    keys = [*more, pl.col("day"), *(text(d) for d in dims)]
    sums = [pl.col(m).sum() for m in COMPARED[family]]
    summed = rows.lazy().group_by(keys).agg(sums)
    return summed.filter(pl.any_horizontal(pl.col(m) != 0 for m in COMPARED[family])).collect()


def _joined(
    mine: pl.DataFrame, other: pl.DataFrame, family: Family, dims: list[str]
) -> pl.DataFrame:
    """Set each candidate's cells against the Platform's.

    What only the Platform has stands with the only candidate; of several, none can claim it.
    """
    measures, keys = COMPARED[family], ["day", *dims]
    both = mine.join(other, on=keys, how="left", suffix="_platform")
    alone = mine["candidate"].unique()
    if len(alone) == 1:
        rest = other.join(mine, on=keys, how="anti").rename({m: f"{m}_platform" for m in measures})
        both = pl.concat([both, rest.with_columns(pl.lit(alone[0]).alias("candidate"))],
                         how="diagonal")  # fmt: skip
    same = [pl.col(m).eq_missing(pl.col(f"{m}_platform")) for m in measures]
    return both.select(
        "candidate",
        *keys,
        pl.col(measures[0]).alias("enterprise"),
        pl.col(f"{measures[0]}_platform").alias("platform"),
        pl.all_horizontal(same).alias("equal"),
    ).sort("candidate", *keys)
