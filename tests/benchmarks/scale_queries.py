"""What the Explorer asks: random questions over a year, and their proof by SQL."""

import random
from datetime import timedelta

import scale_year as year
from sqlalchemy import Engine, func, select

from core.analysis.explore import ask
from core.analysis.query import Query, View
from core.calendar import Span
from core.ledger.book import Book
from core.ledger.days import number
from core.ledger.engine import reading
from core.ledger.tables import FACTS, Series, table

__all__ = ["ask", "ask_one", "drawn", "prove"]

BY = (
    ("day",), ("month",), ("day", "connection"), ("product",), ("model",), ("day", "model"),
    ("workspace",), ("api_key",), ("user",), ("day", "product"), ("model", "token_type"),
    ("workspace", "model"), ("user", "product"), ("day", "workspace"), ("week", "operation"),
)  # fmt: skip
FILTERS = (
    (), (), (), (("product", "claude_code"),), (("product", "chat"),), (("operation", "output"),),
    (("operation", "input"), ("operation", "cache_read")),
)  # fmt: skip
DAYS = (7, 30, 30, 30, 90, 365)


def ask_one(book: Book) -> View:
    """Answer what the page asks when it is opened."""
    return ask(book, Query(("day", "connection"), "cost", _last(30)))


def drawn(rng: random.Random) -> Query:
    """Return a question that hardly any other one equals."""
    length = rng.choice(DAYS)
    end = year.END - timedelta(days=rng.randrange(0, 366 - length))
    span = Span(end - timedelta(days=length), end)
    measure = rng.choice(("cost", "cost", "tokens"))
    return Query(rng.choice(BY), measure, span, rng.choice(FILTERS))


def _last(days: int) -> Span:
    return Span(year.END - timedelta(days=days), year.END)


def prove(engine: Engine, query: Query, view: View) -> None:
    """Compare a view's total with the database's own sum over the primary cuts."""
    facts, series = table(FACTS[query.family]), table(Series)
    names = [cuts[0].name for (_, family), cuts in year.REPORTS.items() if family == query.family]
    asked = (
        select(func.sum(facts.c[query.column]))
        .join_from(facts, series, facts.c.series_id == series.c.id)
        .where(
            series.c.cut.in_(names),
            facts.c.day >= number(query.span.start),
            facts.c.day < number(query.span.end),
        )
    )
    for dim in {dim for dim, _ in query.where}:
        values = [value for name, value in query.where if name == dim]
        asked = asked.where(series.c[dim].in_(values))
    with reading(engine) as session:
        exact = int(session.execute(asked).scalar_one() or 0)
    assert view.total == exact, (query, view.total, exact)
