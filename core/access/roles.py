"""The roles that people have: each may do all that the one before it may."""

from enum import IntEnum


class Role(IntEnum):
    """A viewer looks; an analyst works with the figures; an admin decides on keys and people."""

    VIEWER = 1
    ANALYST = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Return the role as people and settings write it."""
        return self.name.lower()
