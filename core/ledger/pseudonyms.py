"""Whether viewers may see who is who, and the secret by which they otherwise see pseudonyms."""

from secrets import token_hex

from sqlalchemy import Engine
from sqlmodel import Session

from core.access import acting
from core.access.roles import Role
from core.ledger import audit
from core.ledger.engine import reading, writing
from core.ledger.names import names_of
from core.ledger.oversight import PeopleRule
from core.ledger.veil import OPTION, Veil
from core.ledger.versions import bump

_ONLY = 1


def viewers_see_names(engine: Engine) -> bool:
    """Say whether an admin let viewers see the names of people."""
    with reading(engine) as session:
        kept = session.get(PeopleRule, _ONLY)
        return kept is not None and kept.viewers_see_names


def let_viewers_see_names(engine: Engine, wanted: bool) -> bool:
    """Let viewers see the names of people, or not any more; return whether that is news.

    Raises NotAllowed but for an admin.
    """
    acting.require(Role.ADMIN, "Showing viewers who is who")
    with writing(engine) as session:
        kept = _rule(session)
        if kept.viewers_see_names == wanted:
            return False
        kept.viewers_see_names = wanted
        session.add(kept)
        audit.note(session, "showed names" if wanted else "hid names", "viewers")
        bump(session)
    return True


def veiled(engine: Engine) -> Engine:
    """Return an engine on the same ledger by which nothing is written and no person is named.

    Names that come later have no pseudonym of their own in texts: ask again for each version.
    """
    with reading(engine) as session:
        kept = session.get(PeopleRule, _ONLY)
        names = names_of(session)
    if kept is None:
        with writing(engine) as session:
            kept = _rule(session)
    return engine.execution_options(**{OPTION: Veil(kept.secret, names)})


def _rule(session: Session) -> PeopleRule:
    """Return the one row; made here, alone, by the first who needs it."""
    kept = session.get(PeopleRule, _ONLY)
    if kept is None:
        kept = PeopleRule(id=_ONLY, secret=token_hex(32))
        session.add(kept)
        session.flush()
    return kept
