"""Anomalies that were found, the series they were found in, and what somebody dismissed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core import calendar
from core.calendar import Clock
from core.ledger.days import day_of, number
from core.ledger.engine import reading, writing
from core.ledger.tables import Anomaly, Dismissal, WatchedSeries, WatchStep, table
from core.ledger.veil import USER, Veil, findings_seen, veil_of

OPEN_DAYS = 7
"""An anomaly is open for a week from its first day."""

STEP = "anomalies"
"""The name of the step that finds them."""

Key = tuple[str, str]
"""A dimension (`''`: everything) and one of its values."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Why somebody dismissed an anomaly."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AnomalyRow:
    """Days on which a series cost more (`kind` `drop`: less) than expected, in 1e-8 cents.

    `state`: `found`; `healed`, its days were restated and no longer stand out; or `restated`, they
    stand out only since they were. `end` is exclusive. `body`: its days, and what drove them.
    """

    dimension: str
    name: str
    first: date
    end: date
    kind: str
    state: str
    label: str
    expected: int
    actual: int
    stamp: str = ""
    found_at: datetime | None = None
    body: dict[str, Any] = field(default_factory=dict)
    dismissed: Dismissed | None = None

    @property
    def impact(self) -> int:
        """Return actual less expected, exactly."""
        return self.actual - self.expected

    @property
    def key(self) -> tuple[str, str, date]:
        """Return what a dismissal is remembered by: the series and the first day."""
        return (self.dimension, self.name, self.first)

    @property
    def stands(self) -> bool:
        """Say whether this is an anomaly that nobody dismissed and no restatement healed."""
        return (self.kind, self.state, self.dismissed) == ("over", "found", None)

    def open(self, today: date) -> bool:
        """Say whether it stands, is no part of another, and its week is not over."""
        recent = today <= self.first + timedelta(days=OPEN_DAYS)
        return self.stands and recent and not self.part_of

    @property
    def part_of(self) -> tuple[str, str, date] | None:
        """Return the key of the anomaly that this one is a part of, None where it is its own."""
        dimension, name, first = self.body.get("part_of") or ("", "", "")
        return (dimension, name, date.fromisoformat(first)) if first else None


@dataclass(frozen=True, slots=True)
class WatchedRow:
    """A watched series: what its days were judged by, and its days from `first` up to `end`.

    `body`: `values` and `bands`, one each a day, and `firsts`; amounts in units of 1e-8 cents.
    """

    dimension: str
    name: str
    label: str
    method: str
    basis: str
    stamp: str
    first: date
    end: date
    body: dict[str, Any]


def all_anomalies(
    engine: Engine, start: date | None = None, end: date | None = None
) -> tuple[AnomalyRow, ...]:
    """Return the anomalies that begin from `start` up to `end`, the newest and largest first."""
    wanted = select(Anomaly)
    if start is not None:
        wanted = wanted.where(col(Anomaly.first_day) >= number(start))
    if end is not None:
        wanted = wanted.where(col(Anomaly.first_day) < number(end))
    with reading(engine) as session:
        said = _dismissals(session)
        rows = [_seen(engine, _row(kept, said)) for kept in session.exec(wanted)]
    return tuple(sorted(rows, key=lambda r: (-number(r.first), -abs(r.impact), r.key)))


def open_anomalies(engine: Engine, today: date) -> tuple[AnomalyRow, ...]:
    """Return the anomalies to alert of: found, not dismissed, not a week old; largest first.

    One that is part of another, such as a key's in its workspace's, is told with that one.
    """
    rows = all_anomalies(engine, today - timedelta(days=OPEN_DAYS))
    return tuple(sorted((r for r in rows if r.open(today)), key=lambda r: (-r.impact, r.key)))


def watched_series(engine: Engine) -> dict[Key, WatchedRow]:
    """Return every series that has been watched, by dimension and name."""
    with reading(engine) as session:
        found = [_veiled(engine, _watched(k)) for k in session.exec(select(WatchedSeries))]
        return {(row.dimension, row.name): row for row in found}


def one_series(engine: Engine, key: Key) -> WatchedRow | None:
    """Return one watched series by dimension and name, None where it is not watched."""
    veil, (dimension, name) = veil_of(engine), key
    real = veil.real(name) if veil and dimension == USER else name
    with reading(engine) as session:
        kept = session.get(WatchedSeries, (dimension, real))
        return None if kept is None else _veiled(engine, _watched(kept))


