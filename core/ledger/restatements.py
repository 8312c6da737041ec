"""What Anthropic changed after it had been seen."""

from datetime import date, datetime

import polars as pl
from sqlalchemy import Engine, select

from core.ledger import bulk, rereadings
from core.ledger.cuts import DIMENSIONS, PRIMARY
from core.ledger.days import number
from core.ledger.engine import reading
from core.ledger.tables import ChargeRestatement, Series, Window, table
from core.ledger.veil import veil_of

_SCHEMA = {
    "day": pl.Int32,
    "connection_id": pl.Int32,
    "window_id": pl.Int64,
    "cut": pl.String,
    **dict.fromkeys(DIMENSIONS, pl.String),
    "before": pl.Int64,
    "after": pl.Int64,
    "seen_at": pl.Datetime("us", "UTC"),
}


def log(
    engine: Engine,
    start: date | None = None,
    end: date | None = None,
    since: datetime | None = None,
    *,
    reread: bool = False,
) -> pl.DataFrame:
    """Return the restatements of cost on days from `start` up to `end` seen after `since`.

    One row a window, day and series of the primary cut: `day`, `connection_id`, `window_id`,
    `cut`, all dimensions (`''` for null), `before`, `after` (null: was not there), `delta`
    (units of 1e-8 cents), `seen_at`; in the order in which they were seen. What changed because
    a day was read in another protocol is no restatement and is left out; `reread` returns that
    alone.
    """
    r, s, w = (table(model).c for model in (ChargeRestatement, Series, Window))
    columns = {
        "day": r.day, "connection_id": w.connection_id, "window_id": r.window_id, "cut": s.cut,
        **{name: s[name] for name in DIMENSIONS},
        "before": r.before_amount, "after": r.after_amount, "seen_at": w.fetched_at,
    }  # fmt: skip
    wanted = (
        select(*(columns[name] for name in _SCHEMA))
        .join_from(table(ChargeRestatement), table(Window), r.window_id == w.id)
        .join(table(Series), r.series_id == s.id)
        .where(s.cut.in_(PRIMARY))
        .order_by(r.window_id, r.day, r.series_id)
    )
    if start is not None:
        wanted = wanted.where(r.day >= number(start))
    if end is not None:
        wanted = wanted.where(r.day < number(end))
    if since is not None:
        wanted = wanted.where(w.fetched_at > since)
    with reading(engine) as session:
        logged = bulk.frame(session, wanted, _SCHEMA)
        found = rereadings.left_out(session, "cost", logged, instead=reread)
    changed = found.filter(pl.col("before").ne_missing(pl.col("after")))
    delta = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    veil = veil_of(engine)
    return (
        (veil.frame(changed) if veil else changed)
        .with_columns(pl.col("day").cast(pl.Date), delta.alias("delta"))
        .select(*(name for name in _SCHEMA if name != "seen_at"), "delta", "seen_at")
        .sort("window_id", "day", maintain_order=True)
    )
