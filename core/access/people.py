"""The people who act, and those who stand in for one where no person is at hand."""

import getpass
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from core.access.roles import Role

Source = Literal["sign-in", "command line", "this machine", "open to everyone", "schedule",
                 "simulation", "passing by"]  # fmt: skip
"""How it is known who somebody is."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role; `name` is an e-mail address where there is one.

    `until` is when the proof of who they are expires, None where it does not. Who may see the
    `simulated_only` is shown no real figure.
    """

    name: str
    role: Role
    source: Source
    until: datetime | None = None
    simulated_only: bool = False


@cache
def operator() -> Person:
    """Return who runs a command on this machine: whoever can may do everything anyway."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have a number and no name
        name = f"user {os.getuid()}"
    return Person(name, Role.ADMIN, "command line")


SCHEDULE = Person("schedule", Role.ADMIN, "schedule")
"""The dashboard's own schedule, which nobody starts."""

SIMULATION = Person("simulation", Role.ADMIN, "simulation")
"""Who fills the simulated organisation's ledger, whoever looks first."""