def last_stamp(engine: Engine) -> str:
    """Return the stamp of the last run, '' before the first."""
    with reading(engine) as session:
        return session.exec(select(WatchedSeries.stamp).where(WatchedSeries.dimension == "")
                            ).first() or ""  # fmt: skip


def last_run(engine: Engine) -> tuple[datetime | None, list[dict[str, Any]]]:
    """Return when anomalies were last looked for, None before the first time, and what was said."""
    with reading(engine) as session:
        kept = session.get(WatchStep, STEP)
        return (kept.ended_at, findings_seen(engine, kept.findings)) if kept else (None, [])


def keep(
    engine: Engine,
    watched: Sequence[WatchedRow],
    found: Iterable[AnomalyRow],
    judged_from: dict[Key, date],
    clock: Clock = calendar.now,
) -> None:
    """Put a run's result in place of what was kept, in one transaction.

    Of each series in `judged_from`, anomalies from that day on are replaced by those `found`;
    older ones and those of other series stay. When one was first found is remembered.
    """
    with writing(engine) as session:
        said: dict[Any, Any] = {}
        before = {_id(kept): kept for kept in session.exec(select(Anomaly))}
        for kept in before.values():
            start = judged_from.get((kept.dimension, kept.name))
            if start is not None and kept.first_day >= number(start):
                session.delete(kept)
                said[_id(kept)] = kept.found_at
        session.flush()
        for row in found:
            new = _anomaly(row)
            new.found_at = said.get(_id(new)) or clock()
            session.add(new)
        for series in watched:
            # Not asdict: it would copy every number of the body.
            fields = {name: getattr(series, name) for name in WatchedRow.__dataclass_fields__}
            session.merge(WatchedSeries(**_days(fields)))
        _drop_old(session, watched)


def _drop_old(session: Session, watched: Sequence[WatchedRow]) -> None:
    """Forget series that were not watched any more for two months; their anomalies stay."""
    newest = max((number(row.end) for row in watched), default=0)
    kept = table(WatchedSeries)
    session.execute(delete(kept).where(kept.c.end_day < newest - 60))


def _id(kept: Anomaly) -> tuple[str, str, int, str]:
    return (kept.dimension, kept.name, kept.first_day, kept.kind)


def _days(row: dict[str, Any]) -> dict[str, Any]:
    days = {"first_day": number(row.pop("first")), "end_day": number(row.pop("end"))}
    return row | days


def _anomaly(row: AnomalyRow) -> Anomaly:
    kept = _days(asdict(replace(row, dismissed=None)))
    return Anomaly(**{name: value for name, value in kept.items() if name != "dismissed"})


def _watched(kept: WatchedSeries) -> WatchedRow:
    return WatchedRow(
        kept.dimension, kept.name, kept.label, kept.method, kept.basis, kept.stamp,
        day_of(kept.first_day), day_of(kept.end_day), kept.body,
    )  # fmt: skip


def _row(kept: Anomaly, said: dict[tuple[str, str, date], Dismissed]) -> AnomalyRow:
    first = day_of(kept.first_day)
    return AnomalyRow(
        kept.dimension, kept.name, first, day_of(kept.end_day), kept.kind, kept.state, kept.label,
        kept.expected, kept.actual, kept.stamp, kept.found_at, kept.body,
        said.get((kept.dimension, kept.name, first)),
    )  # fmt: skip


def _seen(engine: Engine, row: AnomalyRow) -> AnomalyRow:
    """Return an anomaly as whoever reads through this engine may see it."""
    veil = veil_of(engine)
    if veil is None:
        return row
    said = row.dismissed and replace(row.dismissed, reason=veil.text(row.dismissed.reason), by="")
    name, label = _called(veil, row)
    return replace(row, name=name, label=label, body=veil.deep(row.body), dismissed=said)


def _veiled(engine: Engine, row: WatchedRow) -> WatchedRow:
    veil = veil_of(engine)
    if veil is None:
        return row
    name, label = _called(veil, row)
    return replace(row, name=name, label=label)


def _called(veil: Veil, row: AnomalyRow | WatchedRow) -> tuple[str, str]:
    if row.dimension != USER:
        return row.name, row.label
    return veil.id(row.name), veil.text(row.label)


def _dismissals(session: Session) -> dict[tuple[str, str, date], Dismissed]:
    return {
        (kept.dimension, kept.name, day_of(kept.first_day)):
        Dismissed(kept.reason, kept.by, kept.dismissed_at)
        for kept in session.exec(select(Dismissal))
    }  # fmt: skip
