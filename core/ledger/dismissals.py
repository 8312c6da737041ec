"""Dismissals: somebody looked at an anomaly, and said why it is none of their worry."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from core import calendar
from core.access import acting
from core.access.roles import Role
from core.calendar import Clock
from core.errors import BadValue, UnknownName
from core.ledger import audit
from core.ledger.columns import storable
from core.ledger.days import number
from core.ledger.engine import writing
from core.ledger.tables import Anomaly, Dismissal


def dismiss(
    engine: Engine, key: tuple[str, str, date], reason: str, by: str, clock: Clock = calendar.now
) -> None:
    """Remember why an anomaly is no worry; a later run that finds it again leaves it dismissed.

    Raises BadValue without a reason, UnknownName where there is no such anomaly, NotAllowed for
    a viewer.
    """
    acting.require(Role.ANALYST, "Dismissing an anomaly")
    if not reason.strip():
        raise BadValue(
            "A dismissal needs a reason.",
            "It is what tells the next reader why this was no worry.",
            "Say in a few words what it was.",
        )
    dimension, name, first = key
    with writing(engine) as session:
        if not _there(session, key):
            raise _unknown(key)
        session.merge(Dismissal(dimension=dimension, name=name, first_day=number(first),
                                reason=storable(reason.strip()), by=storable(by.strip()),
                                dismissed_at=clock()))  # fmt: skip
        audit.note(session, "dismissed", _of(key), reason=reason.strip(), by=by.strip())


def undismiss(engine: Engine, key: tuple[str, str, date]) -> None:
    """Forget a dismissal; raises UnknownName where there is none, NotAllowed."""
    acting.require(Role.ANALYST, "Taking back a dismissal")
    dimension, name, first = key
    with writing(engine) as session:
        kept = session.get(Dismissal, (dimension, name, number(first)))
        if kept is None:
            raise _unknown(key, "No dismissal")
        audit.note(session, "took back dismissal", _of(key), reason=kept.reason)
        session.delete(kept)


def _of(key: tuple[str, str, date]) -> str:
    dimension, name, first = key
    return f"{dimension or 'organisation'} {name} {first}".replace("  ", " ")


def _there(session: Session, key: tuple[str, str, date]) -> bool:
    dimension, name, first = key
    wanted = select(Anomaly).where(Anomaly.dimension == dimension, Anomaly.name == name,
                                   Anomaly.first_day == number(first))  # fmt: skip
    return session.exec(wanted).first() is not None


def _unknown(key: tuple[str, str, date], what: str = "No anomaly") -> UnknownName:
    dimension, name, first = key
    of = f"{dimension} {name!r}" if dimension else "the organisation"
    return UnknownName(
        f"{what} of {of} begins on {first}.",
        "It may have been worked out anew since it was listed.",
        "Look at the list again: `claude-spend anomalies --all`.",
    )
