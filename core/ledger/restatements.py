"""What Anthropic changed after it had been seen."""

from datetime import date, datetime

import polars as pl
from sqlalchemy import Engine


def log(
    engine: Engine,
    start: date | None = None,
    end: date | None = None,
    since: datetime | None = None,
) -> pl.DataFrame:
    """Return the restatements of cost on days from `start` up to `end` seen after `since`.

    One row a window, day and series of the primary cut: `day`, `connection_id`, `window_id`,
    `cut`, all dimensions (`''` for null), `before`, `after` (null: was not there), `delta`
    (units of 1e-8 cents), `seen_at`; in the order in which they were seen.
    """
    raise NotImplementedError
