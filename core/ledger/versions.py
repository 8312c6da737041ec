"""The ledger's version: readers know by it that something they could see has changed."""

from sqlalchemy import Engine
from sqlmodel import Session


def current_version(engine: Engine) -> int:
    """Return the number of the last committed change that a reader could see."""
    raise NotImplementedError


def bump(session: Session, *, facts: bool = False) -> None:
    """Say, inside a write transaction, that readers will see something new.

    `facts`: charges, usage or activity changed, so that the read snapshot has to be built again.
    """
    raise NotImplementedError
