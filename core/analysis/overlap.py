"""Which amounts stand in two connections' books, decided whole, by dimension, by identity.

The ledger keeps both as reported. An Enterprise row that identity proves to be Platform usage of
a connected Platform organization is counted on the Platform side; of two connections to the same
books one is counted. Amounts are never compared to decide, and never subtracted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from core.analysis import filters, identity
from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.scope import scope
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE, NOT_ATTRIBUTED, Cut

CLASSES = ("platform_only", "enterprise_only", "both", "unmatched")

RULES: dict[str, tuple[str, str]] = {
    "same_books": (
        "both",
        "Another connection of the same kind reports the same organization; one is counted.",
    ),
    "same_organization": (
        "both",
        "Platform usage by its workspace, product or API key, and both connections report the "
        "same organization; counted on the Platform side.",
    ),
    "workspace": (
        "both",
        "The workspace belongs to a connected Platform organization; counted on that side.",
    ),
    "platform": ("platform_only", "Only the Platform connection reports it."),
    "platform_day_missing": (
        "enterprise_only",
        "Platform usage, but the Platform connection has no data of this day; counted here until "
        "it has.",
    ),
    "not_attributed": (
        "enterprise_only",
        "Completes the report to its own total; it has no dimension to go by.",
    ),
    "default_workspace": (
        "unmatched",
        "The workspace may be the default workspace of a connected Platform organization, whose "
        "id is not known.",
    ),
    "platform_product": (
        "unmatched",
        "Platform usage by its product, but no workspace says of which organization.",
    ),
    "elsewhere": (
        "enterprise_only",
        "Platform usage of an organization that no Platform connection reports.",
    ),
    "enterprise": ("enterprise_only", "Enterprise usage: no workspace and no API key."),
}
"""Each rule's class, and the reason in the user's words."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Both sides' books and what they share: platform + enterprise - counted_twice = counted_once.

    In the units of the query's measure; what a source does not know is left out of all four.
    """

    platform: int
    enterprise: int
    counted_twice: int
    counted_once: int


def totals(book: Book, query: Query) -> Totals:
    """Return a query's total on each side, and how much of it is booked twice."""
    sides = ask(book, replace(query, by=("source",), basis="reported")).frame
    by_side = dict(zip(sides["source"], sides["value"], strict=True))
    return Totals(
        by_side.get("platform", 0),
        by_side.get("enterprise", 0),
        ask(book, replace(query, by=(), basis="counted_twice")).total,
        ask(book, replace(query, by=(), basis="counted_once")).total,
    )


def classify(book: Book, query: Query) -> pl.DataFrame:
    """Return every reported row of a question's span and filters with the rule that decides it.

    Columns: `day`, `connection_id`, `cut`, the cut's dimensions that the rules, `by` and `where`
    name (text), the query's measure as `value`, `rule` (of RULES), `class` (of CLASSES),
    `partner_id` (the other connection, or null) and `counted` (in counted_once).
    """
    about = scope(book, query)
    wanted = filters.alternatives(book, query)
    parts = [_classified(book, query, cut, about.ids, wanted) for cut in about.cuts]
    return pl.concat([p for p in parts if p is not None] or [pl.DataFrame()], how="diagonal")


def _classified(
    book: Book, query: Query, cut: Cut, ids: list[int], wanted: dict[str, frozenset[str]]
) -> pl.DataFrame | None:
    tests = filters.matches(cut, wanted)
    if tests is None:
        return None
    telling = [d for d in identity.TELLING if d in cut.dims]
    dims = list(dict.fromkeys([*telling, *(d for d in (*query.by, *wanted) if d in cut.dims)]))
    rows = book.rows(query.family, [cut.name], dims, query.span).filter(
        *tests, *filters.days(query), pl.col("connection_id").is_in(ids)
    )
    rule, partner, counted = pl.lit("enterprise"), pl.lit(None, pl.Int64), pl.lit(value=True)
    if cut.kind == "platform":
        rule = pl.lit("platform")
    # The first test that holds decides, so the chain is built from its end.
    for test, name, other in reversed(list(_tests(book, cut))):
        rule = pl.when(test).then(pl.lit(name)).otherwise(rule)
        partner = pl.when(test).then(pl.lit(other, pl.Int64)).otherwise(partner)
    double = identity.double(book, cut)
    if double is not None:
        counted = ~double
    classes = {name: kind for name, (kind, _) in RULES.items()}
    return rows.select(
        "day",
        "connection_id",
        pl.col("cut", *dims).cast(pl.String),
        pl.col(query.column).alias("value"),
        rule.alias("rule"),
        partner.alias("partner_id"),
        counted.alias("counted"),
    ).with_columns(pl.col("rule").replace_strict(classes, return_dtype=pl.String).alias("class"))


def _tests(book: Book, cut: Cut) -> Iterator[tuple[pl.Expr, str, int | None]]:
    """Yield the tests on a cut's rows in their order, each with its rule and the partner."""
    about = identity.about(book, cut)
    yield from ((p.predicate(cut), p.rule, p.partner_id) for p in about)
    if cut.kind == "platform":
        yield from _mirrored(book, cut)
        return
    usage, platforms = identity.platform_usage(cut), _platforms(book)
    known = "workspace" in cut.dims
    real = ~pl.col("workspace").is_in(identity.NOWHERE) if known else pl.lit(value=False)
    yield pl.col("workspace" if known else "product") == NOT_ATTRIBUTED, "not_attributed", None
    for proof in about:
        if proof.days is not None and proof.rule != "same_books":
            yield proof.rows(cut), "platform_day_missing", proof.partner_id
    for platform_id in platforms:
        if DEFAULT_WORKSPACE in identity.mentioned(book)[platform_id]:
            yield real, "default_workspace", platform_id
    if platforms:
        yield usage & ~real, "platform_product", None
    yield usage, "elsewhere", None


def _mirrored(book: Book, cut: Cut) -> Iterator[tuple[pl.Expr, str, int | None]]:
    """Yield, for Platform rows, the tests for standing in an Enterprise connection's books too."""
    if "workspace" not in cut.dims:
        return
    kinds = {c.id: c.kind for c in book.connections}
    for proof in identity.proofs(book, cut.family):
        if (kinds[proof.connection_id], kinds[proof.partner_id]) == ("enterprise", "platform"):
            there = identity.presence(book, cut.family)[proof.connection_id]
            test = (
                (pl.col("connection_id") == proof.partner_id)
                & pl.col("workspace").is_in(sorted(_seen(book, proof)))
                & pl.col("day").is_in(sorted(there))
            )
            yield test, proof.rule, proof.connection_id


def _seen(book: Book, proof: identity.Proof) -> frozenset[str]:
    """Return the Platform side's workspaces that the Enterprise side mentions too."""
    known = identity.workspaces(book)
    seen, theirs = known[proof.connection_id], known[proof.partner_id]
    # In one organization a workspace that the Platform side cannot name is the default one.
    unnamed = proof.rule == "same_organization" and bool(seen - theirs)
    return seen | {DEFAULT_WORKSPACE} if unnamed else seen


def _platforms(book: Book) -> list[int]:
    return [c.id for c in book.connections if c.kind == "platform"]
