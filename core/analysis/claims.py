"""What makes rows of one connection count at another: a proof, equal amounts, the user's word."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from core.analysis import evidence, identity
from core.analysis.cells import Cells
from core.analysis.evidence import CELL, Part, mirror_of, usage_of
from core.analysis.memo import per_book
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE, Cut, Family, primary
from core.ledger.frame import MEASURES
from core.ledger.words import Word

Test = Callable[[Cut], pl.Expr]
Pair = tuple[int, int]
"""A Platform connection's id and an Enterprise connection's."""

PARTS: tuple[Part, ...] = ("identity", "open")
_DIMS = (*identity.TELLING, *CELL)


@dataclass(frozen=True, eq=False, slots=True)
class Claim:
    """Rows of one connection that are counted at its partner's, by one rule.

    `rows` is the predicate on a cut of the connection's kind; `mirror`, on a cut of the partner's
    kind, tells what stands there for the same usage (None where nobody asks). `dims` are the
    dimensions that both look at.
    """

    rule: str
    connection_id: int
    partner_id: int
    rows: Test
    mirror: Test | None
    dims: tuple[str, ...]


def of_pair(book: Book, family: Family, pair: Pair, said: Word | None) -> list[Claim]:
    """Return the claims between a pair under the user's word, or without one."""
    if said == "independent":
        return []
    if said == "count_enterprise":
        return [_at_enterprise(book, family, pair)]
    if said == "match":
        return [_match(book, family, pair, part) for part in PARTS]
    found = [*_by_identity(book, family, pair), *_by_evidence(book, family, pair)]
    return [*found, _at_platform(book, family, pair)] if said == "count_platform" else found


def same_books(proof: identity.Proof) -> Claim:
    """Return the claim of two connections of one kind to one organization."""
    return Claim("same_books", proof.connection_id, proof.partner_id, proof.predicate, None, ())


def _by_identity(book: Book, family: Family, pair: Pair) -> Iterator[Claim]:
    proof = identity.pair_proof(book, family, *pair)
    if proof is None:
        return
    there = sorted(identity.presence(book, family)[pair[1]])

    def mirror(cut: Cut) -> pl.Expr:
        return mirror_of(book, cut, "identity", *pair) & pl.col("day").is_in(there)

    yield Claim(proof.rule, pair[1], pair[0], proof.predicate, mirror, identity.TELLING)


def _by_evidence(book: Book, family: Family, pair: Pair) -> Iterator[Claim]:
    there = identity.presence(book, family)[pair[0]]
    for candidate, days in evidence.proven(book, *pair).items():
        yield _equal(book, family, pair, candidate, days & there)


def _equal(book: Book, family: Family, pair: Pair, candidate: str, days: frozenset[date]) -> Claim:
    on = pl.col("day").is_in(sorted(days))

    def rows(cut: Cut) -> pl.Expr:
        whose = pl.col("workspace") == candidate if candidate else pl.lit(value=True)
        return usage_of(book, cut, "open", *pair) & whose & on

    def mirror(cut: Cut) -> pl.Expr:
        equal = _in(_equal_cells(book, family, pair, "open", candidate), cut)
        return mirror_of(book, cut, "open", *pair) & on & equal

    return Claim("equal_amounts", pair[1], pair[0], rows, mirror, _DIMS)


def _match(book: Book, family: Family, pair: Pair, part: Part) -> Claim:
    def rows(cut: Cut) -> pl.Expr:
        equal = _equal_cells(book, family, pair, part, None)
        return usage_of(book, cut, part, *pair) & _in(equal, cut)

    def mirror(cut: Cut) -> pl.Expr:
        equal = _equal_cells(book, family, pair, part, "")
        return mirror_of(book, cut, part, *pair) & _in(equal, cut)

    return Claim("word_match", pair[1], pair[0], rows, mirror, _DIMS)


