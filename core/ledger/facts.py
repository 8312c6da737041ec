"""Facts as readers want them: dimensions beside the amounts, in blocks of one cut, by day."""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import select
from sqlmodel import Session

from core import money
from core.ledger import bulk
from core.ledger.cuts import CUTS, DIMENSIONS
from core.ledger.frame import MEASURES
from core.ledger.tables import FACTS, Series, table

FAMILIES = pl.Enum(["cost", "usage"])
ALL_MEASURES = tuple(m for measures in MEASURES.values() for m in measures)

COLUMNS = ("day", "family", "connection_id", "cut", *DIMENSIONS, *ALL_MEASURES)
"""The columns of `Book.facts`."""

_SERIES = {
    "series_id": pl.Int64,
    "connection_id": pl.Int32,
    "cut": pl.String,
    **dict.fromkeys(DIMENSIONS, pl.String),
}


def narrow(session: Session) -> dict[str, pl.DataFrame]:
    """Return each family's facts as `day` (Int32), `series_id` and the measures."""
    return {f: bulk.facts(session, model, MEASURES[f]) for f, model in FACTS.items()}


def all_series(session: Session) -> pl.DataFrame:
    """Return every series: `series_id`, `connection_id`, `cut` and the dimensions as text."""
    c = table(Series).c
    columns = (c.id, c.connection_id, c.cut, *(c[name] for name in DIMENSIONS))
    return bulk.frame(session, select(*columns), _SERIES)


def widen(facts: Mapping[str, pl.DataFrame], series: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of `Book.facts`, sorted by family, cut and day.

    Measures are Int64 while no sum can leave 64 bits, else Int128.
    """
    coded = _encoded(series)
    kinds = {m: kind for f, rows in facts.items() for m, kind in measure_types(rows, f).items()}
    blocks = [
        _block(facts[family], coded.filter(pl.col("cut") == cut), family, kinds)
        for family in FAMILIES.categories
        for cut in sorted(cut.name for cut in CUTS if cut.family == family)
    ]
    return pl.concat(blocks).rechunk()


def _encoded(series: pl.DataFrame) -> pl.DataFrame:
    # Enum: a group_by works on one to four bytes a value instead of on text.
    used = {name: ["", *series[name].unique().sort()] for name in DIMENSIONS}
    enums = {n: pl.Enum(pl.Series(v, dtype=pl.String).unique(maintain_order=True))
             for n, v in used.items()}  # fmt: skip
    cuts = pl.Enum(sorted(cut.name for cut in CUTS))
    return series.cast({"cut": cuts, **enums})  # type: ignore[dict-item]


def _block(
    facts: pl.DataFrame,
    series: pl.DataFrame,
    family: str,
    kinds: Mapping[str, type[pl.DataType]],
) -> pl.DataFrame:
    # The facts come by day, and a left order keeps them so: nothing needs to be sorted.
    found = facts.join(series, on="series_id", maintain_order="left")
    return found.select(
        pl.col("day").cast(pl.Date),
        pl.lit(family, FAMILIES).alias("family"),
        "connection_id",
        "cut",
        *DIMENSIONS,
        *(
            (pl.col(m) if m in MEASURES[family] else pl.lit(None)).cast(kinds[m]).alias(m)
            for m in ALL_MEASURES
        ),
    )


def measure_types(facts: pl.DataFrame, family: str) -> dict[str, type[pl.DataType]]:
    """Return for each measure Int64 if any sum over the facts fits into it, else Int128."""
    sizes = facts.select(pl.col(m).cast(pl.Int128).abs().sum() for m in MEASURES[family])
    return {
        measure: pl.Int64 if size <= money.LARGEST else pl.Int128
        for measure, size in sizes.row(0, named=True).items()
    }
