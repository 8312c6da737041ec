"""A key comes in through the environment or standard input, never through an argument.

Arguments are seen by every user of the machine and kept in the shell's history.
"""

import getpass
import os
import sys
from typing import TYPE_CHECKING, Literal

from core.cli import output
from core.errors import KeyMalformed, KeyMissing

if TYPE_CHECKING:
    from pydantic import SecretStr

VARIABLES = {
    "platform": "ANTHROPIC_ADMIN_KEY",
    "enterprise": "ANTHROPIC_ANALYTICS_KEY",
}
_WHAT = {"platform": "Admin API key", "enterprise": "analytics key"}
_LONGEST = 65_536


def read_key(kind: Literal["platform", "enterprise"]) -> "SecretStr":
    """Return the key for a connection of this kind, cleaned of what copying brings along.

    From the kind's environment variable, else the first line of standard input, else (on a
    terminal) a prompt that does not echo. Raises KeyMissing and KeyMalformed.
    """
    from core.connections.recognise import clean

    variable = VARIABLES[kind]
    text = os.environ.get(variable, "").strip() or _ask(variable, _WHAT[kind])
    if not text:
        raise KeyMissing(
            "No key was given.",
            f"{variable} is not set, and standard input holds no line.",
            f"Set {variable} for this command, or pipe the {_WHAT[kind]} into it.",
        )
    return clean(text)


def _ask(variable: str, what: str) -> str:
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return _prompt(what)
    output.note(f"Reading the {what} from standard input, because {variable} is not set.", "dim")
    try:
        return sys.stdin.readline(_LONGEST).strip()
    except UnicodeDecodeError:
        raise KeyMalformed(
            "What came through standard input cannot be a key.",
            "It is not text.",
            f"Pipe the {what} itself, as one line of plain text.",
        ) from None


def _prompt(what: str) -> str:
    try:
        return getpass.getpass(f"{what} (nothing is shown while you paste it): ").strip()
    except EOFError:
        return ""
