"""Who may come in where nobody signs in: this very machine, unless it was opened to everyone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.access.people import Person
from core.access.roles import Role
from core.errors import NotAllowed
from core.settings import Settings, is_loopback, is_this_machine

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers, in lower case, by which a proxy says that it asks for somebody else."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a browser comes from: its address ('' for this machine), the host that it asked for.

    `origin` is the address of the page that it shows, '' where that is not told.
    """

    address: str = ""
    host: str = ""
    forwarded: bool = False
    origin: str = ""

    @property
    def is_local(self) -> bool:
        """Say whether it comes from this machine, asks this machine, and nobody is in between.

        A page of a stranger, opened on this machine, may reach us under its own host's name; and
        a proxy that does not say that it is one still leaves the page its address.
        """
        named = not self.host or is_this_machine(_without_port(self.host))
        named = named and (not self.origin or is_loopback(self.origin))
        return (not self.address or is_this_machine(self.address)) and named and not self.forwarded


def visit(address: str, headers: Mapping[str, str]) -> Visit:
    """Return where a request comes from, by its address and its headers, in lower case."""
    forwarded = any(name in headers for name in FORWARDED)
    return Visit(address, headers.get("host", ""), forwarded, headers.get("origin", ""))


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
