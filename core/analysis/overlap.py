"""Which amounts stand in two connections' books, decided whole and by dimension.

The ledger keeps both as reported. An Enterprise row that identity proves to be Platform usage of
a connected Platform organization is counted on the Platform side; of two connections to the same
books one is counted. Where a report gives no identity, amounts decide that are equal in every
cell; what is left is the user's to decide. Amounts are never subtracted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from core.analysis import counting, evidence, filters, identity
from core.analysis.claims import PARTS, Pair
from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.scope import scope
from core.ledger.book import Book
from core.ledger.cuts import DEFAULT_WORKSPACE, NOT_ATTRIBUTED, Cut
from core.ledger.words import Word

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
    "equal_amounts": (
        "both",
        "Nothing says where this usage came from, but on these days every amount equals the "
        "Platform's to the last digit; counted on the Platform side.",
    ),
    "word_platform": (
        "both",
        "You said to count on the Platform side what both connections report.",
    ),
    "word_enterprise": (
        "both",
        "You said to count on the Enterprise side what both connections report.",
    ),
    "word_match": (
        "both",
        "You said to count once what is equal in both books; this is. Counted on the Platform "
        "side.",
    ),
    "word_differs": (
        "unmatched",
        "You said to count once only what is equal in both books; this is not, and stays counted.",
    ),
    "amounts_differ": (
        "unmatched",
        "Nothing says where this usage came from. Its amounts come close to the Platform's and "
        "are not equal; it stays counted until they are, or until you decide.",
    ),
    "word_independent": (
        "enterprise_only",
        "You said that the two connections report nothing in common.",
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
    asked = {*identity.TELLING, *counting.looked_at(book, cut), *query.by, *wanted}
    dims = sorted(asked & cut.dims)
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
    double = counting.double(book, cut)
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
    yield from ((c.rows(cut), c.rule, c.partner_id) for c in counting.about(book, cut))
    yield from ((c.mirror(cut), c.rule, c.connection_id) for c in counting.kept(book, cut)
                if c.mirror)  # fmt: skip
    if cut.kind == "platform":
        return
    first = "workspace" if "workspace" in cut.dims else "product"
    yield pl.col(first) == NOT_ATTRIBUTED, "not_attributed", None
    said = {pair: counting.word(book, *pair) for pair in counting.pairs(book)}
    apart = [pair for pair, word in said.items() if word == "independent"]
    yield from _beyond(book, cut, said)
    yield from _open(book, cut, [pair for pair in said if pair not in apart])
    for pair in apart:
        yield _any(book, cut, pair), "word_independent", pair[0]
    yield identity.platform_usage(cut), "elsewhere", None


def _beyond(
    book: Book, cut: Cut, said: dict[Pair, Word | None]
) -> Iterator[tuple[pl.Expr, str, int | None]]:
    """Yield the tests for what would be counted elsewhere, if the other side had the same."""
    for pair, word in said.items():
        proof = identity.pair_proof(book, cut.family, *pair)
        if word != "independent" and proof is not None and proof.days is not None:
            late = ~pl.col("day").is_in(sorted(proof.days))
            yield proof.rows(cut) & late, "platform_day_missing", pair[0]
        if word == "match":
            yield _any(book, cut, pair), "word_differs", pair[0]
        if word is None and (near := evidence.close(book, *pair)):
            which = pl.col("workspace") if "workspace" in cut.dims else pl.lit("")
            alike = which.cast(pl.String).is_in(sorted(near))
            yield evidence.usage_of(book, cut, "open", *pair) & alike, "amounts_differ", pair[0]


def _open(book: Book, cut: Cut, pairs: list[Pair]) -> Iterator[tuple[pl.Expr, str, int | None]]:
    """Yield the tests for Platform usage of which nothing says whose it is."""
    if "workspace" in cut.dims:
        real = ~pl.col("workspace").is_in(identity.NOWHERE)
    else:
        real = pl.lit(value=False)
    for platform_id, enterprise_id in pairs:
        if DEFAULT_WORKSPACE in identity.mentioned(book)[platform_id]:
            mine = pl.col("connection_id") == enterprise_id
            yield mine & real, "default_workspace", platform_id
    for enterprise_id in {enterprise for _, enterprise in pairs}:
        mine = pl.col("connection_id") == enterprise_id
        yield mine & identity.platform_usage(cut) & ~real, "platform_product", None


def _any(book: Book, cut: Cut, pair: Pair) -> pl.Expr:
    """Return the predicate on Enterprise rows that may be a Platform connection's usage."""
    return pl.any_horizontal([evidence.usage_of(book, cut, part, *pair) for part in PARTS])
