"""On whose behalf the code runs now; what is guarded asks here, wherever it was called from.

A command acts for the machine's operator. A process that serves people calls `ask`, and from then
on nothing is allowed unless it is known who asks for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core import calendar
from core.access.people import Person, operator
from core.access.roles import Role
from core.errors import NotAllowed

Who = Callable[[], Person | None]

_acting: ContextVar[Person | None] = ContextVar("acting", default=None)
_MEANS = {
    Role.VIEWER: "look at the figures",
    Role.ANALYST: "work with the figures",
    Role.ADMIN: "manage connections, keys, budgets, alerts and people",
}


class _Asked:
    """How a process that serves people finds out who acts; None in any other process."""

    who: Who | None = None


def ask(who: Who | None) -> None:
    """Have this process ask who acts, where that was not said; `who` returns None for nobody.

    It is asked anew each time, from whatever thread: what a browser triggers need not begin with
    a whole page. None goes back to acting for the operator.
    """
    _Asked.who = who


@contextmanager
def acting_as(person: Person | None) -> Iterator[Person | None]:
    """Let what follows, in this thread, act for a person; None for whoever `ask` finds."""
    token = _acting.set(person)
    try:
        yield person
    finally:
        _acting.reset(token)


def known() -> Person | None:
    """Return on whose behalf the code runs, None where nobody is known."""
    said = _acting.get()
    if said is not None:
        return said
    return operator() if _Asked.who is None else _Asked.who()


def person() -> Person:
    """Return on whose behalf the code runs; raises NotAllowed where nobody is known."""
    found = known()
    if found is None:
        raise NotAllowed(
            "This is not allowed: it is not known who asks for it.",
            "Nobody is signed in, or the sign-in has expired.",
            "Open the page again, and sign in.",
        )
    return found


def require(role: Role, what: str) -> Person:
    """Return who acts if they have this role or a higher one; else raise NotAllowed.

    `what` begins a sentence: `"Connecting"`.
    """
    found = person()
    if found.until is not None and found.until <= calendar.now():
        raise NotAllowed(
            "This is not allowed any more: the sign-in has expired.",
            f"{found.name} was signed in until {found.until:%Y-%m-%d %H:%M} UTC.",
            "Open the page again, and sign in.",
        )
    if found.role < role:
        raise NotAllowed(
            f"This is not allowed. {what} needs the role {role.word}.",
            f"{found.name} has the role {found.role.word}, which may {_MEANS[found.role]}.",
            "Ask an admin of this dashboard to do it, or to give you the role.",
        )
    return found