def _at_platform(book: Book, family: Family, pair: Pair) -> Claim:
    there = sorted(identity.presence(book, family)[pair[0]])

    def rows(cut: Cut) -> pl.Expr:
        return usage_of(book, cut, "open", *pair) & pl.col("day").is_in(there)

    def mirror(cut: Cut) -> pl.Expr:
        days = pl.col("day").is_in(_open_days(book, family, pair))
        return mirror_of(book, cut, "open", *pair) & days

    return Claim("word_platform", pair[1], pair[0], rows, mirror, identity.TELLING)


def _at_enterprise(book: Book, family: Family, pair: Pair) -> Claim:
    there = sorted(identity.presence(book, family)[pair[0]])

    def rows(cut: Cut) -> pl.Expr:
        named = mirror_of(book, cut, "identity", *pair) & _in((_named(book, family, pair),), cut)
        days = pl.col("day").is_in(_open_days(book, family, pair))
        return named | (mirror_of(book, cut, "open", *pair) & days)

    def mirror(cut: Cut) -> pl.Expr:
        both = [usage_of(book, cut, part, *pair) for part in PARTS]
        return pl.any_horizontal(both) & pl.col("day").is_in(there)

    return Claim("word_enterprise", pair[0], pair[1], rows, mirror, identity.TELLING)


def _in(cells: tuple[Cells, ...], cut: Cut) -> pl.Expr:
    return pl.any_horizontal([pl.lit(value=False), *(some.hold(cut) for some in cells)])


@per_book
def _equal_cells(
    book: Book, family: Family, pair: Pair, part: Part, candidate: str | None
) -> tuple[Cells, ...]:
    """Return the cells that are equal on both sides.

    Without a candidate they tell the candidates apart, as the Enterprise side can; '' is any.
    """
    found = []
    for one in evidence.compared(book, *pair, family, part):
        cells = one.cells.with_columns(pl.col("equal").alias("chosen"))
        dims = one.dims
        if candidate is None and cells["candidate"].max() != "":
            cells, dims = cells.rename({"candidate": "workspace"}), ("workspace", *dims)
        elif candidate:
            cells = cells.filter(pl.col("candidate") == candidate)
        found.append(Cells(dims, cells.group_by("day", *dims).agg(pl.col("chosen").any())))
    return tuple(found)


@per_book
def _named(book: Book, family: Family, pair: Pair) -> Cells:
    """Return which of the Platform's workspaces the Enterprise side has rows of, day by day."""
    rows = _usage(book, family, pair, "identity")
    theirs = identity.workspaces(book)[pair[0]]
    proof = identity.pair_proof(book, family, *pair)
    name = pl.col("workspace")
    if proof and proof.rule == "same_organization":
        unnamed = ~name.is_in(sorted(theirs)) & ~name.is_in(identity.NOWHERE)
        name = pl.when(unnamed).then(pl.lit(DEFAULT_WORKSPACE)).otherwise(name)
    named = rows.select("day", name.alias("workspace")).unique()
    return Cells(("workspace",), named.with_columns(pl.lit(value=True).alias("chosen")))


@per_book
def _open_days(book: Book, family: Family, pair: Pair) -> list[date]:
    return sorted(_usage(book, family, pair, "open")["day"].unique())


def _usage(book: Book, family: Family, pair: Pair, part: Part) -> pl.DataFrame:
    """Return day and workspace (text) of the Enterprise rows of a part that are not zero."""
    some = pl.any_horizontal(pl.col(m).fill_null(0) != 0 for m in MEASURES[family])
    found = [pl.DataFrame(schema={"day": pl.Date, "workspace": pl.String})]
    for protocol in evidence.PROTOCOLS:
        cut = primary("enterprise", protocol, family)
        rows = book.rows(family, [cut.name], set(identity.TELLING) & cut.dims)
        kept = rows.filter(usage_of(book, cut, part, *pair), some)
        name = pl.col("workspace").cast(pl.String) if "workspace" in cut.dims else pl.lit("")
        found.append(kept.select("day", name.alias("workspace")))
    return pl.concat(found)
