"""Series: each combination of all dimensions has one row, and a number that the facts carry."""

from dataclasses import dataclass
from hashlib import blake2b

import polars as pl
from sqlalchemy import insert, select
from sqlmodel import Session

from core.ledger.bulk import frame as read
from core.ledger.columns import storable
from core.ledger.frame import KEY, MEASURES
from core.ledger.rows import many
from core.ledger.tables import Series, table

_SEPARATOR = "\x1f"

_IDS = {"series_id": pl.Int64, "key": pl.Binary}
_CUTS = {"series_id": pl.Int64, "cut": pl.String}


@dataclass(frozen=True, slots=True)
class Packed:
    """A ledger frame as integers: `rows` (day, code, measures) and `keys` (code, KEY, key)."""

    rows: pl.DataFrame
    keys: pl.DataFrame


def pack(frame: pl.DataFrame, family: str, connection_id: int) -> Packed:
    """Return a ledger frame as integers, rows of equal day and series added.

    A measure that is null in every row of a key stays null. `rows.day` counts days since
    1970-01-01; rows are unique by day and code.
    """
    measures = MEASURES[family]
    # The text is grouped once, by the columns that differ; what follows works on integers.
    live = _live(frame) or ["cut"]
    rest = [pl.col(name).first() for name in KEY if name not in live]
    grouped = frame.group_by(live).agg("day", *measures, *rest).with_row_index("code")
    long = grouped.select("code", "day", *measures).explode("day", *measures)
    sums = [pl.when(pl.col(m).is_not_null().any()).then(pl.col(m).sum()).alias(m) for m in measures]
    rows = long.group_by("day", "code").agg(*sums).with_columns(pl.col("day").to_physical())
    return Packed(rows, grouped.select("code", *KEY).with_columns(_digest(grouped, connection_id)))


def ids(session: Session, connection_id: int, keys: pl.DataFrame) -> pl.DataFrame:
    """Return `code` and `series_id` of each key; series that are new are written first."""
    c = table(Series).c
    known = read(session, select(c.id, c.key), _IDS)
    found = keys.join(known, on="key", how="left")
    new = found.filter(pl.col("series_id").is_null())
    if new.is_empty():
        return found.select("code", "series_id")
    first = known.select(pl.col("series_id").max().fill_null(0)).item() + 1
    numbered = new.with_columns(pl.int_range(first, first + pl.len()).alias("series_id"))
    # PostgreSQL keeps no NUL in a text. The key, made of the text as it came, still tells the
    # series apart.
    texts = (pl.col(name).str.replace_all("\0", storable("\0"), literal=True) for name in KEY)
    rows = numbered.select(
        pl.col("series_id").alias("id"), "key", *texts, pl.lit(connection_id).alias("connection_id")
    )
    many(session, insert(table(Series)), rows)
    return pl.concat([f.select("code", "series_id") for f in (found.drop_nulls(), numbered)])


def cuts_of(session: Session, connection_id: int) -> pl.DataFrame:
    """Return `series_id` and `cut` of every series of a connection."""
    c = table(Series).c
    return read(session, select(c.id, c.cut).where(c.connection_id == connection_id), _CUTS)


def _live(frame: pl.DataFrame) -> list[str]:
    """Return the columns of the key whose value is not the same in all rows."""
    same = frame.select((pl.col(name) == pl.col(name).first()).all() for name in KEY)
    return [name for name in KEY if not same[name][0]]


def _digest(keys: pl.DataFrame, connection_id: int) -> pl.Series:
    texts = _joined(keys, connection_id, [pl.col(name) for name in KEY])
    separators = texts.str.count_matches(_SEPARATOR, literal=True)
    if (texts.str.contains("\\", literal=True) | (separators != len(KEY))).any():
        # A part must not hold the separator: two combinations could read the same.
        texts = _joined(keys, connection_id, [_escaped(name) for name in KEY])
    digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
    return pl.Series("key", digests, dtype=pl.Binary)


def _joined(keys: pl.DataFrame, connection_id: int, parts: list[pl.Expr]) -> pl.Series:
    text = pl.concat_str(pl.lit(str(connection_id)), *parts, separator=_SEPARATOR)
    return keys.select(text.alias("text"))["text"]


def _escaped(name: str) -> pl.Expr:
    twice = pl.col(name).str.replace_all("\\", "\\\\", literal=True)
    return twice.str.replace_all(_SEPARATOR, "\\s", literal=True)
