"""The ledger as a memory-mapped file per version, and the ledger as it was at a moment."""

import logging
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine
from sqlmodel import Session

from core.ledger import bundle, cubes, facts, past, states
from core.ledger.book import Book
from core.ledger.bundle import Frames
from core.ledger.cuts import DIMENSIONS
from core.ledger.engine import reading
from core.ledger.facts import ALL_MEASURES
from core.ledger.frame import MEASURES
from core.ledger.names import names_of
from core.ledger.sqlite import file_of
from core.ledger.veil import veil_of
from core.ledger.versions import Mark, mark
from core.ledger.versions import current_version as current_version
from core.ledger.words import words_of
from core.settings import Settings

log = logging.getLogger(__name__)

_CUBE = "cube-"
_KEEP = 2
"""How many snapshots of a database stay: a reader may be about to open the last but one."""


def book(engine: Engine, settings: Settings) -> Book:
    """Return the book of the ledger's current version; its frames lie in a memory-mapped file.

    The file is built when it is missing or damaged. Raises DatabaseUnusable.
    """
    with reading(engine) as session:
        now = mark(session)
        if engine.dialect.name == "sqlite" and file_of(engine) is None:
            frames = _frames(session)
        else:
            frames = _kept(session, settings.data_dir / "snapshots", now)
        return _book(session, frames, states.day_states(session))


def book_as_of(engine: Engine, moment: datetime) -> Book:
    """Return the book as the ledger stood at a moment, rebuilt from the restatement log.

    Names, connections and activity are today's. Raises DatabaseUnusable.
    """
    with reading(engine) as session:
        rebuilt, days = past.rebuilt(session, moment)
        whole = facts.widen(rebuilt, facts.all_series(session))
        return _book(session, _split(whole) | {"activity": states.counts(session)}, days)


def _book(session: Session, frames: Frames, days: pl.DataFrame) -> Book:
    veil = veil_of(session.get_bind())
    whole = _whole(session, frames, days)
    return veil.book(whole) if veil else whole


def _whole(session: Session, frames: Frames, days: pl.DataFrame) -> Book:
    cubes_of = [frame for name, frame in frames.items() if name.startswith(_CUBE)]
    return Book(
        version=mark(session).version,
        # Columns that a family does not have are made here: they cost nothing until touched.
        facts=pl.concat([frames["cost"], frames["usage"]], how="diagonal").select(facts.COLUMNS),
        days=days,
        names=names_of(session),
        connections=states.connections(session),
        activity=frames["activity"],
        activity_days=states.activity_days(session),
        cubes={frozenset(DIMENSIONS) & frozenset(cube.columns): cube for cube in cubes_of},
        words=words_of(session),
    )


def _frames(session: Session) -> Frames:
    whole = facts.widen(facts.narrow(session), facts.all_series(session))
    made = cubes.build(whole).values()
    numbered = {f"{_CUBE}{number}": cube for number, cube in enumerate(made)}
    return _split(whole) | numbered | {"activity": states.counts(session)}


def _split(whole: pl.DataFrame) -> Frames:
    """Return the facts by family, each without the measures of the other."""
    return {
        family: whole.filter(pl.col("family") == family).drop(set(ALL_MEASURES) - set(measures))
        for family, measures in MEASURES.items()
    }


def _kept(session: Session, folder: Path, now: Mark) -> Frames:
    """Return the frames of a snapshot's bundle, made if it is not there or not whole."""
    place = folder / f"{now.identity}-{now.stamp}-{bundle.FORMAT}"
    try:
        return bundle.read(place)
    except FileNotFoundError:
        pass
    except bundle.Damaged as damaged:
        log.warning("%s It is made again.", damaged)
        bundle.remove(place)
    frames = _frames(session)
    try:
        bundle.write(frames, place)
        _tidy(folder, now, place)
        return bundle.read(place)
    except (OSError, bundle.Damaged) as error:
        # Without the file the book is as right, only slower to open for the next process.
        log.warning("No snapshot could be kept in %s: %s", folder, error)
        return frames


def _tidy(folder: Path, now: Mark, current: Path) -> None:
    """Remove all but the last snapshots of this database; others' are not ours to judge.

    Those from before data was erased go, too: where several machines share a database, only one
    of them erased it.
    """
    others = [path for path in folder.glob(f"{now.identity}-*") if path != current]
    known = [path for path in others if path.name.startswith(f"{now.identity}-{now.line}")]
    stale = set(others) - set(known)
    for old in [*stale, *sorted(known, key=_written)[: 1 - _KEEP or None]]:
        bundle.remove(old)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process is tidying, too
        return 0.0
