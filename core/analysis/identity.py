"""What identity proves: which rows of one connection stand in another connection's books too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

import polars as pl

from core.analysis.memo import per_book
from core.ledger.book import Book, ConnectionRow
from core.ledger.cuts import (
    DEFAULT_WORKSPACE,
    NO_KEY,
    NOT_ATTRIBUTED,
    Cut,
    Family,
    Kind,
    Protocol,
    primary,
)

Rule = Literal["same_books", "same_organization", "workspace"]

PLATFORM_PRODUCTS = ("claude_console", "messages_api", "message_batches_api", "managed_agents_api")
"""Products that exist on the Claude Platform only."""

TELLING = ("workspace", "product", "api_key")
"""The dimensions that tell Platform usage from Enterprise usage, where a cut knows them."""

NOWHERE = ("", NO_KEY, DEFAULT_WORKSPACE, NOT_ATTRIBUTED)


@dataclass(frozen=True, slots=True)
class Proof:
    """Rows of `connection_id` that stand in the books of `partner_id` as well."""

    rule: Rule
    connection_id: int
    partner_id: int
    workspaces: frozenset[str] = frozenset()
    days: frozenset[date] | None = None
    """Days of which the partner has data; None: all days that the connection has."""

    def rows(self, cut: Cut) -> pl.Expr:
        """Return the predicate on a cut's rows, whatever the day."""
        mine = pl.col("connection_id") == self.connection_id
        if self.rule == "same_books":
            return mine
        if self.rule == "same_organization":
            return mine & platform_usage(cut)
        if "workspace" not in cut.dims:
            return pl.lit(value=False)
        return mine & pl.col("workspace").is_in(sorted(self.workspaces))

    def predicate(self, cut: Cut) -> pl.Expr:
        """Return the predicate on a cut's rows that are counted at the partner's."""
        if self.days is None:
            return self.rows(cut)
        return self.rows(cut) & pl.col("day").is_in(sorted(self.days))


def platform_usage(cut: Cut) -> pl.Expr:
    """Return the predicate on an Enterprise cut's rows that can only be Platform usage."""
    tests = [pl.lit(value=False)]
    if "workspace" in cut.dims:
        tests.append(~pl.col("workspace").is_in(NOWHERE))
    if "product" in cut.dims:
        tests.append(pl.col("product").is_in(PLATFORM_PRODUCTS))
    if "api_key" in cut.dims:
        tests.append(~pl.col("api_key").is_in(NOWHERE))
    return pl.any_horizontal(tests)


@per_book
def presence(book: Book, family: Family) -> dict[int, frozenset[date]]:
    """Return the days of which each connection has data."""
    there = book.days.filter(pl.col("present"), pl.col("family") == family)
    days = there.group_by("connection_id").agg("day")
    found = {int(i): frozenset(d) for i, d in days.iter_rows()}
    return {c.id: found.get(c.id, frozenset()) for c in book.connections}


def workspaces(book: Book) -> dict[int, frozenset[str]]:
    """Return the workspaces that each connection's facts or directory mention, by id."""
    return {i: ids - set(NOWHERE) for i, ids in mentioned(book).items()}


@per_book
def mentioned(book: Book) -> dict[int, frozenset[str]]:
    """Return the workspaces of each connection as the ledger writes them, what is null included."""
    found: dict[int, set[str]] = {c.id: set() for c in book.connections}
    for cut in _primaries():
        rows = book.rows(cut.family, [cut.name], ["workspace"])
        pairs = rows.select("connection_id", pl.col("workspace").cast(pl.String)).unique()
        for connection_id, workspace in pairs.iter_rows():
            found.setdefault(connection_id, set()).add(workspace)
    for connection_id, kind, name_id in book.names:
        if kind == "workspace":
            found.setdefault(connection_id, set()).add(name_id)
    return {i: frozenset(ids) for i, ids in found.items()}


@per_book
def proofs(book: Book, family: Family) -> tuple[Proof, ...]:
    """Return every double booking that identity proves, for one family of reports."""
    return tuple(_proofs(book, family))


def seen(book: Book, proof: Proof) -> frozenset[str]:
    """Return the Platform side's workspaces that the Enterprise side of a proof mentions too."""
    known = workspaces(book)
    told, theirs = known[proof.connection_id], known[proof.partner_id]
    # In one organization a workspace that the Platform side cannot name is the default one.
    unnamed = proof.rule == "same_organization" and bool(told - theirs)
    return told | {DEFAULT_WORKSPACE} if unnamed else told


def pair_proof(book: Book, family: Family, platform_id: int, enterprise_id: int) -> Proof | None:
    """Return what identity proves of an Enterprise and a Platform connection, or None."""
    pair = (enterprise_id, platform_id)
    found = (p for p in proofs(book, family) if (p.connection_id, p.partner_id) == pair)
    return next(found, None)


def same_books(one: ConnectionRow, other: ConnectionRow) -> bool:
    """Say whether two connections report one organization from the same side."""
    return one.kind == other.kind and (one.id == other.id or _same_organization(one, other))


def _primaries() -> Iterator[Cut]:
    sources: tuple[tuple[Kind, Protocol], ...] = (
        ("platform", "reports"),
        ("platform", "unified"),
        ("enterprise", "unified"),
    )
    families: tuple[Family, ...] = ("cost", "usage")
    yield from (primary(*source, family) for source in sources for family in families)


def _proofs(book: Book, family: Family) -> Iterator[Proof]:
    # A connection in use stands before one that was disconnected, then the older before the newer.
    rows = sorted(book.connections, key=lambda c: (c.state == "disconnected", c.id))
    for earlier, later in combinations(rows, 2):
        if earlier.kind == later.kind and _same_organization(earlier, later):
            yield _proof(book, family, "same_books", later, earlier)
    for enterprise in (c for c in rows if c.kind == "enterprise"):
        for platform in (c for c in rows if c.kind == "platform"):
            shared = workspaces(book)[enterprise.id] & workspaces(book)[platform.id]
            if _same_organization(enterprise, platform):
                yield _proof(book, family, "same_organization", enterprise, platform)
            elif shared:
                yield _proof(book, family, "workspace", enterprise, platform, shared)


def _same_organization(one: ConnectionRow, other: ConnectionRow) -> bool:
    return bool(one.organization_id) and one.organization_id == other.organization_id


def _proof(
    book: Book, family: Family, rule: Rule, mine: ConnectionRow, partner: ConnectionRow,
    shared: frozenset[str] = frozenset(),
) -> Proof:  # fmt: skip
    held = frozenset(book.days.filter(
        pl.col("connection_id") == mine.id, pl.col("family") == family
    )["day"])  # fmt: skip
    there = presence(book, family)[partner.id]
    days = None if held <= there else there
    return Proof(rule, mine.id, partner.id, shared, days)
