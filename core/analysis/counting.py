"""Which rows are counted at another connection, and what keeps every total one and the same.

The claims of a book never go in a circle, so that of the connections that report a dollar there
is always one at which it is counted.
"""

from collections.abc import Iterable, Iterator

import polars as pl

from core.analysis import claims as claiming
from core.analysis import identity
from core.analysis.claims import Claim, Pair
from core.analysis.memo import per_book
from core.ledger.book import Book
from core.ledger.cuts import DIMENSIONS, NOT_ATTRIBUTED, Cut, Family, primary
from core.ledger.frame import MEASURES
from core.ledger.words import Word

SETTLED_BY: dict[Family, tuple[str, ...]] = {"cost": (), "usage": ("operation", "token_type")}
"""What a completing row of a cut still knows, beside its day."""

_BY_WORD = ("word_enterprise", "word_platform", "word_match")


def pairs(book: Book) -> list[Pair]:
    """Return every Platform connection with every Enterprise connection, by id."""
    ids = {k: [c.id for c in book.connections if c.kind == k] for k in ("platform", "enterprise")}
    return [(p, e) for p in ids["platform"] for e in ids["enterprise"]]


def companions(book: Book, pair: Pair) -> list[Pair]:
    """Return a pair, and every pair of connections to the same books as its own."""
    rows = {c.id: c for c in book.connections}

    def same(other: Pair) -> bool:
        return all(identity.same_books(rows[a], rows[b]) for a, b in zip(pair, other, strict=True))

    return [other for other in pairs(book) if same(other)]


def word(book: Book, platform_id: int, enterprise_id: int) -> Word | None:
    """Return the user's word on a pair; connections to the same books share the last one given."""
    together = companions(book, (platform_id, enterprise_id))
    said = (row for row in reversed(book.words) if (row.platform_id, row.enterprise_id) in together)
    return next((row.word for row in said), None)


@per_book
def claims(book: Book, family: Family) -> tuple[Claim, ...]:
    """Return every claim of one family of reports, in the order in which they decide."""
    proofs = identity.proofs(book, family)
    same = [claiming.same_books(p) for p in proofs if p.rule == "same_books"]
    made = [c for p in pairs(book) for c in claiming.of_pair(book, family, p, word(book, *p))]
    spoken = [claim for claim in made if claim.rule in _BY_WORD]
    found = [claim for claim in made if claim.rule not in _BY_WORD]
    # Where not all can stand, the user's words do first; what decides a row is another order.
    sound = list(_acyclic([*spoken, *same, *found]))
    return tuple(claim for claim in (*same, *found, *spoken) if claim in sound)


def about(book: Book, cut: Cut) -> list[Claim]:
    """Return the claims on a cut's rows, in the order in which they decide."""
    kinds = {c.id: c.kind for c in book.connections}
    return [c for c in claims(book, cut.family) if kinds[c.connection_id] == cut.kind]


def kept(book: Book, cut: Cut) -> list[Claim]:
    """Return the claims by which a cut's rows may count what another connection reports too."""
    kinds = {c.id: c.kind for c in book.connections}
    mine = (c for c in claims(book, cut.family) if kinds[c.partner_id] == cut.kind)
    return [claim for claim in mine if claim.mirror is not None]


def looked_at(book: Book, cut: Cut) -> list[str]:
    """Return the dimensions of a cut that any claim looks at, on either of its sides."""
    both = (*about(book, cut), *kept(book, cut))
    return sorted({d for claim in both for d in claim.dims} & cut.dims)


def telling(book: Book, cut: Cut) -> list[str]:
    """Return the dimensions of a cut that its claims look at: none where nothing is claimed."""
    named = {d for claim in about(book, cut) for d in claim.dims}
    return sorted(named & cut.dims)


def double(book: Book, cut: Cut) -> pl.Expr | None:
    """Return the predicate on a cut's rows that are counted elsewhere; None where there are none.

    The rows must have `day`, `connection_id` and the dimensions `telling`.
    """
    tests = [claim.rows(cut) for claim in about(book, cut)]
    return pl.any_horizontal(tests) if tests else None


@per_book
def settlement(book: Book, cut: Cut) -> pl.DataFrame:
    """Return the rows that make a cut exclude, in all, what the primary cut excludes.

    Cuts of the same days may attribute different parts of a total; without these rows a total
    counted once would depend on the cut. Ledger columns as text; empty in the ordinary case.
    """
    first = primary(cut.kind, cut.protocol, cut.family)
    measures, keys = MEASURES[cut.family], ["day", "connection_id", *SETTLED_BY[cut.family]]
    mine = _excluded(book, cut, keys).join(
        _excluded(book, first, keys), on=keys, how="full", coalesce=True, suffix="_first"
    )
    left = mine.select(
        *keys, *(pl.col(m).fill_null(0) - pl.col(f"{m}_first").fill_null(0) for m in measures)
    ).filter(pl.any_horizontal(pl.col(m) != 0 for m in measures))
    rest = [pl.lit(NOT_ATTRIBUTED).alias(d) for d in DIMENSIONS if d not in keys]
    return left.with_columns(pl.lit(cut.name).alias("cut"), *rest)


def _excluded(book: Book, cut: Cut, keys: list[str]) -> pl.DataFrame:
    dims = {*telling(book, cut), *SETTLED_BY[cut.family]}
    rows = book.rows(cut.family, [cut.name], dims)
    test = double(book, cut)
    rows = rows.filter(pl.lit(value=False) if test is None else test)
    text = [pl.col(k).cast(pl.String) for k in SETTLED_BY[cut.family]]
    sums = [pl.col(m).sum() for m in MEASURES[cut.family]]
    return rows.with_columns(text).group_by(keys).agg(sums)


def _acyclic(claims: Iterable[Claim]) -> Iterator[Claim]:
    """Yield the claims that can stand together, each unless it would close a circle."""
    reached: dict[int, set[int]] = {}
    for claim in claims:
        start, end = claim.connection_id, claim.partner_id
        beyond = {end} | reached.get(end, set())
        if start in beyond:
            continue
        for node, ends in reached.items():
            if start in ends or node == start:
                ends |= beyond
        reached.setdefault(start, set()).update(beyond)
        yield claim
