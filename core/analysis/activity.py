"""Tokens by type, the cache's share, and what people did, with its cost beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from core.analysis.explore import ask
from core.analysis.filters import known
from core.analysis.query import Query, View, one_of
from core.analysis.scope import connections as connections_of
from core.calendar import Span
from core.errors import Finding
from core.ledger.book import Book

READ = "cache_read_input_tokens"
INPUT = (
    "uncached_input_tokens",
    READ,
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)
"""Four disjoint counters: together they are all input."""

CODE = "claude_code"
CODE_METRICS = (
    "sessions", "lines_added", "lines_removed", "commits", "pull_requests", "accepted", "rejected",
)  # fmt: skip
METRICS = (*CODE_METRICS, "messages")
REPORTED_AS = {"messages": "message_count"}
"""What the API calls a metric, where it has another word."""

_WHO = {"user": pl.String, "user_name": pl.String}


@dataclass(frozen=True, slots=True)
class CacheShare:
    """Input tokens read from the cache, of all input tokens; exact."""

    read: int
    all_input: int

    @property
    def fraction(self) -> Fraction | None:
        """Return read / all_input, or None where there was no input."""
        return share(self.read, self.all_input)


@dataclass(frozen=True, slots=True)
class People:
    """One row a person (or key): user, user_name, cost (null: unknown) and the activity's counts.

    Columns: `user` (null for an API key, which is known by name only), `user_name`, `cost` (units
    of 1e-8 cents, null where no source gives the person's cost) and METRICS (Int64, null: not
    reported). The most expensive first, then by lines added.
    """

    frame: pl.DataFrame
    findings: list[Finding]
    costs: View
    """What the costs are taken from: the cost of the same days by user."""

    @property
    def connections(self) -> tuple[str, ...]:
        """Return the connections that were asked; empty for all."""
        return self.costs.query.connections


@dataclass(frozen=True, slots=True)
class Count:
    """A question about activity: how much of a metric, in some days, by everyone or one person.

    `person` is (user, user_name) as in People.frame: a user is meant by id, a key by name. Raises
    UnknownName for a metric that does not exist.
    """

    metric: str
    span: Span
    connections: tuple[str, ...] = ()
    person: tuple[str | None, str | None] | None = None

    def __post_init__(self) -> None:
        """Refuse words that the ledger does not know."""
        one_of(self.metric, METRICS, "metric")


def share(part: int, whole: int) -> Fraction | None:
    """Return part / whole, exact, or None where the whole is zero."""
    return Fraction(part, whole) if whole else None


def tokens_by_type(
    book: Book, span: Span, *, grain: str = "day", connections: tuple[str, ...] = (),
    basis: str = "counted_once",
) -> View:  # fmt: skip
    """Return tokens by time (day, week or month) and token type."""
    query = Query((grain, "token_type"), "tokens", span, connections=connections, basis=basis)
    return ask(book, query)


def cache_share(
    book: Book, span: Span, *, connections: tuple[str, ...] = (), basis: str = "counted_once"
) -> CacheShare:
    """Return the share of input tokens that the prompt cache served."""
    query = Query(("token_type",), "tokens", span, connections=connections, basis=basis)
    # Tokens that complete a report keep their type, so a type may have several rows.
    rows = ask(book, query).frame.select("token_type", "value").rows()
    return CacheShare(
        sum(n for kind, n in rows if kind == READ), sum(n for kind, n in rows if kind in INPUT)
    )


def behind(
    book: Book, span: Span, connections: tuple[str, ...] = (), basis: str = "counted_once"
) -> dict[str, Query]:
    """Return the questions whose totals are the figures of a span, by the figures' titles.

    Figures of token types that the ledger has never seen are left out: they are nothing.
    """
    tokens = Query((), "tokens", span, connections=connections, basis=basis)
    seen = known(book, "token_type")
    parts = {"Input from the cache": (READ,), "All input": INPUT}
    typed = {
        title: replace(tokens, where=tuple(("token_type", kind) for kind in kinds if kind in seen))
        for title, kinds in parts.items()
        if seen & set(kinds)
    }
    return {
        "Tokens": tokens,
        "Cost of the same days": replace(tokens, measure="cost"),
        **typed,
        "Requests": replace(tokens, measure="requests"),
    }


def people(book: Book, span: Span, *, connections: tuple[str, ...] = ()) -> People:
    """Return what each person did in a span, and what the person cost where a source says so.

    Cost is counted once and covers all surfaces, not Claude Code alone. Raises UnknownName for an
    unknown connection.
    """
    query = Query(("user",), "cost", span, connections=connections)
    view = ask(book, query)
    costs = view.frame.filter(pl.col("user").is_not_null()).select(
        *_WHO, pl.col("value").alias("cost")
    )
    done = _named(book, _counts(book, query))
    frame = costs.join(done, on="user", how="full", coalesce=True, nulls_equal=True)
    frame = frame.with_columns(
        pl.coalesce("user_name", "user_name_right").alias("user_name")
    ).select(*_WHO, "cost", *METRICS)
    return People(
        frame.sort("cost", "lines_added", "user", "user_name",
                   descending=[True, True, False, False], nulls_last=True),
        [f for f in view.findings if f.code == "dimension_not_available"],
        view,
    )  # fmt: skip


def counted(book: Book, count: Count) -> pl.DataFrame:
    """Return the activity that a count is the sum of: `connection_id`, `day`, `actor`, `value`.

    Raises UnknownName for an unknown connection.
    """
    about = Query((), "cost", count.span, connections=count.connections)
    rows = _rows(book, about).filter(_is(REPORTED_AS.get(count.metric, count.metric)))
    if count.person is not None:
        actors = rows.select("connection_id", "actor").unique()
        theirs = [_same(who, count.person) for who in _who(book, actors.rows())]
        rows = rows.join(actors.filter(pl.Series(theirs, dtype=pl.Boolean)),
                         on=["connection_id", "actor"], how="semi")  # fmt: skip
    return rows.select("connection_id", "day", "actor", "value")


def _same(who: tuple[str | None, str | None], person: tuple[str | None, str | None]) -> bool:
    """Say whether two (user, user_name) mean the same: a user by id, what has no id by name."""
    return who[0] == person[0] if person[0] is not None else who == person


def code_by_day(book: Book, span: Span, *, connections: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return Claude Code's counts a day: `day` and CODE_METRICS (Int64, null: not reported)."""
    rows = _rows(book, Query((), "cost", span, connections=connections))
    rows = rows.filter(pl.col("surface") == CODE)
    return rows.group_by("day").agg(_sum(m) for m in CODE_METRICS).sort("day")


