"""Who may come in where nobody signs in: this very machine, unless it was opened to everyone."""

from collections.abc import Callable
from dataclasses import dataclass

from core.access.people import Person
from core.access.roles import Role
from core.errors import NotAllowed
from core.settings import Settings, is_this_machine

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers, in lower case, by which a proxy says that it asks for somebody else."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a browser comes from: its address ('' for this machine), the host that it asked for."""

    address: str = ""
    host: str = ""
    forwarded: bool = False

    @property
    def is_local(self) -> bool:
        """Say whether it comes from this machine, asks this machine, and nobody is in between.

        A page of a stranger, opened on this machine, may reach us under its own host's name.
        """
        named = not self.host or is_this_machine(_without_port(self.host))
        return (not self.address or is_this_machine(self.address)) and named and not self.forwarded


def let_in(visit: Visit, settings: Settings, simulated: Callable[[], bool]) -> Person:
    """Return whom to take a visitor for; raises NotAllowed, code `open_here_only`.

    `simulated` says whether the pages show the simulated organisation, which anybody may look at.
    """
    if settings.open_to == "everyone":
        return Person("anybody", Role.ADMIN, "open to everyone")
    if visit.is_local:
        return Person("this machine", Role.ADMIN, "this machine")
    if simulated():
        return Person("a visitor", Role.VIEWER, "passing by", simulated_only=True)
    raise NotAllowed(
        "This dashboard is open on its own machine only.",
        "It shows real figures, nobody signs in here yet, and you come from elsewhere or through "
        "a proxy.",
        "Whoever runs it can set up sign-in (the README tells how), or set "
        "CLAUDE_SPEND_OPEN_TO=everyone where something in front of it signs people in.",
        code="open_here_only",
    )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]