def _rows(book: Book, query: Query) -> pl.DataFrame:
    """Return the activity of a question's connections and days, text as text."""
    if "day" not in book.activity.columns:
        return pl.DataFrame(
            schema={
                "connection_id": pl.Int64, "day": pl.Date, "actor": pl.String,
                "surface": pl.String, "detail": pl.String, "metric": pl.String, "value": pl.Int64,
            }
        )  # fmt: skip
    return book.activity.filter(
        pl.col("day").is_between(query.span.start, query.span.end, closed="left"),
        pl.col("connection_id").is_in([c.id for c in connections_of(book, query)]),
    ).with_columns(pl.col("actor", "surface", "metric").cast(pl.String))


def _counts(book: Book, query: Query) -> pl.DataFrame:
    return (
        _rows(book, query)
        .group_by("connection_id", "actor")
        .agg(_sum(REPORTED_AS.get(m, m)).alias(m) for m in METRICS)
    )


def _is(reported: str) -> pl.Expr:
    # Other surfaces have words of their own for what they count; only messages are common.
    named = pl.col("metric") == reported
    return named if reported in REPORTED_AS.values() else named & (pl.col("surface") == CODE)


def _sum(metric: str) -> pl.Expr:
    """Return the sum of a metric, null where it was not reported at all."""
    mine = _is(metric)
    return pl.when(mine.any()).then(pl.col("value").filter(mine).sum()).alias(metric)


def _named(book: Book, counts: pl.DataFrame) -> pl.DataFrame:
    """Return the counts by `user` and `user_name`: what actors are called differs by source."""
    actors = counts.select("connection_id", "actor").rows()
    who = list(_who(book, actors))
    named = counts.with_columns(
        pl.Series("user", [user for user, _ in who], pl.String),
        pl.Series("user_name", [name for _, name in who], pl.String),
    )
    sums = [pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m) for m in METRICS]
    users = named.filter(pl.col("user").is_not_null())
    keys = named.filter(pl.col("user").is_null())
    by_user = users.group_by("user").agg(pl.col("user_name").first(), *sums)
    by_name = keys.group_by("user", "user_name").agg(sums)
    return pl.concat([by_user, by_name.select(by_user.columns)])


def _who(book: Book, actors: list[tuple[int, str]]) -> Iterator[tuple[str | None, str | None]]:
    """Yield (user id, name) of each actor: an id, an e-mail address, or the name of an API key."""
    ids = {(c, row.id): row for (c, kind, _), row in book.names.items() if kind == "user"}
    mails = {(c, row.email.casefold()): row for (c, _), row in ids.items() if row.email}
    for connection_id, actor in actors:
        key = (connection_id, actor)
        row = ids.get(key) or mails.get((connection_id, actor.casefold()))
        if row:
            yield row.id, row.name or row.email or None
        elif actor.startswith("user_"):
            yield actor, None
        else:
            yield None, actor or None
